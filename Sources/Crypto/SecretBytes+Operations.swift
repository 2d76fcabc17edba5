/// Computations on secrets for the targets that hold no raw pointers.
extension SecretBytes {
  /// Each byte combined by exclusive or with the byte of `other` at the same place.
  ///
  /// - Precondition: both are equally long.
  package borrowing func exclusiveOr(_ other: borrowing SecretBytes) -> SecretBytes {
    precondition(count == other.count, "both operands are equally long")
    return SecretBytes(count: count) { memory in
      withBytes { left in
        other.withBytes { right in
          for index in 0..<memory.count { memory[index] = left[index] ^ right[index] }
        }
      }
    }
  }

  /// Whether `byte` occurs; looks at every byte either way.
  package borrowing func contains(_ byte: UInt8) -> Bool {
    withBytes { bytes in
      var found = false
      for candidate in bytes where candidate == byte { found = true }
      return found
    }
  }

  /// The UTF-8 text in ISO 8859-1; nil when it is not UTF-8 or has a character beyond U+00FF.
  package borrowing func latin1FromUTF8() -> SecretBytes? {
    var length = 0
    let isLatin1 = withBytes { bytes in Self.readLatin1(bytes) { _ in length += 1 } }
    guard isLatin1 else { return nil }
    return SecretBytes(count: length) { memory in
      var position = 0
      withBytes { bytes in
        _ = Self.readLatin1(bytes) { byte in
          memory[position] = byte
          position += 1
        }
      }
    }
  }

  /// Characters up to U+00FF are one byte below 0x80, or 0xC2 or 0xC3 and one continuation byte.
  private static func readLatin1(_ bytes: UnsafeRawBufferPointer, _ use: (UInt8) -> Void) -> Bool {
    var position = 0
    while position < bytes.count {
      let lead = bytes[position]
      if lead < 0x80 {
        use(lead)
        position += 1
        continue
      }
      guard lead == 0xC2 || lead == 0xC3, position + 1 < bytes.count, bytes[position + 1] & 0xC0 == 0x80
      else { return false }
      use(lead << 6 | bytes[position + 1] & 0x3F)
      position += 2
    }
    return true
  }
}
