import Expressions
import FlowEngine
import System
import TenantBase

/// What a file says instead of a partner.
///
/// The file's content is the body. A file `NAME.http` begins with a status line and headers, as HTTP has them:
/// ```
/// HTTP/1.1 201 Created
/// Content-Type: application/json
///
/// {"id": 7}
/// ```
/// Lines end in LF or CRLF; the status line may be the number alone, and may be missing when a header comes first.
struct PartnerAnswer: Sendable {
  /// The longest status line with headers, in bytes.
  static let headLimit = 64 * 1024
  static let bodyLimit = BodySpool.defaultLimit

  /// Nil for a file that is a body alone.
  let status: Int?
  /// `200 OK`; empty for a body alone.
  let statusText: String
  let reply: ReceiverReply

  private init(body: MessageBody) {
    status = nil
    statusText = ""
    reply = ReceiverReply(body: body)
  }

  /// - Throws: `SystemError`, or `FlowFailure` for a `.http` file that is no HTTP answer.
  init(file: String) throws {
    if file.lowercased().hasSuffix(".http") {
      try self.init(httpAnswer: FileContents.read(file, limit: Self.bodyLimit), name: file)
    } else if FileStatus.isRegularFile(file) {
      self.init(body: try MessageBody(file: try OpenFile(file)))
    } else {
      self.init(body: MessageBody(bytes: try FileContents.read(file, limit: Self.bodyLimit)))
    }
  }

  init(httpAnswer bytes: [UInt8], name: String) throws(FlowFailure) {
    let (lines, bodyStart) = try Self.head(of: bytes, name)
    var rest = lines[...]
    var code = 200
    var text = "200 OK"
    if let first = rest.first, let line = try Self.statusLine(first, name) {
      (code, text) = line
      rest = rest.dropFirst()
    }
    var headers: [(name: String, value: ExpressionValue)] = []
    for line in rest {
      guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
        throw Self.malformed("'\(PrintableText.escaping(line, limit: 80))' is no header", name)
      }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers.append((String(line[..<colon]), .text(String(value))))
    }
    headers.append(("CamelHttpResponseCode", .text(String(code))))
    status = code
    statusText = text
    var reply = ReceiverReply(body: MessageBody(bytes: Array(bytes[bodyStart...])))
    reply.headers = headers
    self.reply = reply
  }

  /// The lines before the first empty one, and where the body begins.
  private static func head(of bytes: [UInt8], _ name: String) throws(FlowFailure) -> ([String], Int) {
    var lines: [String] = []
    var start = 0
    while start < bytes.count {
      guard start <= headLimit else { throw malformed("its headers have more than \(headLimit) bytes", name) }
      let end = bytes[start...].firstIndex(of: ASCII.lf) ?? bytes.count
      var line = bytes[start..<end]
      if line.last == ASCII.cr { line = line.dropLast() }
      start = min(end + 1, bytes.count)
      if line.isEmpty { break }
      lines.append(String(decoding: line, as: UTF8.self))
    }
    return (lines, start)
  }

  /// Nil for what is a header.
  private static func statusLine(_ line: String, _ name: String) throws(FlowFailure) -> (Int, String)? {
    let words = line.split(separator: " ", omittingEmptySubsequences: true)
    let isNamed = line.hasPrefix("HTTP/")
    guard isNamed || words.first.map({ $0.allSatisfy(\.isNumber) }) == true else { return nil }
    let numbers = words.dropFirst(isNamed ? 1 : 0)
    guard let code = numbers.first.flatMap({ Int($0) }), (100...599).contains(code) else {
      throw malformed("'\(PrintableText.escaping(line, limit: 80))' has no status from 100 to 599", name)
    }
    return (code, numbers.joined(separator: " "))
  }

  private static func malformed(_ problem: String, _ name: String) -> FlowFailure {
    FlowFailure(
      .channelFailed, class: .badInput,
      Explanation("--answer: '\(PrintableText.escaping(name))' is no HTTP answer: \(problem)"))
  }
}
