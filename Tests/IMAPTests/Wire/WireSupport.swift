import TenantBase
import Testing

@testable import IMAP

/// What a parser said, with streamed pieces joined: pieces come as the stream cut them.
struct ParsedStream: Equatable {
  struct Streamed: Equatable {
    var message: FetchedMessage
    var section: BodySection
    var byteCount: Int
    var bytes: [UInt8] = []
    var hasEnded = false
  }

  var responses: [IMAPResponse] = []
  var streamed: [Streamed] = []
  var error: IMAPSyntaxError?
  /// Bytes that are left over, or belong to a response that has not ended.
  var isInsideResponse = false
}

/// What a test needs and the answer has not.
struct Missing: Error {
  let what: String

  init(_ what: String) { self.what = what }
}

enum WireSupport {
  static var smallLimits: IMAPParserLimits {
    var limits = IMAPParserLimits()
    limits.heldLiteral = 16
    return limits
  }

  /// Feeds `pieces` one after the other, and takes out all that there is after each.
  static func parse(_ pieces: [[UInt8]], limits: IMAPParserLimits = IMAPParserLimits(), isUTF8: Bool = false)
    -> ParsedStream
  {
    var parser = IMAPResponseParser(limits: limits)
    parser.acceptsUTF8 = isUTF8
    var result = ParsedStream()
    for piece in pieces {
      parser.append(piece)
      do {
        while try take(parser.next(), into: &result) {}
      } catch {
        result.error = error
        return result
      }
    }
    result.isInsideResponse = parser.isInsideResponse
    return result
  }

  static func parse(_ text: String, limits: IMAPParserLimits = IMAPParserLimits(), isUTF8: Bool = false)
    -> ParsedStream
  {
    parse([Array(text.utf8)], limits: limits, isUTF8: isUTF8)
  }

  /// - Returns: false when more bytes are needed.
  private static func take(_ event: IMAPResponseParser.Event, into result: inout ParsedStream) -> Bool {
    switch event {
    case .needMore: return false
    case .response(let response): result.responses.append(response)
    case .literalBegan(let message, let section, let byteCount):
      result.streamed.append(.init(message: message, section: section, byteCount: byteCount))
    case .literalBytes(let bytes):
      #expect(!bytes.isEmpty)
      result.streamed[result.streamed.count - 1].bytes += bytes
    case .literalEnded: result.streamed[result.streamed.count - 1].hasEnded = true
    }
    return true
  }

  /// The one response that `line` is, its CRLF added.
  static func response(_ line: String, isUTF8: Bool = false) throws -> IMAPResponse {
    let parsed = parse(line + "\r\n", isUTF8: isUTF8)
    if let error = parsed.error { throw error }
    try #require(parsed.responses.count == 1)
    #expect(!parsed.isInsideResponse)
    return parsed.responses[0]
  }

  static func fetched(_ line: String) throws -> FetchedMessage {
    guard case .fetch(let message) = try response(line) else {
      Issue.record("no FETCH: \(line)")
      return FetchedMessage(sequenceNumber: 0)
    }
    return message
  }
}
