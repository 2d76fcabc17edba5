import System
import TenantBase

/// Encodes a message for SMTP DATA (RFC 5321 section 4.5.2): dots at line starts are doubled, and the end is
/// `CRLF . CRLF`.
///
/// Every CR or LF that is not part of a CRLF leaves as CRLF, so that nothing in a body can be read as an end of data by
/// a server that takes bare line ends for line ends. A body that is already canonical passes unchanged but for its dots.
/// The result does not depend on how the body is cut into chunks.
package struct DotStuffing {
  private enum State {
    case lineStart
    case midLine
    /// A CR was seen; what follows decides whether it is a CRLF. Nothing of it has been written.
    case afterCR
  }

  private var state = State.lineStart

  package init() {}

  /// Appends the encoding of `chunk` to `output`.
  ///
  /// Looks for line ends with the C library's search, so that a canonical body costs little more than a copy.
  package mutating func encode(_ chunk: [UInt8], into output: inout [UInt8]) {
    var index = 0
    var runStart = 0  // what is unchanged since then has not been written yet
    var nextCR = -1
    var nextLF = -1
    func flush(_ end: Int) { if runStart < end { output.append(contentsOf: chunk[runStart..<end]) } }
    if state == .afterCR, let first = chunk.first {
      output += [ASCII.cr, ASCII.lf]
      state = .lineStart
      if first == ASCII.lf { index = 1 }
      runStart = index
    }
    while index < chunk.count {
      if state == .lineStart, chunk[index] == ASCII.dot {
        flush(index)
        runStart = index
        output.append(ASCII.dot)  // doubled; the dot itself opens the run
      }
      state = .midLine
      if nextCR < index { nextCR = ByteSearch.firstIndex(of: ASCII.cr, in: chunk, from: index) ?? .max }
      if nextLF < index { nextLF = ByteSearch.firstIndex(of: ASCII.lf, in: chunk, from: index) ?? .max }
      let end = min(nextCR, nextLF)
      if end == .max { break }
      if end == nextCR, end + 1 == nextLF {
        index = end + 2
      } else {
        flush(end)
        index = end + 1
        runStart = index
        if end == nextCR, index == chunk.count {
          state = .afterCR
          return
        }
        output += [ASCII.cr, ASCII.lf]
      }
      state = .lineStart
    }
    flush(chunk.count)
  }

  /// Appends the end of data. The value can be used for the next message afterwards.
  package mutating func finish(into output: inout [UInt8]) {
    if state != .lineStart {
      output.append(ASCII.cr)
      output.append(ASCII.lf)
    }
    output.append(contentsOf: [ASCII.dot, ASCII.cr, ASCII.lf])
    state = .lineStart
  }
}
