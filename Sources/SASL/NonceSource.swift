import Crypto

/// Where an exchange takes its nonces from. Tests give fixed ones.
package struct NonceSource: Sendable {
  private let make: @Sendable () -> [UInt8]

  /// - Parameter make: printable ASCII without blank, comma, quote or backslash, new at each call.
  package init(_ make: @escaping @Sendable () -> [UInt8]) { self.make = make }

  /// 18 random bytes as 24 characters.
  package static let random = NonceSource { RandomNonce.text() }

  /// Always the same, for tests and published vectors.
  package static func fixed(_ nonce: String) -> NonceSource { NonceSource { Array(nonce.utf8) } }

  func next() -> [UInt8] { make() }
}
