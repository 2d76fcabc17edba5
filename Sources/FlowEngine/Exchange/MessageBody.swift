import System
import TenantBase

/// The body of an exchange: in memory, or in a file when it is large.
///
/// Text bodies are UTF-8; what was received in another charset has been converted by the adapter that received it.
package struct MessageBody: Sendable {
  private enum Storage: Sendable {
    case bytes([UInt8])
    case file(OpenFile)
  }

  /// Larger bodies stay in a file, in bytes: an exchange costs the same memory whatever it carries.
  package static let memoryLimit = 1 << 20

  private let storage: Storage

  /// A body made in memory, of any size.
  package init(bytes: [UInt8]) { storage = .bytes(bytes) }

  package init(text: String) { self.init(bytes: Array(text.utf8)) }

  /// The content of a file: read at once when it is small, else whenever somebody wants it.
  package init(file: OpenFile) throws(SystemError) {
    if file.byteCount > Self.memoryLimit {
      storage = .file(file)
    } else {
      storage = .bytes(try file.read(at: 0, atMost: Self.memoryLimit))
    }
  }

  package static let empty = MessageBody(bytes: [])

  package var byteCount: Int {
    switch storage {
    case .bytes(let bytes): bytes.count
    case .file(let file): file.byteCount
    }
  }

  /// Nil for a body in a file.
  package var bytesInMemory: [UInt8]? {
    if case .bytes(let bytes) = storage { bytes } else { nil }
  }

  /// What is not UTF-8 becomes U+FFFD. Nil for a body in a file.
  package var textInMemory: String? { bytesInMemory.map { String(decoding: $0, as: UTF8.self) } }

  /// Begins at the first byte; several can be open at once.
  package func makeReader() -> Reader { Reader(body: self) }

  /// One pass over a body.
  package struct Reader: Sendable {
    private let body: MessageBody
    private var position = 0

    fileprivate init(body: MessageBody) { self.body = body }

    /// The next bytes, at most `limit`, at least one; nil at the end.
    /// - Throws: `SystemError` when the file cannot be read, or was changed since it was opened.
    package mutating func nextChunk(atMost limit: Int) throws(SystemError) -> [UInt8]? {
      switch body.storage {
      case .bytes(let bytes):
        guard position < bytes.count else { return nil }
        let end = min(bytes.count, position + max(limit, 1))
        defer { position = end }
        return position == 0 && end == bytes.count ? bytes : Array(bytes[position..<end])
      case .file(let file):
        let bytes = try file.read(at: position, atMost: min(max(limit, 1), file.byteCount - position))
        position += bytes.count
        if bytes.isEmpty || position == file.byteCount {
          guard position == file.byteCount, !file.hasChanged else {
            throw SystemError(.changedWhileRead, action: "read", path: file.path)
          }
        }
        return bytes.isEmpty ? nil : bytes
      }
    }
  }
}

extension MessageBody: Equatable {
  /// Bodies in files are equal when they are the same file.
  package static func == (left: MessageBody, right: MessageBody) -> Bool {
    switch (left.storage, right.storage) {
    case (.bytes(let left), .bytes(let right)): left == right
    case (.file(let left), .file(let right)): left === right
    case (.bytes, .file), (.file, .bytes): false
    }
  }
}
