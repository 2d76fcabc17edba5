import System
import TenantBase

extension MIMEScanner {
  /// Scans bodies, preambles and epilogues for delimiter lines.
  ///
  /// - Returns: the index of the first byte not used.
  mutating func scanText(_ piece: [UInt8], from start: Int, into sink: inout some MIMEScannerSink) -> Int {
    if boundaries.isEmpty {
      // Nothing can end this part but the end of the mail.
      flushHeldLineEnd(into: &sink)
      emit(piece[start...], into: &sink)
      return piece.count
    }
    if isAtLineStart { return scanLineStart(piece, from: start, into: &sink) }
    if heldLineEnd == .carriageReturn {
      if piece[start] == ASCII.lf {
        heldLineEnd = .carriageReturnLineFeed
        isAtLineStart = true
        return start + 1
      }
      flushHeldLineEnd(into: &sink)
    }
    return scanLines(piece, from: start, into: &sink)
  }

  /// Runs over whole lines, and stops behind the first line end that a delimiter may follow.
  private mutating func scanLines(_ piece: [UInt8], from start: Int, into sink: inout some MIMEScannerSink) -> Int {
    let bytes = piece.span
    let count = bytes.count
    var from = start
    while let end = ByteSearch.firstIndex(of: terminator, in: bytes, from: from) {
      let hasReturn = terminator == ASCII.lf && end > start && bytes[end - 1] == ASCII.cr
      if !hasReturn { reportBareLineFeed(at: pieceOffset + end, into: &sink) }
      if end + 2 < count, bytes[end + 1] != 0x2D || bytes[end + 2] != 0x2D {
        from = end + 1
        continue
      }
      emit(piece[start..<(hasReturn ? end - 1 : end)], into: &sink)
      heldLineEnd = hasReturn ? .carriageReturnLineFeed : .lineFeed
      isAtLineStart = true
      return end + 1
    }
    if terminator == ASCII.lf, bytes[count - 1] == ASCII.cr {
      emit(piece[start..<(count - 1)], into: &sink)
      heldLineEnd = .carriageReturn
    } else {
      emit(piece[start...], into: &sink)
    }
    return count
  }

  /// Gathers a line that may be a delimiter until that is decided.
  private mutating func scanLineStart(
    _ piece: [UInt8], from start: Int, into sink: inout some MIMEScannerSink
  ) -> Int {
    if line.isEmpty {
      if piece[start] != 0x2D {
        flushHeldLineEnd(into: &sink)
        isAtLineStart = false
        return start
      }
      lineOffset = pieceOffset + start
    }
    let bytes = piece.span
    let wanted = boundaries.decisiveLength - line.count
    let reach = min(bytes.count, start + wanted)
    var index = start
    while index < reach {
      if bytes[index] == terminator {
        line += piece[start...index]
        decideLine(isComplete: true, next: pieceOffset + index + 1, into: &sink)
        return index + 1
      }
      // The second byte is no hyphen: an ordinary line.
      if line.count + index - start == 1, bytes[index] != 0x2D {
        line += piece[start..<index]
        dropCandidate(into: &sink)
        return index
      }
      index += 1
    }
    line += piece[start..<reach]
    if line.count >= boundaries.decisiveLength {
      decideLine(isComplete: false, next: pieceOffset + reach, into: &sink)
    }
    return reach
  }

  /// - Parameter next: the offset behind what was gathered.
  mutating func decideLine(isComplete: Bool, next: Int, into sink: inout some MIMEScannerSink) {
    if let match = boundaries.match(line) {
      line.removeAll(keepingCapacity: true)
      apply(match, lineOffset: lineOffset, lineIsComplete: isComplete, next: next, into: &sink)
    } else {
      dropCandidate(into: &sink)
    }
  }

  /// The gathered line is part of the body; its own line end is held.
  private mutating func dropCandidate(into sink: inout some MIMEScannerSink) {
    flushHeldLineEnd(into: &sink)
    var end = line.count
    isAtLineStart = false
    if line.last == terminator {
      end -= 1
      heldLineEnd = .lineFeed
      if terminator == ASCII.lf, end > 0, line[end - 1] == ASCII.cr {
        end -= 1
        heldLineEnd = .carriageReturnLineFeed
      } else {
        reportBareLineFeed(at: lineOffset + end, into: &sink)
      }
      isAtLineStart = true
    } else if line.last == ASCII.cr, terminator == ASCII.lf {
      end -= 1
      heldLineEnd = .carriageReturn
    }
    emit(line[..<end], into: &sink)
    line.removeAll(keepingCapacity: true)
  }

  mutating func flushHeldLineEnd(into sink: inout some MIMEScannerSink) {
    switch heldLineEnd {
    case .none: return
    case .lineFeed: emit([terminator], into: &sink)
    case .carriageReturnLineFeed: emit([ASCII.cr, ASCII.lf], into: &sink)
    case .carriageReturn: emit([ASCII.cr], into: &sink)
    }
    heldLineEnd = .none
  }

  func emit(_ bytes: ArraySlice<UInt8>, into sink: inout some MIMEScannerSink) {
    if isLeafOpen, !bytes.isEmpty { sink.bodyBytes(bytes) }
  }
}
