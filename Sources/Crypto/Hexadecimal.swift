import CSodium

/// Lower-case hexadecimal text.
package enum Hexadecimal {
  private static let digits = [UInt8]("0123456789abcdef".utf8)

  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }

  /// - Returns: the bytes, or nil when `text` has an odd length or another character. Both cases of letters are read.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for start in stride(from: 0, to: text.count, by: 2) {
      guard let high = value(of: text[start]), let low = value(of: text[start + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// The same for a secret, in constant time (libsodium).
  package static func encode(_ secret: borrowing SecretBytes) -> SecretBytes {
    let length = secret.count * 2
    let text = SecretBytes(count: length + 1) { memory in  // libsodium ends its text with a zero byte
      guard let start = memory.baseAddress else { return }
      secret.withBytes { bytes in
        _ = sodium_bin2hex(
          start.assumingMemoryBound(to: CChar.self), memory.count,
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
      }
    }
    return SecretBytes(count: length) { memory in
      text.withBytes { memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
    }
  }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x41 + 10
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}
