import CSodium

/// XChaCha20-Poly1305 (libsodium's `crypto_aead_xchacha20poly1305_ietf`): secrecy and integrity in one, with a random
/// nonce of 24 bytes that never repeats by chance.
package enum AuthenticatedCipher {
  package static let keyLength = 32
  package static let nonceLength = 24
  /// How many bytes the ciphertext is longer than the plaintext.
  package static let tagLength = 16

  package struct Sealed: Sendable, Equatable {
    package let nonce: [UInt8]
    /// With the tag at its end.
    package let ciphertext: [UInt8]

    package init(nonce: [UInt8], ciphertext: [UInt8]) {
      self.nonce = nonce
      self.ciphertext = ciphertext
    }
  }

  /// - Parameter associatedData: is not encrypted and not stored, but must be the same on opening.
  /// - Precondition: the key has 32 bytes.
  package static func seal(
    _ plaintext: borrowing SecretBytes, key: borrowing SecretBytes, associatedData: [UInt8]
  ) -> Sealed {
    precondition(key.count == keyLength, "the key has 32 bytes")
    SodiumLibrary.ensureReady()
    var nonce = [UInt8](repeating: 0, count: nonceLength)
    randombytes_buf(&nonce, nonceLength)
    var ciphertext = [UInt8](repeating: 0, count: plaintext.count + tagLength)
    plaintext.withBytes { message in
      key.withBytes { key in
        _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
          &ciphertext, nil, message.octets, UInt64(message.count),
          associatedData, UInt64(associatedData.count), nil, nonce,
          key.octets)
      }
    }
    return Sealed(nonce: nonce, ciphertext: ciphertext)
  }

  /// - Returns: the plaintext, or nil when anything differs: key, nonce, ciphertext or associated data.
  /// - Precondition: the key has 32 bytes.
  package static func open(
    _ sealed: Sealed, key: borrowing SecretBytes, associatedData: [UInt8]
  ) -> SecretBytes? {
    precondition(key.count == keyLength, "the key has 32 bytes")
    guard sealed.nonce.count == nonceLength, sealed.ciphertext.count >= tagLength else { return nil }
    SodiumLibrary.ensureReady()
    var isGenuine = false
    let plaintext = SecretBytes(count: sealed.ciphertext.count - tagLength) { memory in
      key.withBytes { key in
        isGenuine =
          crypto_aead_xchacha20poly1305_ietf_decrypt(
            memory.octets, nil, nil, sealed.ciphertext,
            UInt64(sealed.ciphertext.count), associatedData, UInt64(associatedData.count), sealed.nonce,
            key.octets) == 0
      }
    }
    guard isGenuine else { return nil }
    return consume plaintext
  }
}
