import Crypto
import TenantBase

/// A secret that only one tenant can open, fit to stand in a file in git.
///
/// Text form: `tks1:` and base64 of the store id (16 bytes), the key id (8 bytes) and the box. The name and kind of the
/// artifact are inside the box: under another name it is refused. See docs/formats/artifacts.md.
package struct SealedValue: Sendable, Equatable {
  package let storeID: StoreIdentifier
  /// Which of the tenant's sealing keys it was sealed to.
  package let keyID: SealingKey.Identifier
  let box: [UInt8]

  static let prefix = "tks1:"
  /// The secret is padded to a multiple of this, so that the text tells little about its length.
  static let paddingBlock = 64

  /// The text of the attribute `sealed`.
  package var text: String {
    Self.prefix + Base64.encode(storeID.bytes + keyID.bytes + box).utf8Text
  }

  /// nil when the text has not this form.
  package init?(text: String) {
    guard text.hasPrefix(Self.prefix), text.utf8.count <= ArtifactLimits.sealedBytes,
      let bytes = Base64.decode(Array(text.utf8.dropFirst(Self.prefix.utf8.count))),
      bytes.count >= 16 + 8 + SealedBox.overhead + Self.paddingBlock,
      let storeID = StoreIdentifier(Array(bytes[0..<16])),
      let keyID = SealingKey.Identifier(Array(bytes[16..<24]))
    else { return nil }
    self.storeID = storeID
    self.keyID = keyID
    box = Array(bytes[24...])
  }

  private init(storeID: StoreIdentifier, keyID: SealingKey.Identifier, box: [UInt8]) {
    self.storeID = storeID
    self.keyID = keyID
    self.box = box
  }

  /// Seals `secret` for the artifact of this type and name.
  ///
  /// - Returns: nil when the key is no public key.
  package static func seal(
    _ secret: borrowing SecretBytes, type: ArtifactType, name: ArtifactName, to key: SealingKey
  ) -> SealedValue? {
    let head = binding(type: type, name: name, storeID: key.storeID)
    var message = SecretBuilder(capacity: head.count + secret.count + paddingBlock)
    message.append(head)
    message.append(secret.padded(toMultipleOf: paddingBlock))
    let whole = message.finish()
    guard let box = SealedBox.seal(whole, to: key.publicKey) else { return nil }
    return SealedValue(storeID: key.storeID, keyID: key.identifier, box: box)
  }

  package enum OpenFault: Error, Sendable, Equatable {
    /// Closed to another key, or changed.
    case notGenuine
    /// Opens, but it was sealed for another name or kind.
    case otherArtifact
  }

  /// Opens it for the artifact of this type and name with the seed of the sealing key pair.
  package func open(
    type: ArtifactType, name: ArtifactName, seed: borrowing SecretBytes
  ) throws(OpenFault) -> SecretBytes {
    guard let whole = SealedBox.open(box, seed: seed) else { throw .notGenuine }
    let head = Self.binding(type: type, name: name, storeID: storeID)
    guard whole.count > head.count, whole.withSpan({ span in head.indices.allSatisfy { span[$0] == head[$0] } })
    else { throw .otherArtifact }
    guard let secret = whole.dropping(head.count).unpadded(fromMultipleOf: Self.paddingBlock) else {
      throw .notGenuine
    }
    return secret
  }

  /// What the secret is bound to: each part with its length before it, so that no two meanings have the same bytes.
  private static func binding(type: ArtifactType, name: ArtifactName, storeID: StoreIdentifier) -> [UInt8] {
    LengthPrefixed.encode([Array("tks1-sealed".utf8), storeID.bytes, Array(type.rawValue.utf8), Array(name.text.utf8)])
  }
}

/// A list of byte strings as one: each with its length before it, 4 bytes, most significant first.
package enum LengthPrefixed {
  package static func encode(_ parts: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      let length = UInt32(clamping: part.count)
      for shift in stride(from: 24, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: length >> UInt32(shift)))
      }
      bytes += part
    }
    return bytes
  }
}
