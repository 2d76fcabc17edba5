import TenantBase

/// The last lines of a conversation, for support. Never holds a secret or a message body.
package struct Transcript: Sendable {
  package struct Limits: Sendable, Equatable {
    /// Entries kept; the oldest go first.
    package var entries = 400
    /// Characters of one line; what is longer is cut.
    package var lineLength = 500

    package init() {}
  }

  package enum Direction: String, Sendable {
    case sent = "C:"
    case received = "S:"
    /// What happened beside the lines: TLS is up, the stream closed.
    case event = "--"
  }

  package struct Entry: Sendable, Equatable {
    package let direction: Direction
    /// Printable: control characters are escaped, the length is cut.
    package let text: String
  }

  private let limits: Limits
  private var ring: [Entry] = []
  private var oldest = 0
  /// How many entries no longer fit.
  package private(set) var droppedEntries = 0

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// The kept entries, oldest first.
  package var entries: [Entry] { Array(ring[oldest...] + ring[..<oldest]) }

  /// One line an entry: `C: EHLO client.example`.
  package var lines: [String] { entries.map { "\($0.direction.rawValue) \($0.text)" } }

  package mutating func record(_ direction: Direction, _ line: [UInt8]) {
    record(Entry(direction: direction, text: PrintableText.escaping(line, limit: limits.lineLength)))
  }

  package mutating func record(_ direction: Direction, _ text: String) {
    record(Entry(direction: direction, text: PrintableText.escaping(text, limit: limits.lineLength)))
  }

  /// A line that holds a secret: only that there was one.
  package mutating func recordSecret(_ direction: Direction) { record(direction, "<secret>") }

  private mutating func record(_ entry: Entry) {
    guard limits.entries > 0 else { return }
    if ring.count < limits.entries {
      ring.append(entry)
      return
    }
    ring[oldest] = entry
    oldest = (oldest + 1) % ring.count
    droppedEntries += 1
  }
}
