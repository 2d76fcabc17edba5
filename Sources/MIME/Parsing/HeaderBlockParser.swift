import TenantBase

/// Divides the bytes of a header block into fields. Any bytes give a result.
///
/// A field is a line with a name of visible ASCII, blanks allowed behind it, and a colon (RFC 5322 sections 2.2 and
/// 4.5.3); lines that begin with a blank continue it. Any other line is malformed and left out, with what continues it.
struct HeaderBlockParser {
  private(set) var ranges: [FieldRange] = []
  /// Where lines are no fields, from the block's start; the first 100.
  private(set) var malformedLines: [Int] = []
  private(set) var hasNonASCII = false
  private(set) var hasNUL = false
  /// Whether a CR stands anywhere but before the LF of a line end.
  private(set) var hasStrayReturn = false
  /// The LF of the first line that has no CR before it, from the block's start.
  private(set) var firstBareLineFeed: Int?

  private static let malformedLinesKept = 100

  /// - Parameter terminator: LF, or CR in a mail that has only that.
  init(_ bytes: [UInt8], terminator: UInt8) {
    let span = bytes.span
    var lineStart = 0
    var isInField = false
    ranges.reserveCapacity(16)
    while lineStart < span.count {
      let lineEnd = Self.endOfLine(span, from: lineStart, terminator: terminator)
      let contentEnd = Self.withoutLineEnd(span, lineStart, lineEnd)
      let first = span[lineStart]
      if first == ASCII.space || first == ASCII.htab {
        if isInField {
          ranges[ranges.count - 1].valueEnd = Int32(truncatingIfNeeded: contentEnd)
        } else if malformedLines.isEmpty {
          malformedLines.append(lineStart)
        }
      } else if let range = Self.field(span, lineStart, contentEnd) {
        ranges.append(range)
        isInField = true
      } else {
        isInField = false
        if !(lineStart == 0 && Self.isEnvelopeLine(span)) { noteMalformed(lineStart) }
      }
      lineStart = lineEnd
    }
    if terminator == ASCII.lf { noteOddBytes(span) }
  }

  private mutating func noteOddBytes(_ span: Span<UInt8>) {
    var previous: UInt8 = 0
    for index in span.indices {
      let byte = span[index]
      if byte >= 0x80 {
        hasNonASCII = true
      } else if byte == 0 {
        hasNUL = true
      } else if byte == ASCII.lf, previous != ASCII.cr, firstBareLineFeed == nil {
        firstBareLineFeed = index
      }
      if previous == ASCII.cr, byte != ASCII.lf { hasStrayReturn = true }
      previous = byte
    }
  }

  private mutating func noteMalformed(_ offset: Int) {
    if malformedLines.count < Self.malformedLinesKept { malformedLines.append(offset) }
  }

  private static func endOfLine(_ span: Span<UInt8>, from start: Int, terminator: UInt8) -> Int {
    var index = start
    while index < span.count {
      if span[index] == terminator { return index + 1 }
      index += 1
    }
    return span.count
  }

  private static func withoutLineEnd(_ span: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var result = end
    if result > start, span[result - 1] == ASCII.lf { result -= 1 }
    if result > start, span[result - 1] == ASCII.cr { result -= 1 }
    return result
  }

  /// The line that mbox files put before a mail: `From sender date`, also quoted.
  private static func isEnvelopeLine(_ span: Span<UInt8>) -> Bool {
    let offset = span.count > 0 && span[0] == 0x3E ? 1 : 0
    let prefix: [5 of UInt8] = [0x46, 0x72, 0x6F, 0x6D, 0x20]
    guard span.count >= offset + 5 else { return false }
    for index in 0..<5 where span[offset + index] != prefix[index] { return false }
    return true
  }

  private static func field(_ span: Span<UInt8>, _ start: Int, _ end: Int) -> FieldRange? {
    var index = start
    while index < end, ASCII.isVisible(span[index]), span[index] != 0x3A { index += 1 }
    let nameEnd = index
    while index < end, span[index] == ASCII.space || span[index] == ASCII.htab { index += 1 }
    guard nameEnd > start, index < end, span[index] == 0x3A else { return nil }
    return FieldRange(
      nameStart: Int32(truncatingIfNeeded: start), nameEnd: Int32(truncatingIfNeeded: nameEnd),
      valueStart: Int32(truncatingIfNeeded: index + 1), valueEnd: Int32(truncatingIfNeeded: end))
  }
}
