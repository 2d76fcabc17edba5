import CSodium

/// BLAKE2b of 32 bytes (libsodium's `crypto_generichash`): with a key a message authentication code, without one a digest.
package enum KeyedHash {
  package static let length = 32

  /// The code of the first `count` bytes of `message` (all of it by default).
  ///
  /// - Precondition: the key has 32 bytes.
  package static func code(of message: [UInt8], count: Int? = nil, key: borrowing SecretBytes) -> [UInt8] {
    precondition(key.count == 32, "the key has 32 bytes")
    SodiumLibrary.ensureReady()
    let used = min(max(count ?? message.count, 0), message.count)
    var code = [UInt8](repeating: 0, count: length)
    key.withBytes { key in
      _ = crypto_generichash(
        &code, length, message, UInt64(used), key.octets, key.count)
    }
    return code
  }

  /// Whether `expected` is the code; compared in constant time.
  package static func isCode(
    _ expected: [UInt8], of message: [UInt8], count: Int? = nil, key: borrowing SecretBytes
  ) -> Bool {
    ConstantTime.areEqual(code(of: message, count: count, key: key), expected)
  }

  /// The digest of `message`, without a key.
  package static func digest(of message: [UInt8]) -> [UInt8] {
    SodiumLibrary.ensureReady()
    var digest = [UInt8](repeating: 0, count: length)
    _ = crypto_generichash(&digest, length, message, UInt64(message.count), nil, 0)
    return digest
  }
}

/// Comparisons whose time tells nothing about the content.
package enum ConstantTime {
  /// Lengths are not secret.
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && sodium_memcmp(left, right, left.count) == 0
  }
}
