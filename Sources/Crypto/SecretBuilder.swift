import CSodium
import TenantBase

/// Puts a secret together from pieces, without a copy of any piece in ordinary memory.
///
/// ```swift
/// var line = SecretBuilder(capacity: 2 + user.count + password.count)
/// line.append([0])
/// line.append(user)
/// line.append([0])
/// line.append(password)
/// return line.finish()
/// ```
package struct SecretBuilder: ~Copyable, @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  package private(set) var count = 0

  /// - Parameter capacity: the most bytes that will be appended; going over it is our own bug and traps.
  package init(capacity: Int) {
    SodiumLibrary.ensureReady()
    guard let memory = sodium_malloc(max(capacity, 1)) else { fatalError("out of guarded memory") }
    base = memory
    self.capacity = capacity
  }

  deinit { sodium_free(base) }

  package mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append(raw: $0) }
  }

  package mutating func append(_ secret: borrowing SecretBytes) {
    secret.withBytes { append(raw: $0) }
  }

  /// For the bridging targets: bytes of any memory.
  package mutating func append(raw bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= capacity - count, "a secret is longer than its builder's capacity")
    UnsafeMutableRawBufferPointer(start: base + count, count: bytes.count).copyMemory(from: bytes)
    count += bytes.count
  }

  /// The secret as built so far; the builder's own memory is wiped.
  package consuming func finish() -> SecretBytes {
    let length = count
    let start = UnsafeRawPointer(base)
    let secret = SecretBytes(count: length) { memory in
      memory.copyMemory(from: UnsafeRawBufferPointer(start: start, count: length))
    }
    extendLifetime(self)  // `start` points into memory that `deinit` wipes
    return secret
  }
}
