import CSodium

/// A key of 32 bytes as text, as it stands in a key file: 64 hexadecimal digits or 44 characters of base64.
///
/// Both are read in constant time (libsodium).
package enum KeyText {
  package static let keyLength = 32

  /// The key as hexadecimal digits.
  package static func encode(_ key: borrowing SecretBytes) -> SecretBytes {
    let length = key.count * 2
    return SecretBytes(count: length + 1) { memory in  // libsodium ends its text with a zero byte
      key.withBytes { key in
        _ = sodium_bin2hex(
          memory.characters, memory.count,
          key.octets, key.count)
      }
    }.prefix(length)
  }

  /// - Returns: the key; nil when the text is neither form.
  package static func decode(_ text: borrowing SecretBytes) -> SecretBytes? {
    guard text.count == keyLength * 2 || text.count == (keyLength + 2) / 3 * 4 else { return nil }
    var isWhole = false
    let key = SecretBytes(count: keyLength) { memory in
      text.withBytes { text in
        let target = memory.octets
        let source = text.characters
        var written = 0
        let status =
          text.count == keyLength * 2
          ? sodium_hex2bin(target, memory.count, source, text.count, nil, &written, nil)
          : sodium_base642bin(
            target, memory.count, source, text.count, nil, &written, nil, sodium_base64_VARIANT_ORIGINAL)
        isWhole = status == 0 && written == keyLength
      }
    }
    guard isWhole else { return nil }
    return consume key
  }
}
