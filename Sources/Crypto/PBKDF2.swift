import COpenSSL

/// Password-based key derivation (RFC 8018 section 5.2), here for SCRAM. Our own keystore uses Argon2id.
package enum PBKDF2 {
  /// Derives `byteCount` bytes with HMAC over `algorithm`.
  ///
  /// The time grows with `iterations`, about 0.25 µs each with SHA-256 on a machine of 2020, and cannot be interrupted:
  /// whoever takes the count from a peer bounds it first.
  /// - Parameter iterations: 1 to 2^31 - 1.
  package static func key(
    password: borrowing SecretBytes, salt: [UInt8], iterations: Int, byteCount: Int, algorithm: DigestAlgorithm
  ) -> SecretBytes {
    precondition(iterations >= 1 && iterations <= Int(Int32.max), "the caller bounds the iteration count")
    return SecretBytes(count: byteCount) { memory in
      password.withBytes { password in
        salt.withUnsafeBytes { salt in
          let done = PKCS5_PBKDF2_HMAC(
            password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(password.count),
            salt.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(salt.count), Int32(iterations),
            algorithm.method, Int32(memory.count), memory.baseAddress?.assumingMemoryBound(to: UInt8.self))
          precondition(done == 1, "OpenSSL cannot derive a key")
        }
      }
    }
  }
}
