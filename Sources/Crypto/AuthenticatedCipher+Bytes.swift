import CSodium

/// For contents that are encrypted at rest and handled in the open otherwise: messages, not keys and passwords.
extension AuthenticatedCipher {
  /// - Returns: a random nonce, the ciphertext, and its tag: ``overhead`` bytes more than `plaintext`.
  /// - Precondition: the key has 32 bytes.
  package static func seal(_ plaintext: [UInt8], key: borrowing SecretBytes, associatedData: [UInt8]) -> [UInt8] {
    precondition(key.count == keyLength, "the key has 32 bytes")
    let nonce = RandomNonce.bytes(count: nonceLength)
    var ciphertext = [UInt8](repeating: 0, count: plaintext.count + tagLength)
    key.withBytes { key in
      _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
        &ciphertext, nil, plaintext, UInt64(plaintext.count), associatedData, UInt64(associatedData.count), nil, nonce,
        key.octets)
    }
    return nonce + ciphertext
  }

  /// - Returns: nil when anything differs: key, nonce, ciphertext or associated data.
  /// - Precondition: the key has 32 bytes.
  package static func open(_ sealed: [UInt8], key: borrowing SecretBytes, associatedData: [UInt8]) -> [UInt8]? {
    precondition(key.count == keyLength, "the key has 32 bytes")
    guard sealed.count >= overhead else { return nil }
    SodiumLibrary.ensureReady()
    let nonce = Array(sealed[..<nonceLength])
    let ciphertext = Array(sealed[nonceLength...])
    var plaintext = [UInt8](repeating: 0, count: ciphertext.count - tagLength)
    let isGenuine = key.withBytes { key in
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        &plaintext, nil, nil, ciphertext, UInt64(ciphertext.count), associatedData, UInt64(associatedData.count), nonce,
        key.octets) == 0
    }
    return isGenuine ? plaintext : nil
  }

  /// How many bytes more than the plaintext the whole has.
  package static var overhead: Int { nonceLength + tagLength }
}
