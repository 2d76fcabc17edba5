import CSodium
import TenantBase

/// Bytes that must not leak: guarded pages outside the Swift heap, locked in memory where the system allows it, left out
/// of core dumps, read-only once filled, wiped when released.
///
/// It cannot be copied, compared with `==`, printed or reflected. A password never stands in a `String`.
package struct SecretBytes: ~Copyable, @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  package let count: Int

  /// Allocates `count` bytes and lets `fill` write them.
  ///
  /// Traps when the process is out of memory mappings, as any failed allocation does.
  package init<E: Error>(count: Int, fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void)
    throws(E)
  {
    SodiumLibrary.ensureReady()
    guard let memory = sodium_malloc(max(count, 1)) else {
      fatalError("out of guarded memory")  // as every failed allocation: there is nothing to go on with
    }
    do {
      try fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
    } catch {
      sodium_free(memory)
      throw error
    }
    sodium_mprotect_readonly(memory)
    base = memory
    self.count = count
  }

  /// Random bytes of the system's generator.
  package static func random(count: Int) -> SecretBytes {
    SecretBytes(count: count) { memory in
      if let start = memory.baseAddress { randombytes_buf(start, memory.count) }
    }
  }

  /// Moves `bytes` into guarded memory and wipes the array.
  package init(consuming bytes: inout [UInt8]) {
    self.init(count: bytes.count) { memory in bytes.withUnsafeBytes { memory.copyMemory(from: $0) } }
    bytes.withUnsafeMutableBytes { buffer in
      if let start = buffer.baseAddress { sodium_memzero(start, buffer.count) }
    }
    bytes = []
  }

  /// For bytes that are not secret yet must travel as such: separators, test vectors.
  package init(copying bytes: [UInt8]) {
    self.init(count: bytes.count) { memory in bytes.withUnsafeBytes { memory.copyMemory(from: $0) } }
  }

  deinit { sodium_free(base) }

  /// The raw bytes; the pointer must not outlive the call.
  package borrowing func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// The bytes as a span, for code that holds no raw pointer.
  package borrowing func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    let span = Span<UInt8>(
      _unsafeStart: UnsafePointer(base.assumingMemoryBound(to: UInt8.self)), count: count)
    return try body(span)
  }

  /// Equality in constant time; lengths are not secret.
  package borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
    count == other.count && sodium_memcmp(base, other.base, count) == 0
  }

  package var isEmpty: Bool { count == 0 }

  package borrowing func copy() -> SecretBytes {
    SecretBytes(count: count) { memory in withBytes { memory.copyMemory(from: $0) } }
  }
}

/// A secret where a copyable handle is needed: the secret itself is still there only once.
package final class SecretBox: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  package let bytes: SecretBytes

  package init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
