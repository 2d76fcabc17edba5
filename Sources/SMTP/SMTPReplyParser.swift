import TenantBase

/// Joins the lines of a reply (RFC 5321 section 4.2.1). One value serves a whole connection.
struct SMTPReplyParser {
  enum Fault: Error, Equatable {
    /// Not `code text` or `code-text`.
    case noCode
    case codesDiffer
    case tooManyLines(limit: Int)
  }

  private let lineLimit: Int
  private var code: Int?
  private var lines: [[UInt8]] = []

  init(lineLimit: Int) { self.lineLimit = lineLimit }

  /// Whether a reply has begun and not ended.
  var isInsideReply: Bool { code != nil }

  /// Takes one line without its end.
  /// - Returns: the reply that it completes; nil when more lines follow.
  mutating func receive(_ line: [UInt8]) throws(Fault) -> SMTPReply? {
    let (lineCode, isLast, text) = try Self.split(line)
    if let code, code != lineCode { throw .codesDiffer }
    if lines.count == lineLimit { throw .tooManyLines(limit: lineLimit) }
    code = lineCode
    lines.append(text)
    guard isLast else { return nil }
    defer {
      code = nil
      lines = []
    }
    return SMTPReply(code: lineCode, lines: lines)
  }

  private static func split(_ line: [UInt8]) throws(Fault) -> (code: Int, isLast: Bool, text: [UInt8]) {
    guard line.count >= 3, (0x32...0x35).contains(line[0]), ASCII.isDigit(line[1]), ASCII.isDigit(line[2]) else {
      throw .noCode
    }
    let code = line[0..<3].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    // The blank after the code may be missing when there is no text (RFC 5321 section 4.2).
    guard line.count > 3 else { return (code, true, []) }
    switch line[3] {
    case ASCII.space: return (code, true, Array(line[4...]))
    case UInt8(ascii: "-"): return (code, false, Array(line[4...]))
    default: throw .noCode
    }
  }
}
