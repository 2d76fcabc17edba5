import Crypto
import TenantBase
import XMLTree

/// An artifact file: what it says, and its bytes, of which only the secret's element is ever changed.
package struct ArtifactFile: Sendable {
  package static let namespace = "urn:tenant:artifact:1"

  /// The secret as it stands in the file.
  package enum Secret: Sendable {
    /// It is asked for at deployment.
    case absent
    case sealed(SealedValue)
    /// In the open: only ``readForSealing(_:file:)`` gets that far.
    case plain(SecretBox)
  }

  package let artifact: Artifact
  package let secret: Secret
  /// Where the artifact begins.
  package let place: SourcePlace
  /// Without a secret that stood in the open.
  private let bytes: [UInt8]
  private let markup: ArtifactMarkup

  /// Reads an artifact file.
  ///
  /// - Parameters:
  ///   - bytes: at most `ArtifactLimits.fileBytes`, in UTF-8 or another encoding that contains ASCII.
  ///   - file: as the user named it, for messages.
  /// - Throws: `.plainSecret` when a secret stands in the file as it is.
  package static func read(_ bytes: [UInt8], file: String) throws(ArtifactError) -> ArtifactFile {
    let read = try ArtifactFile(bytes, file: file)
    switch read.secret {
    case .sealed, .absent: return read
    case .plain: throw plainSecret(of: read.artifact.type, in: file, at: read.place)
    }
  }

  /// Never inlined: the 6.3.1 optimizer ends with an ownership error when it merges this into the caller.
  @inline(never)
  private static func plainSecret(of type: ArtifactType, in file: String, at place: SourcePlace) -> ArtifactError {
    ArtifactError(
      .plainSecret, "'\(PrintableText.escaping(file))' holds a \(type.secretTitle) that is not sealed",
      at: place, cause: "everybody who can read the file can read it",
      hints: ["seal it: tenant seal-artifact \(ShellText.quoted(file))"])
  }

  /// Reads an artifact file in which the secret may stand as it is.
  package static func readForSealing(_ bytes: [UInt8], file: String) throws(ArtifactError) -> ArtifactFile {
    try ArtifactFile(bytes, file: file)
  }

  private init(_ original: [UInt8], file: String) throws(ArtifactError) {
    let start = SourcePlace(file: file)
    guard original.count <= ArtifactLimits.fileBytes else {
      throw ArtifactError(
        .badValue("file"), "'\(PrintableText.escaping(file))' is longer than \(ArtifactLimits.fileBytes) bytes",
        at: start)
    }
    guard !original.contains(0) else {
      throw ArtifactError(.unsupportedEncoding, "'\(PrintableText.escaping(file))' is not UTF-8", at: start)
    }
    let markup = ArtifactMarkup(of: original, secretNames: ArtifactType.allCases.map(\.secretElement))
    // From here on the secret stands in guarded memory only: the parser would make a String of it.
    var bytes = original
    var plain: SecretBox?
    for element in markup.secrets {
      guard let content = element.content, original[content].contains(where: { $0 > ASCII.space }) else { continue }
      guard let secret = PlainSecretText.decode(original[content]) else {
        let line = original[..<content.lowerBound].count { $0 == ASCII.lf } + 1
        throw ArtifactError(
          .badValue("secret"), "the text of the secret's element cannot be read",
          at: SourcePlace(file: file, line: line),
          cause: "it holds a tag, or a reference that XML does not have")
      }
      plain = SecretBox(secret)
      for index in content where bytes[index] != ASCII.lf { bytes[index] = ASCII.space }
    }
    let root: XMLElement
    do throws(XMLError) { root = try XMLTreeParser().parse(bytes, file: file) } catch {
      throw ArtifactError(error, file: file)
    }
    let content = try ArtifactElementReader(file: file).read(root)
    self.markup = markup
    self.bytes = bytes
    artifact = content.artifact
    place = SourcePlace(file: file, line: root.line)
    secret = plain.map { .plain($0) } ?? content.sealed.map { .sealed($0) } ?? .absent
  }

  /// The file with `secret` sealed in it; everything else stays byte for byte.
  ///
  /// - Throws: `.badSecret` when the artifact cannot have such a secret.
  package func sealing(_ secret: borrowing SecretBytes, to key: SealingKey) throws(ArtifactError) -> [UInt8] {
    if let fault = SecretRule.fault(of: secret, for: artifact.type) {
      let name = PrintableText.escaping(artifact.name.text)
      throw ArtifactError(.badSecret(fault), "the \(artifact.type.secretTitle) for '\(name)' \(fault.text)", at: place)
    }
    guard let sealed = SealedValue.seal(secret, type: artifact.type, name: artifact.name, to: key) else {
      throw ArtifactError(.badValue("public key"), "the tenant's public key is none", at: place)
    }
    return sealing(sealed)
  }

  /// The file with `sealed` as its secret; everything else stays byte for byte.
  package func sealing(_ sealed: SealedValue) -> [UInt8] {
    guard let root = markup.root else { return bytes }
    if let element = markup.secrets.first {
      return bytes[..<element.whole.lowerBound] + tag(sealed, like: element.name) + bytes[element.whole.upperBound...]
    }
    guard let content = root.content else { return fillingEmptyRoot(root, with: sealed) }
    return inserting(sealed, before: content.upperBound, in: root)
  }

  /// The element's tag, with the prefix that the name at `name` has.
  private func tag(_ sealed: SealedValue, like name: Range<Int>) -> [UInt8] {
    let prefix = bytes[name].lastIndex(of: 0x3A).map { Array(bytes[name.lowerBound...$0]) } ?? []
    return [0x3C] + prefix + Array("\(artifact.type.secretElement) sealed=\"\(sealed.text)\"/>".utf8)
  }

  private var lineEnd: [UInt8] {
    guard let end = bytes.firstIndex(of: ASCII.lf), end > 0, bytes[end - 1] == ASCII.cr else { return [ASCII.lf] }
    return [ASCII.cr, ASCII.lf]
  }

  /// - Parameter end: where the root's end tag begins.
  private func inserting(_ sealed: SealedValue, before end: Int, in root: ArtifactMarkup.Element) -> [UInt8] {
    let element = tag(sealed, like: root.name)
    var lineStart = end
    while lineStart > 0, bytes[lineStart - 1] == ASCII.space || bytes[lineStart - 1] == ASCII.htab { lineStart -= 1 }
    guard lineStart > 0, bytes[lineStart - 1] == ASCII.lf else { return bytes[..<end] + element + bytes[end...] }
    return bytes[..<lineStart] + indentation + element + lineEnd + bytes[lineStart...]
  }

  /// The blanks before the first child of the root.
  private var indentation: [UInt8] {
    guard let child = markup.firstChild else { return [ASCII.space, ASCII.space] }
    var start = child.whole.lowerBound
    while start > 0, bytes[start - 1] == ASCII.space || bytes[start - 1] == ASCII.htab { start -= 1 }
    return Array(bytes[start..<child.whole.lowerBound])
  }

  private func fillingEmptyRoot(_ root: ArtifactMarkup.Element, with sealed: SealedValue) -> [UInt8] {
    let slash = root.startTag.upperBound - 2
    var result = Array(bytes[..<slash])
    result += [0x3E] + lineEnd + [ASCII.space, ASCII.space] + tag(sealed, like: root.name) + lineEnd
    result += [0x3C, 0x2F] + bytes[root.name] + [0x3E]
    return result + bytes[root.whole.upperBound...]
  }
}
