import CSodium

/// Values that are used once and need not be secret.
package enum RandomNonce {
  /// `count` bytes of the system's generator.
  package static func bytes(count: Int) -> [UInt8] {
    SodiumLibrary.ensureReady()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      if let start = buffer.baseAddress { randombytes_buf(start, count) }
      filled = count
    }
  }

  /// Printable text without blank, comma, quote or backslash: base64 of `count` random bytes.
  ///
  /// 18 bytes make 24 characters without padding and cannot be guessed.
  package static func text(byteCount: Int = 18) -> [UInt8] { Base64.encode(bytes(count: byteCount)) }
}
