import System
import TenantBase

/// Finds the structure of a mail in bytes that come in pieces of any size.
///
/// Any bytes give a structure; the same bytes give the same calls on the sink, but for the cuts of `bodyBytes`. Holds at
/// most one header block and one possible delimiter line. Time is linear in the bytes.
///
/// A delimiter is a line that begins with two hyphens and the boundary of any open multipart, followed by the line end,
/// a blank or two hyphens (RFC 2046 section 5.1.1); the delimiter of an outer multipart ends the inner ones.
package struct MIMEScanner: Sendable {
  /// What stands at the current place.
  enum State: Sendable, Equatable {
    /// A part's header block, gathered line by line.
    case header
    /// The body of a leaf, or what stands before the first or behind the last delimiter of a multipart.
    case text
    /// The rest of a delimiter line that was already recognised.
    case delimiterRest(opensPart: Bool)
    /// Over a limit: nothing is looked at any more.
    case raw
  }

  /// A line end that belongs to the delimiter if one follows, else to the body.
  enum HeldLineEnd: Int, Sendable {
    case none = 0
    case lineFeed = 1
    case carriageReturnLineFeed = 2
    /// A CR at the end of a piece: the begin of a line end, or not.
    case carriageReturn = 3

    var length: Int { self == .carriageReturn ? 1 : rawValue }
  }

  let limits: MIMELimits
  var state = State.header
  var frames: [Frame] = []
  var boundaries = BoundaryStack()
  var isLeafOpen = false
  private var hasReportedBareLineFeed = false
  var partCount = 0
  /// The part whose header comes now.
  var defaultType = ContentType.plainText

  /// The absolute offset of the first byte of the current piece.
  var pieceOffset: Int

  var header: [UInt8] = []
  var headerOffset: Int
  var headerLineStart = 0

  var isAtLineStart = true
  var heldLineEnd = HeldLineEnd.none
  /// The begin of a line that may be a delimiter.
  var line: [UInt8] = []
  var lineOffset = 0

  /// LF, or CR in a mail that has only that.
  var terminator = ASCII.lf
  private(set) var examined = 0

  package init(limits: MIMELimits = .standard) {
    self.limits = limits
    pieceOffset = 0
    headerOffset = 0
  }

  /// Bytes looked at and compared so far, for tests of linear time.
  package var work: Int { examined + boundaries.compared }

  /// Takes the next piece of the mail.
  package mutating func consume(_ piece: [UInt8], into sink: inout some MIMEScannerSink) {
    var index = 0
    while index < piece.count {
      let before = index
      switch state {
      case .header: index = scanHeader(piece, from: index, into: &sink)
      case .text: index = scanText(piece, from: index, into: &sink)
      case .delimiterRest(let opensPart): index = skipLine(piece, from: index, opensPart: opensPart)
      case .raw: index = piece.count
      }
      examined += index - before
    }
    pieceOffset += piece.count
  }

  /// Ends the mail.
  package mutating func finish(into sink: inout some MIMEScannerSink) {
    if state == .header, frames.isEmpty, terminator == ASCII.lf, restartWithCarriageReturns(into: &sink) { return }
    endLastLine(into: &sink)
    guard state != .raw else { return }
    while state == .header { endHeader(at: .end, into: &sink) }
    guard state != .raw else { return }
    flushHeldLineEnd(into: &sink)
    closeAll(bodyEnd: pieceOffset, into: &sink)
    state = .raw
  }

  /// A mail without a single LF is read again with CR as its line end; it is no longer than one header block.
  private mutating func restartWithCarriageReturns(into sink: inout some MIMEScannerSink) -> Bool {
    guard !header.contains(ASCII.lf), header.dropLast().contains(ASCII.cr) else { return false }
    let whole = header
    header = []
    pieceOffset = headerOffset
    terminator = ASCII.cr
    sink.found(MIMEDefect(.bareCarriageReturns, offset: headerOffset))
    consume(whole, into: &sink)
    finish(into: &sink)
    return true
  }

  private mutating func endLastLine(into sink: inout some MIMEScannerSink) {
    switch state {
    case .header:
      guard headerLineStart < header.count, !boundaries.isEmpty else { return }
      if let match = boundaries.match(header, from: headerLineStart) {
        let offset = headerOffset + headerLineStart
        header.removeLast(header.count - headerLineStart)
        while state == .header { endHeader(at: .delimiter(offset), into: &sink) }
        apply(match, lineOffset: offset, lineIsComplete: true, next: pieceOffset, into: &sink)
      }
    case .text:
      if !line.isEmpty { decideLine(isComplete: true, next: pieceOffset, into: &sink) }
    case .delimiterRest(let opensPart):
      if opensPart { beginHeader(at: pieceOffset) } else { state = .text }
    case .raw: break
    }
  }

  mutating func exceed(_ limit: MIMELimits.Name, at offset: Int, into sink: inout some MIMEScannerSink) {
    state = .raw
    header = []
    line = []
    sink.found(MIMEDefect(.limitExceeded, offset: offset))
    sink.exceeded(limit, offset: offset)
  }

  /// Only the first one is reported: a mail has either none or many.
  mutating func reportBareLineFeed(at offset: Int, into sink: inout some MIMEScannerSink) {
    guard !hasReportedBareLineFeed, terminator == ASCII.lf else { return }
    hasReportedBareLineFeed = true
    sink.found(MIMEDefect(.bareLineFeeds, offset: offset))
  }

  mutating func beginHeader(at offset: Int) {
    state = .header
    header.removeAll(keepingCapacity: true)
    headerOffset = offset
    headerLineStart = 0
  }

  private mutating func skipLine(_ piece: [UInt8], from start: Int, opensPart: Bool) -> Int {
    guard let end = ByteSearch.firstIndex(of: terminator, in: piece, from: start) else { return piece.count }
    if opensPart {
      beginHeader(at: pieceOffset + end + 1)
    } else {
      state = .text
      isAtLineStart = true
      beginEpilogue(at: pieceOffset + end + 1)
    }
    return end + 1
  }
}
