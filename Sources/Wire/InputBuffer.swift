import System
import TenantBase

/// What was read from a stream and not yet consumed.
///
/// Holds one growing array and a head index, so that taking a line costs no move of what follows. The search for a line
/// end never looks at a byte twice, whatever the size of the pieces the bytes came in.
package struct InputBuffer {
  private var storage: [UInt8] = []
  /// The first unread byte.
  private var head = 0
  /// How many bytes from `head` on are known to hold no line feed.
  private var scanned = 0

  /// Above this many consumed bytes the rest moves to the front before more is read.
  private static let compactionThreshold = 64 * 1024

  package init() {}

  package var unreadBytes: Int { storage.count - head }

  package mutating func append(_ bytes: some Sequence<UInt8>) {
    compact()
    storage.append(contentsOf: bytes)
  }

  /// Reads once from `stream`.
  /// - Returns: the number of new bytes; 0 at the stream's proper end.
  package mutating func fill(from stream: any ByteStream, atMost limit: Int, deadline: Deadline)
    async throws(StreamError) -> Int
  {
    compact()
    return try await stream.read(into: &storage, atMost: limit, deadline: deadline)
  }

  /// Takes the next line, without its end.
  ///
  /// - Returns: nil when the line end has not arrived; the buffer is unchanged then, and when an error is thrown.
  /// - Throws: `LineError`; also before the line end is here when more than `rules.limit` bytes came without one.
  package mutating func takeLine(_ rules: LineRules) throws(LineError) -> [UInt8]? {
    guard let lineFeed = indexOfLineFeed() else {
      // One more byte may be the CR of a line that has just the right length.
      if unreadBytes > rules.limit + 1 { throw .tooLong(limit: rules.limit) }
      return nil
    }
    let endsInCRLF = lineFeed > head && storage[lineFeed - 1] == ASCII.cr
    let end = endsInCRLF ? lineFeed - 1 : lineFeed
    if end - head > rules.limit { throw .tooLong(limit: rules.limit) }
    if rules.lineEnd == .crlf {
      if !endsInCRLF { throw .bareLineFeed(offset: lineFeed - head) }
      let firstCR = ByteSearch.firstIndex(of: ASCII.cr, in: storage, from: head) ?? end
      if firstCR < end { throw .bareCarriageReturn(offset: firstCR - head) }
    }
    let line = Array(storage[head..<end])
    consume(lineFeed + 1 - head)
    return line
  }

  /// The next bytes, up to `count`; they stay unread.
  package func peek(_ count: Int) -> ArraySlice<UInt8> { storage[head...].prefix(count) }

  /// Takes up to `limit` unread bytes, fewer when fewer are here.
  ///
  /// When they are all that was read, they are handed over without a copy.
  package mutating func takeBytes(atMost limit: Int) -> [UInt8] {
    let count = min(max(limit, 0), unreadBytes)
    if head == 0, count == storage.count {
      defer {
        storage = []
        scanned = 0
      }
      return storage
    }
    let bytes = Array(storage[head..<(head + count)])
    consume(count)
    return bytes
  }

  private mutating func indexOfLineFeed() -> Int? {
    if let found = ByteSearch.firstIndex(of: ASCII.lf, in: storage, from: head + scanned) { return found }
    scanned = storage.count - head
    return nil
  }

  private mutating func consume(_ count: Int) {
    head += count
    scanned = max(0, scanned - count)
    if head == storage.count {
      storage.removeAll(keepingCapacity: storage.capacity <= Self.compactionThreshold)
      head = 0
    }
  }

  private mutating func compact() {
    guard head >= Self.compactionThreshold else { return }
    storage.removeFirst(head)
    head = 0
  }
}

/// How lines of a protocol end, and how long they may be.
package struct LineRules: Sendable, Equatable {
  package enum LineEnd: Sendable, Equatable {
    /// CRLF alone; a CR or LF on its own is malformed.
    case crlf
    /// A bare LF ends a line too: for servers that are known to send it.
    case crlfOrLF
  }

  /// The most bytes of one line, without its end.
  package var limit: Int
  package var lineEnd: LineEnd

  package init(limit: Int, lineEnd: LineEnd = .crlf) {
    self.limit = limit
    self.lineEnd = lineEnd
  }
}

/// Why the next bytes are not a line. A protocol target wraps it in its own error, which names the peer.
package enum LineError: Error, Equatable, Sendable, CustomStringConvertible {
  case tooLong(limit: Int)
  /// `offset` counts from the start of the line.
  case bareLineFeed(offset: Int)
  case bareCarriageReturn(offset: Int)

  package var description: String {
    switch self {
    case .tooLong(let limit): "a line is longer than \(limit) bytes"
    case .bareLineFeed(let offset): "a line feed without carriage return at byte \(offset)"
    case .bareCarriageReturn(let offset): "a carriage return without line feed at byte \(offset)"
    }
  }
}
