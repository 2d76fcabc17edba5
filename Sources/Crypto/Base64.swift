import CSodium

/// Base64 with the standard alphabet and padding (RFC 4648 section 4), as SASL and artifact files carry it.
///
/// Decoding is strict: no blank, no line end, full padding, unused bits zero, so that each value has one spelling.
package enum Base64 {
  private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let pad: UInt8 = 0x3D
  private static let invalid: UInt8 = 0xFF

  /// The value of each byte as a base64 digit, `invalid` for the others.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: invalid, count: 256)
    for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
    return table
  }()

  /// The length of the encoded form of `count` bytes.
  package static func encodedCount(of count: Int) -> Int { (count + 2) / 3 * 4 }

  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: encodedCount(of: bytes.count)) { output, count in
      bytes.withUnsafeBufferPointer { input in
        alphabet.withUnsafeBufferPointer { alphabet in
          encode(input, into: output, alphabet: alphabet)
        }
      }
      count = output.count
    }
  }

  /// - Returns: the bytes, or nil when `text` is not strict base64. The empty text is the empty value.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard let length = decodedCount(of: text.span) else { return nil }
    var isValid = true
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { output, count in
      text.withUnsafeBufferPointer { input in
        values.withUnsafeBufferPointer { values in
          isValid = decode(input, into: output, count: length, values: values)
        }
      }
      count = isValid ? length : 0
    }
    return isValid ? bytes : nil
  }

  /// The same for a secret. No table is indexed by a secret byte (libsodium's encoder), so that the time tells nothing.
  package static func encode(_ secret: borrowing SecretBytes) -> SecretBytes {
    let length = encodedCount(of: secret.count)
    let text = SecretBytes(count: length + 1) { memory in  // libsodium ends its text with a zero byte
      guard let start = memory.baseAddress else { return }
      secret.withBytes { bytes in
        _ = sodium_bin2base64(
          start.assumingMemoryBound(to: CChar.self), memory.count,
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, sodium_base64_VARIANT_ORIGINAL)
      }
    }
    return SecretBytes(count: length) { memory in
      text.withBytes { memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
    }
  }

  /// The same for a secret; length and validity are not secret, the content is.
  package static func decode(_ secret: borrowing SecretBytes) -> SecretBytes? {
    guard let length = secret.withSpan({ decodedCount(of: $0) }) else { return nil }
    var isValid = false
    let bytes = SecretBytes(count: length) { memory in
      guard let start = memory.baseAddress else { return }
      secret.withBytes { text in
        var written = 0
        let status = sodium_base642bin(
          start.assumingMemoryBound(to: UInt8.self), memory.count,
          text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count, nil, &written, nil,
          sodium_base64_VARIANT_ORIGINAL)
        isValid = status == 0 && written == length
      }
    }
    guard isValid else { return nil }
    return consume bytes
  }

  /// What the length and the padding at the end say; nil when the length is no multiple of 4.
  private static func decodedCount(of text: Span<UInt8>) -> Int? {
    guard text.count % 4 == 0 else { return nil }
    guard text.count > 0 else { return 0 }
    let padding = text[text.count - 1] != pad ? 0 : text[text.count - 2] != pad ? 1 : 2
    return text.count / 4 * 3 - padding
  }

  private static func encode(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
    alphabet: UnsafeBufferPointer<UInt8>
  ) {
    var source = 0
    var target = 0
    while source < input.count {
      let left = input.count - source
      let second = left > 1 ? input[source + 1] : 0
      let third = left > 2 ? input[source + 2] : 0
      let group = UInt32(input[source]) << 16 | UInt32(second) << 8 | UInt32(third)
      output[target] = alphabet[Int(group >> 18)]
      output[target + 1] = alphabet[Int(group >> 12 & 63)]
      output[target + 2] = left > 1 ? alphabet[Int(group >> 6 & 63)] : pad
      output[target + 3] = left > 2 ? alphabet[Int(group & 63)] : pad
      source += 3
      target += 4
    }
  }

  /// - Parameter count: how many bytes `input` holds by its padding.
  /// - Returns: false when a byte is no digit or an unused bit is set.
  private static func decode(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, count: Int,
    values: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    var source = 0
    var target = 0
    while source < input.count {
      let wanted = min(count - target, 3)  // 3 but in the last group
      var group: UInt32 = 0
      for digit in 0...wanted {
        let value = values[Int(input[source + digit])]
        guard value != invalid else { return false }
        group |= UInt32(value) << (18 - 6 * UInt32(digit))
      }
      for place in 0..<wanted { output[target + place] = UInt8(truncatingIfNeeded: group >> (16 - 8 * UInt32(place))) }
      let unused = wanted == 1 ? group & 0xFFFF : wanted == 2 ? group & 0xFF : 0
      guard unused == 0 else { return false }
      source += 4
      target += wanted
    }
    return true
  }
}
