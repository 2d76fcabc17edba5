import Crypto
import FlowEngine

/// A key for what is kept beyond a run.
package struct StateKey: Sendable {
  /// Names it for good; stands beside what it encrypts.
  package let id: String
  /// 32 bytes.
  package let secret: SecretBox

  package init(id: String, secret: SecretBox) {
    self.id = id
    self.secret = secret
  }
}

/// Where the keys come from: the tenant's keystore.
package protocol StateKeySource: Sendable {
  /// The key for what is encrypted now; nil when the tenant has no keystore.
  func currentKey() throws -> StateKey?
  /// A key of then; nil when there is none of that name.
  func key(named id: String) throws -> StateKey?
}

/// For a tenant without keystore.
package struct NoStateKeys: StateKeySource {
  package init() {}
  package func currentKey() -> StateKey? { nil }
  package func key(named id: String) -> StateKey? { nil }
}

/// Encrypts and opens with one key for one purpose (XChaCha20-Poly1305).
struct StateCipher {
  /// Each has a key of its own.
  enum Purpose: UInt64 {
    case variables = 1
    case dataStore = 2
    case persistedMessages = 3
  }

  /// How many bytes longer than the content the sealed form is.
  static let overhead = AuthenticatedCipher.overhead

  let keyID: String
  private let key: SecretBox

  init(_ key: StateKey, for purpose: Purpose) {
    keyID = key.id
    self.key = SecretBox(Subkey.derive(purpose.rawValue, context: "tntstate", from: key.secret.bytes))
  }

  /// The nonce, the ciphertext and its tag.
  ///
  /// - Parameter place: what it belongs to; it opens nowhere else.
  func seal(_ bytes: [UInt8], for place: [String]) -> [UInt8] {
    AuthenticatedCipher.seal(bytes, key: key.bytes, associatedData: Self.bound(place))
  }

  /// nil when anything is not as it was sealed.
  func open(_ sealed: [UInt8], for place: [String]) -> [UInt8]? {
    AuthenticatedCipher.open(sealed, key: key.bytes, associatedData: Self.bound(place))
  }

  private static func bound(_ place: [String]) -> [UInt8] {
    LengthPrefixed.join(["tnt-state-1"] + place)
  }
}

/// Texts one after the other, each with its length in bytes before it (4 bytes, most significant first).
enum LengthPrefixed {
  static func join(_ parts: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      let length = part.utf8.count
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
      bytes += part.utf8
    }
    return bytes
  }

  /// nil for bytes that are not such a list.
  static func split(_ bytes: [UInt8]) -> [String]? {
    var parts: [String] = []
    var position = 0
    while position < bytes.count {
      guard bytes.count - position >= 4 else { return nil }
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      position += 4
      guard bytes.count - position >= length else { return nil }
      parts.append(String(decoding: bytes[position..<position + length], as: UTF8.self))
      position += length
    }
    return parts
  }
}
