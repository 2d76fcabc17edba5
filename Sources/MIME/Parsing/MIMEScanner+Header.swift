import System
import TenantBase

extension MIMEScanner {
  /// What ends a header block.
  enum HeaderEnd: Equatable {
    case emptyLine
    /// A delimiter line that begins at this offset.
    case delimiter(Int)
    case end
  }

  /// - Returns: the index of the first byte not used.
  mutating func scanHeader(_ piece: [UInt8], from start: Int, into sink: inout some MIMEScannerSink) -> Int {
    var index = start
    while let end = ByteSearch.firstIndex(of: terminator, in: piece, from: index) {
      header += piece[index...end]
      index = end + 1
      if header.count > limits.headerBlock {
        exceed(.headerBlock, at: headerOffset, into: &sink)
        return piece.count
      }
      let length = header.count - headerLineStart
      if length == 1 || (length == 2 && terminator == ASCII.lf && header[headerLineStart] == ASCII.cr) {
        endHeader(at: .emptyLine, into: &sink)
        return index
      }
      if header[headerLineStart] == 0x2D, !boundaries.isEmpty,
        let match = boundaries.match(header, from: headerLineStart)
      {
        let offset = headerOffset + headerLineStart
        header.removeLast(length)
        while state == .header { endHeader(at: .delimiter(offset), into: &sink) }
        apply(match, lineOffset: offset, lineIsComplete: true, next: pieceOffset + index, into: &sink)
        return index
      }
      headerLineStart = header.count
    }
    header += piece[index...]
    if header.count > limits.headerBlock { exceed(.headerBlock, at: headerOffset, into: &sink) }
    return piece.count
  }

  /// Divides the gathered block into fields and opens the part.
  mutating func endHeader(at end: HeaderEnd, into sink: inout some MIMEScannerSink) {
    let bytes = end == .emptyLine ? Array(header[..<headerLineStart]) : header
    let parsed = HeaderBlockParser(bytes, terminator: terminator)
    let bodyStart = headerOffset + header.count
    let hasFields = !parsed.ranges.isEmpty
    let isMalformed = !parsed.malformedLines.isEmpty
    if isMalformed, !hasFields || end != .emptyLine {
      return beginWithBody(parsed, at: end, into: &sink)
    }
    let block = HeaderBlock(bytes: bytes, offset: headerOffset, ranges: parsed.ranges)
    report(parsed, into: &sink)
    if end != .emptyLine, hasFields { sink.found(MIMEDefect(.missingHeaderEnd, offset: bodyStart)) }
    open(block, bodyStart: bodyStart, into: &sink)
  }

  private mutating func report(_ parsed: HeaderBlockParser, into sink: inout some MIMEScannerSink) {
    for line in parsed.malformedLines {
      sink.found(MIMEDefect(.malformedHeaderLine, offset: headerOffset + line))
    }
    if parsed.hasNonASCII { sink.found(MIMEDefect(.rawNonASCIIHeader, offset: headerOffset)) }
    if let offset = parsed.firstBareLineFeed { reportBareLineFeed(at: headerOffset + offset, into: &sink) }
    if parsed.hasStrayReturn { sink.found(MIMEDefect(.carriageReturnInHeader, offset: headerOffset)) }
    if parsed.hasNUL { sink.found(MIMEDefect(.nulInHeader, offset: headerOffset)) }
  }

  /// The lines that are no fields are the body of a leaf: of a block without any field all of them, of a block that no
  /// empty line ends those from the first one on.
  private mutating func beginWithBody(
    _ parsed: HeaderBlockParser, at end: HeaderEnd, into sink: inout some MIMEScannerSink
  ) {
    let cut = parsed.ranges.isEmpty ? 0 : (parsed.malformedLines.first ?? 0)
    let kept = parsed.ranges.filter { $0.nameStart < cut }
    let block = HeaderBlock(bytes: Array(header[..<cut]), offset: headerOffset, ranges: kept)
    sink.found(MIMEDefect(.headerIsBody, offset: headerOffset + cut))
    let body = Array(header[cut...])
    let savedType = defaultType
    if block.first(.contentType) == nil, savedType.isMessage { defaultType = .plainText }
    open(block, asLeaf: true, bodyStart: headerOffset + cut, into: &sink)
    guard state == .text else { return }
    line = body
    replayBody(into: &sink)
  }

  /// Emits header lines as body, holding the last line end.
  private mutating func replayBody(into sink: inout some MIMEScannerSink) {
    var end = line.count
    heldLineEnd = .none
    isAtLineStart = true
    if line.last == terminator {
      end -= 1
      heldLineEnd = .lineFeed
      if terminator == ASCII.lf, end > 0, line[end - 1] == ASCII.cr {
        end -= 1
        heldLineEnd = .carriageReturnLineFeed
      }
    }
    emit(line[..<end], into: &sink)
    line.removeAll(keepingCapacity: true)
  }
}
