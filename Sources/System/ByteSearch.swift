import CLinux
import Glibc

/// Searches in bytes at the C library's speed, which debug builds keep.
package enum ByteSearch {
  /// The index of the first `byte` in `bytes` from `start` on; nil when there is none.
  package static func firstIndex(of byte: UInt8, in bytes: [UInt8], from start: Int = 0) -> Int? {
    firstIndex(of: byte, in: bytes.span, from: start)
  }

  package static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
    guard start >= 0, start < bytes.count else { return nil }
    return bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, let hit = memchr(base + start, Int32(byte), buffer.count - start) else {
        return nil
      }
      return base.distance(to: UnsafeRawPointer(hit))
    }
  }

  /// The index of the first occurrence of `pattern`; nil when there is none or the pattern is empty.
  package static func firstIndex(of pattern: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
    guard !pattern.isEmpty, start >= 0, start < bytes.count else { return nil }
    return bytes.withUnsafeBytes { buffer in
      pattern.withUnsafeBytes { wanted in
        guard let base = buffer.baseAddress,
          let hit = memmem(base + start, buffer.count - start, wanted.baseAddress, wanted.count)
        else { return nil }
        return base.distance(to: UnsafeRawPointer(hit))
      }
    }
  }
}
