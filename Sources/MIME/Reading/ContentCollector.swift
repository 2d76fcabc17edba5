/// Walks the tree and sorts parts into text, HTML and files.
struct ContentCollector {
  /// What a part stands in.
  private struct Surroundings {
    /// Alternatives are the text even when they have a name.
    var isAlternative = false
    /// Parts beside the main part of multipart/related belong to it.
    var isRelated = false
  }

  private let message: ReceivedMail
  private var names = AttachmentNames()
  private(set) var text: [String] = []
  private(set) var html: [String] = []
  private(set) var files: [MailContents.Attachment] = []

  init(_ message: ReceivedMail) { self.message = message }

  mutating func collect(_ part: MIMEPart) { collect(part, Surroundings()) }

  private mutating func collect(_ part: MIMEPart, _ surroundings: Surroundings) {
    switch part.kind {
    case .message: addFile(part, surroundings)
    case .leaf: collectLeaf(part, surroundings)
    case .multipart: collectChildren(part, surroundings)
    }
  }

  private mutating func collectChildren(_ part: MIMEPart, _ surroundings: Surroundings) {
    switch part.contentType.subtype {
    case "alternative": collectAlternatives(part, surroundings)
    case "related":
      let main = Self.mainPart(of: part)
      for child in part.children {
        var inner = surroundings
        inner.isRelated = surroundings.isRelated || child.path != main
        collect(child, inner)
      }
    default:
      for child in part.children { collect(child, Surroundings(isRelated: surroundings.isRelated)) }
    }
  }

  /// Alternatives say the same: the first plain and the first HTML form are taken, whatever else is there is a file.
  private mutating func collectAlternatives(_ part: MIMEPart, _ surroundings: Surroundings) {
    var hasText = false
    var hasHTML = false
    for child in part.children {
      let (textCount, htmlCount) = (text.count, html.count)
      collect(child, Surroundings(isAlternative: true, isRelated: surroundings.isRelated))
      if hasText { text.removeLast(text.count - textCount) }
      if hasHTML { html.removeLast(html.count - htmlCount) }
      hasText = hasText || text.count > textCount
      hasHTML = hasHTML || html.count > htmlCount
    }
  }

  /// The path of the root of multipart/related (RFC 2387 section 3.2): the one that `start` names, else the first.
  private static func mainPart(of part: MIMEPart) -> [Int]? {
    if let start = part.contentType.parameters["start"] {
      let wanted = start.filter { $0 != "<" && $0 != ">" && $0 != " " }
      if let named = part.children.first(where: { $0.contentID == wanted }) { return named.path }
    }
    return part.children.first?.path
  }

  private mutating func collectLeaf(_ part: MIMEPart, _ surroundings: Surroundings) {
    let disposition = part.disposition
    let hasName = Self.name(of: part, disposition) != nil
    let isBody = disposition?.isAttachment != true && (!hasName || surroundings.isAlternative || part.path == [1])
    guard part.contentType.isText, isBody, !surroundings.isRelated, let content = message.content(of: part) else {
      return addFile(part, surroundings)
    }
    switch part.contentType.subtype {
    case "html", "xhtml": html.append(Charset.decode(content, charset: part.contentType.charset))
    case "calendar", "x-amp-html", "xml", "csv", "rfc822-headers", "vcard", "x-vcard", "directory":
      addFile(part, surroundings)
    default: addText(content, part)
    }
  }

  private mutating func addText(_ content: [UInt8], _ part: MIMEPart) {
    let divided = UUBlocks.extract(from: content)
    let plain = Charset.decode(divided.text, charset: part.contentType.charset)
    text.append(FlowedText.unflowed(plain, part.contentType))
    for block in divided.blocks {
      let mediaType = "application/octet-stream"
      files.append(
        MailContents.Attachment(
          path: part.path,
          fileName: names.unique(block.name, fallback: "part-\(part.pathText)", mediaType: mediaType),
          originalName: block.name, mediaType: mediaType, isInline: false, uuencodedContent: block.content))
    }
  }

  private mutating func addFile(_ part: MIMEPart, _ surroundings: Surroundings) {
    let disposition = part.disposition
    var original = Self.name(of: part, disposition)
    if original == nil, part.kind == .message, let child = part.children.first,
      let subject = MailHeaders(child.header).subject, !subject.isEmpty
    {
      original = subject + ".eml"
    }
    let mediaType = part.contentType.mediaType
    files.append(
      MailContents.Attachment(
        path: part.path, fileName: names.unique(original, fallback: "part-\(part.pathText)", mediaType: mediaType),
        originalName: original, mediaType: mediaType,
        isInline: surroundings.isRelated && disposition?.isAttachment != true, contentID: part.contentID))
  }

  /// `filename` of the disposition before `name` of the type (RFC 2183 section 2.3).
  private static func name(of part: MIMEPart, _ disposition: Disposition?) -> String? {
    let name = disposition?.parameters["filename"] ?? part.contentType.parameters["name"]
    return name.flatMap { $0.isEmpty ? nil : $0 }
  }
}
