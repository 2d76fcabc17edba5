import COpenSSL

/// Keyed message authentication codes (RFC 2104) by OpenSSL, which wipes its copy of the key.
package enum HMAC {
  /// The code of `message`, `algorithm.byteCount` bytes long. Compare it with `isEqual(to:)`, in constant time.
  ///
  /// - Precondition: `algorithm.isAvailable`.
  package static func code(
    of message: [UInt8], key: borrowing SecretBytes, algorithm: DigestAlgorithm
  ) -> SecretBytes {
    SecretBytes(count: algorithm.byteCount) { memory in
      key.withBytes { key in
        message.withUnsafeBytes { message in
          var length: UInt32 = 0
          let result = COpenSSL.HMAC(
            algorithm.method, key.baseAddress, Int32(key.count),
            message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count,
            memory.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
          precondition(result != nil && Int(length) == memory.count, "OpenSSL cannot make an HMAC")
        }
      }
    }
  }
}
