import CSodium

extension SecretBytes {
  /// Lets `fill` write up to `capacity` bytes, and keeps as many as it says.
  ///
  /// For targets that hold no raw pointers: a password read from a terminal goes straight into guarded memory.
  /// - Precondition: `fill` returns at most `capacity`.
  package static func filling<E: Error>(
    capacity: Int, _ fill: (inout MutableSpan<UInt8>) throws(E) -> Int
  ) throws(E) -> SecretBytes {
    var count = 0
    let whole = try SecretBytes(count: capacity) { (memory) throws(E) in
      var span = MutableSpan<UInt8>(_unsafeElements: memory.bindMemory(to: UInt8.self))
      count = try fill(&span)
    }
    return whole.prefix(count)
  }

  /// The first `length` bytes, as a secret of its own.
  ///
  /// - Precondition: there are as many.
  package borrowing func prefix(_ length: Int) -> SecretBytes {
    precondition(length >= 0 && length <= count, "a prefix is no longer than the whole")
    return SecretBytes(count: length) { memory in
      withBytes { memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
    }
  }

  /// What follows the first `length` bytes, as a secret of its own.
  ///
  /// - Precondition: there are as many.
  package borrowing func dropping(_ length: Int) -> SecretBytes {
    precondition(length >= 0 && length <= count, "no more is dropped than there is")
    return SecretBytes(count: count - length) { memory in
      withBytes { memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.dropFirst(length))) }
    }
  }

  /// The secret, then 0x80, then zero bytes up to a multiple of `block` (ISO/IEC 7816-4), so that a ciphertext tells
  /// little about the length.
  ///
  /// - Precondition: `block` is positive.
  package borrowing func padded(toMultipleOf block: Int) -> SecretBytes {
    precondition(block > 0, "a block has a length")
    let length = (count / block + 1) * block
    return SecretBytes(count: length) { memory in
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      withBytes { memory.copyMemory(from: $0) }
      memory[count] = 0x80
    }
  }

  /// Undoes ``padded(toMultipleOf:)``; nil when there is no such padding.
  package borrowing func unpadded(fromMultipleOf block: Int) -> SecretBytes? {
    guard block > 0, count > 0 else { return nil }
    var length = 0
    let isPadded = withBytes { bytes in
      sodium_unpad(&length, bytes.octets, bytes.count, block) == 0
    }
    guard isPadded else { return nil }
    return prefix(length)
  }

  /// The number of characters (Unicode scalars) when the bytes are well-formed UTF-8; nil when they are not.
  package borrowing func utf8ScalarCount() -> Int? {
    withSpan { span in
      guard let text = try? UTF8Span(validating: span) else { return nil }
      var scalars = text.makeUnicodeScalarIterator()
      var number = 0
      while scalars.next() != nil { number += 1 }
      return number
    }
  }
}
