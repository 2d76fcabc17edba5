import Crypto
import TenantBase

/// Which tenant: 16 random bytes, made when its keystore was.
package struct StoreIdentifier: Sendable, Hashable, CustomStringConvertible {
  package let bytes: [UInt8]

  package static let length = 16

  /// nil unless there are 16 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  package static func random() -> StoreIdentifier {
    StoreIdentifier(unchecked: RandomNonce.bytes(count: length))
  }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// 32 lower-case hexadecimal digits.
  package var description: String { Hexadecimal.encode(bytes).utf8Text }
}

/// The public key to which anyone can seal secrets for a tenant.
///
/// Text form, as `keystore public-key` prints it: `tkp1:` and base64 of the store id (16 bytes), the X25519 public key (32
/// bytes), and the first 4 bytes of the BLAKE2b-256 of both, against typing mistakes.
package struct SealingKey: Sendable, Equatable {
  package let storeID: StoreIdentifier
  package let publicKey: [UInt8]

  static let prefix = "tkp1:"
  private static let checkLength = 4

  /// nil unless the public key has 32 bytes.
  package init?(storeID: StoreIdentifier, publicKey: [UInt8]) {
    guard publicKey.count == SealedBox.publicKeyLength else { return nil }
    self.storeID = storeID
    self.publicKey = publicKey
  }

  package var text: String {
    let body = storeID.bytes + publicKey
    return Self.prefix + Base64.encode(body + KeyedHash.digest(of: body).prefix(Self.checkLength)).utf8Text
  }

  /// nil when the text has not this form or its check does not fit. Blanks and line ends around it are left out.
  package init?(text: String) {
    var bytes = Array(text.utf8)
    while let last = bytes.last, last <= ASCII.space { bytes.removeLast() }
    bytes = Array(bytes.drop { $0 <= ASCII.space })
    guard bytes.starts(with: Self.prefix.utf8),
      let content = Base64.decode(Array(bytes.dropFirst(Self.prefix.utf8.count))),
      content.count == StoreIdentifier.length + SealedBox.publicKeyLength + Self.checkLength
    else { return nil }
    let body = Array(content.dropLast(Self.checkLength))
    guard KeyedHash.digest(of: body).prefix(Self.checkLength) == content.suffix(Self.checkLength),
      let storeID = StoreIdentifier(Array(body.prefix(StoreIdentifier.length)))
    else { return nil }
    self.init(storeID: storeID, publicKey: Array(body.dropFirst(StoreIdentifier.length)))
  }

  /// A short name of a sealing key: the first 8 bytes of the BLAKE2b-256 of the public key.
  package struct Identifier: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// nil unless there are 8 bytes.
    package init?(_ bytes: [UInt8]) {
      guard bytes.count == 8 else { return nil }
      self.bytes = bytes
    }

    package init(of publicKey: [UInt8]) { bytes = Array(KeyedHash.digest(of: publicKey).prefix(8)) }

    /// 16 lower-case hexadecimal digits.
    package var description: String { Hexadecimal.encode(bytes).utf8Text }
  }

  package var identifier: Identifier { Identifier(of: publicKey) }
}
