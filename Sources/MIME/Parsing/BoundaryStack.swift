import TenantBase

/// The boundaries that may end the current part, from the outermost to the innermost.
struct BoundaryStack {
  private struct Entry {
    var boundary: [UInt8]
    /// The container it belongs to.
    var frame: Int
  }

  struct Match: Equatable {
    var frame: Int
    var isClosing: Bool
    /// Nothing but blanks stands behind it.
    var isExact: Bool
  }

  private var entries: [Entry] = []
  /// Bytes compared, for tests of linear time.
  private(set) var compared = 0

  var isEmpty: Bool { entries.isEmpty }

  /// Bytes of a line that decide whether it is a delimiter: two hyphens, the longest boundary, two hyphens, line end.
  private(set) var decisiveLength = 0

  mutating func push(_ boundary: [UInt8], frame: Int) {
    entries.append(Entry(boundary: boundary, frame: frame))
    decisiveLength = max(decisiveLength, boundary.count + 6)
  }

  /// Removes the boundary of `frame` and those within it.
  mutating func removeAll(from frame: Int) {
    while let last = entries.last, last.frame >= frame { entries.removeLast() }
    decisiveLength = (entries.map(\.boundary.count).max() ?? 0) + 6
  }

  /// The delimiter that a line is: an exact one before one with other text behind it, the innermost first.
  ///
  /// - Parameter start: where the line begins in `bytes`, which end with its line end or hold at least `decisiveLength`
  ///   bytes of it.
  mutating func match(_ bytes: [UInt8], from start: Int = 0) -> Match? {
    let line = bytes.span.extracting(start..<bytes.count)
    guard line.count > 2, line[0] == 0x2D, line[1] == 0x2D else { return nil }
    var loose: Match?
    for entry in entries.reversed() {
      guard let match = matchOne(line, entry) else { continue }
      if match.isExact { return match }
      if loose == nil { loose = match }
    }
    return loose
  }

  private mutating func matchOne(_ line: Span<UInt8>, _ entry: Entry) -> Match? {
    let boundary = entry.boundary.span
    let end = 2 + boundary.count
    guard line.count >= end else { return nil }
    var index = 0
    while index < boundary.count, line[2 + index] == boundary[index] { index += 1 }
    compared += index + 1
    guard index == boundary.count else { return nil }
    if Self.isLineEnd(line, at: end) { return Match(frame: entry.frame, isClosing: false, isExact: true) }
    if line[end] == ASCII.space || line[end] == ASCII.htab {
      return Match(frame: entry.frame, isClosing: false, isExact: false)
    }
    guard end + 1 < line.count, line[end] == 0x2D, line[end + 1] == 0x2D else { return nil }
    return Match(frame: entry.frame, isClosing: true, isExact: Self.isLineEnd(line, at: end + 2))
  }

  private static func isLineEnd(_ line: Span<UInt8>, at index: Int) -> Bool {
    if index >= line.count { return true }
    if line[index] == ASCII.lf { return true }
    return line[index] == ASCII.cr && (index + 1 >= line.count || line[index + 1] == ASCII.lf)
  }
}
