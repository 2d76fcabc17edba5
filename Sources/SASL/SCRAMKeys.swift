import Crypto

/// The keys of one SCRAM exchange (RFC 5802 section 3).
struct SCRAMKeys: ~Copyable {
  private let clientKey: SecretBytes
  private let serverKey: SecretBytes
  private let algorithm: DigestAlgorithm

  /// - Parameter password: prepared by SASLprep, hashed `first.iterations` times with `first.salt`.
  init(password: borrowing SecretBytes, first: SCRAMServerFirst, algorithm: DigestAlgorithm) {
    let salted = PBKDF2.key(
      password: password, salt: first.salt, iterations: first.iterations, byteCount: algorithm.byteCount,
      algorithm: algorithm)
    clientKey = HMAC.code(of: Array("Client Key".utf8), key: salted, algorithm: algorithm)
    serverKey = HMAC.code(of: Array("Server Key".utf8), key: salted, algorithm: algorithm)
    self.algorithm = algorithm
  }

  /// What shows the server that we know the password.
  func clientProof(of authMessage: [UInt8]) -> SecretBytes {
    let storedKey: SecretBytes = Digest.hash(clientKey, with: algorithm)
    return clientKey.exclusiveOr(HMAC.code(of: authMessage, key: storedKey, algorithm: algorithm))
  }

  /// What the server must answer.
  func serverSignature(of authMessage: [UInt8]) -> SecretBox {
    SecretBox(HMAC.code(of: authMessage, key: serverKey, algorithm: algorithm))
  }
}
