import Artifacts
import Crypto
import System
import TenantBase

/// Seals the secret of one artifact file. No tenant home is needed for it.
package struct ArtifactSealing {
  private let path: String
  private let file: ArtifactFile

  package init(file path: String) throws {
    // A new file takes the place of the old one: a link would be replaced, not what it leads to.
    if FileStatus.type(of: path) == .symbolicLink {
      throw HomeError(
        .badInput,
        Explanation(
          "cannot seal in '\(PrintableText.escaping(path))'", cause: "it is a symbolic link",
          hints: ["name the file that it leads to"]))
    }
    self.path = path
    file = try ArtifactFile.readForSealing(FileContents.read(path, limit: ArtifactLimits.fileBytes), file: path)
  }

  package var artifact: Artifact { file.artifact }

  /// The secret that stands in the file in the open; nil when there is none.
  package var plainSecret: SecretBox? {
    if case .plain(let secret) = file.secret { secret } else { nil }
  }

  /// Writes the file back with the secret sealed, at once or not at all.
  package func seal(_ secret: SecretBox, to key: SealingKey) throws {
    let artifact = file.artifact
    if let fault = SecretRule.fault(of: secret.bytes, for: artifact.type) {
      throw HomeError(
        .badInput,
        Explanation(
          "the \(artifact.type.secretTitle) for '\(PrintableText.escaping(artifact.name.text))' \(fault.text)",
          places: [file.place.description]))
    }
    guard let sealed = SealedValue.seal(secret.bytes, type: artifact.type, name: artifact.name, to: key) else {
      throw HomeError(.badInput, Explanation("the public key is no key", cause: "nothing can be sealed to it"))
    }
    let mode = FileStatus.mode(of: path) ?? 0o600
    try FileContents.replace(path, with: file.sealing(sealed), mode: mode & 0o777)
  }
}
