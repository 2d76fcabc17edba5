import Crypto

/// What a secret must be to be kept for an artifact.
package enum SecretRule {
  package enum Fault: Error, Sendable, Equatable {
    case empty
    case tooLong(limit: Int)
    case notUTF8
    case lineEndOrNUL
  }

  /// - Returns: what is wrong; nil when the secret can be kept.
  package static func fault(of secret: borrowing SecretBytes, for type: ArtifactType) -> Fault? {
    guard !secret.isEmpty else { return .empty }
    guard let characters = secret.utf8ScalarCount() else { return .notUTF8 }
    if characters > type.secretCharacters { return .tooLong(limit: type.secretCharacters) }
    // No mechanism can send a NUL, and none of these can be typed: a file was taken for a password by mistake.
    if type == .userCredentials, secret.contains(0) || secret.contains(0x0A) || secret.contains(0x0D) {
      return .lineEndOrNUL
    }
    return nil
  }
}

extension SecretRule.Fault {
  /// Follows "the password" in a message.
  package var text: String {
    switch self {
    case .empty: "is empty"
    case .tooLong(let limit): "is longer than \(limit) characters"
    case .notUTF8: "is not UTF-8"
    case .lineEndOrNUL: "holds a line end or a NUL"
    }
  }
}
