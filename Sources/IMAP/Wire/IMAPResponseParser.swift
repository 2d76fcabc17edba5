import TenantBase
import Wire

/// Reads the responses of one connection: bytes in, events out, no I/O of its own.
///
/// ```swift
/// switch try parser.next() {
/// case .needMore: count = try await parser.fill(from: stream, atMost: limits.readSize, deadline: deadline)
/// case .response(let response): ...
/// case .literalBegan(let message, section: let section, byteCount: let count): ...
/// ```
/// After an error the stream's place is lost: the connection is closed.
package struct IMAPResponseParser: Sendable {
  package enum Event: Sendable, Equatable {
    /// Nothing complete is here.
    case needMore
    case response(IMAPResponse)
    /// A body section above ``IMAPParserLimits/heldLiteral`` begins: what FETCH said of the message before it.
    ///
    /// `.literalBytes` follow with `byteCount` bytes in all, then `.literalEnded`; the response itself comes when it is
    /// complete, with the section as `.streamed`, and items that came behind the section.
    case literalBegan(FetchedMessage, section: BodySection, byteCount: Int)
    /// As many as have arrived, never empty.
    case literalBytes([UInt8])
    case literalEnded
  }

  package let limits: IMAPParserLimits
  /// Names of folders are UTF-8: set when ENABLE UTF8=ACCEPT was answered.
  package var acceptsUTF8 = false
  /// The lines of the response that was returned last, without contents of literals: for the transcript.
  package private(set) var lastText: [UInt8] = []

  private var buffer = InputBuffer()

  package init(limits: IMAPParserLimits = IMAPParserLimits()) { self.limits = limits }

  /// Bytes that came and are not yet part of an event. More than 0 before TLS begins is an injection.
  package var unreadBytes: Int { buffer.unreadBytes }

  /// Whether a response has begun and not ended, so that the end of the stream here is a truncation.
  package var isInsideResponse: Bool { false }

  package mutating func append(_ bytes: [UInt8]) { buffer.append(bytes) }

  /// Reads once from `stream`.
  /// - Returns: the number of new bytes; 0 at the stream's proper end.
  package mutating func fill(from stream: any ByteStream, atMost limit: Int, deadline: Deadline)
    async throws(StreamError) -> Int
  {
    try await buffer.fill(from: stream, atMost: limit, deadline: deadline)
  }

  package mutating func next() throws(IMAPSyntaxError) -> Event { .needMore }
}
