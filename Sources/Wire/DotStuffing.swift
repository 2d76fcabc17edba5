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
  package mutating func encode(_ chunk: [UInt8], into output: inout [UInt8]) {
    let bytes = chunk.span
    var runStart = 0
    var index = 0
    func flush(_ end: Int) { if runStart < end { output.append(contentsOf: chunk[runStart..<end]) } }
    while index < bytes.count {
      let byte = bytes[index]
      if state == .afterCR {
        output.append(ASCII.cr)
        output.append(ASCII.lf)
        state = .lineStart
        if byte == ASCII.lf {
          index += 1
          runStart = index
          continue
        }
        runStart = index
      }
      switch byte {
      case ASCII.cr:
        flush(index)
        state = .afterCR
      case ASCII.lf:
        flush(index)
        output.append(ASCII.cr)
        output.append(ASCII.lf)
        runStart = index + 1
        state = .lineStart
      case ASCII.dot where state == .lineStart:
        output.append(ASCII.dot)  // doubled; the dot itself opens the run
        runStart = index
        state = .midLine
      default:
        state = .midLine
      }
      index += 1
    }
    if state != .afterCR { flush(bytes.count) }
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
