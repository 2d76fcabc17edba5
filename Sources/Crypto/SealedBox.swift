import CSodium

/// Anyone can close it with the public key, only the owner of the secret key opens it (libsodium's `crypto_box_seal`:
/// X25519, XSalsa20-Poly1305, an own key pair for each box).
///
/// It says nothing about who closed it.
package enum SealedBox {
  package static let publicKeyLength = 32
  package static let seedLength = 32
  /// How many bytes the box is longer than what is in it.
  package static let overhead = Int(crypto_box_sealbytes())

  /// - Returns: nil when the public key cannot be one.
  package static func seal(_ message: borrowing SecretBytes, to publicKey: [UInt8]) -> [UInt8]? {
    guard publicKey.count == publicKeyLength else { return nil }
    SodiumLibrary.ensureReady()
    var box = [UInt8](repeating: 0, count: message.count + overhead)
    let status = message.withBytes { message in
      crypto_box_seal(
        &box, message.octets, UInt64(message.count), publicKey)
    }
    return status == 0 ? box : nil
  }

  /// The public key of the pair that a seed of 32 bytes makes.
  ///
  /// - Precondition: the seed has 32 bytes.
  package static func publicKey(fromSeed seed: borrowing SecretBytes) -> [UInt8] {
    withKeyPair(fromSeed: seed) { publicKey, _ in publicKey }
  }

  /// - Returns: what is in the box, or nil when it was closed for another key or changed.
  /// - Precondition: the seed has 32 bytes.
  package static func open(_ box: [UInt8], seed: borrowing SecretBytes) -> SecretBytes? {
    guard box.count >= overhead else { return nil }
    var isGenuine = false
    let message = SecretBytes(count: box.count - overhead) { memory in
      isGenuine = withKeyPair(fromSeed: seed) { publicKey, secretKey in
        crypto_box_seal_open(
          memory.octets, box, UInt64(box.count), publicKey, secretKey) == 0
      }
    }
    guard isGenuine else { return nil }
    return consume message
  }

  private static func withKeyPair<R>(
    fromSeed seed: borrowing SecretBytes, _ body: ([UInt8], UnsafePointer<UInt8>) -> R
  ) -> R {
    precondition(seed.count == seedLength, "a seed has 32 bytes")
    var publicKey = [UInt8](repeating: 0, count: publicKeyLength)
    let secretKey = SecretBytes(count: Int(crypto_box_secretkeybytes())) { memory in
      seed.withBytes { seed in
        _ = crypto_box_seed_keypair(
          &publicKey, memory.octets,
          seed.octets)
      }
    }
    return secretKey.withBytes { body(publicKey, $0.octets) }
  }
}
