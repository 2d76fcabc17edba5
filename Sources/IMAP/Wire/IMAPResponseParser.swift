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
/// Lines end in CRLF or LF. After an error the place in the stream is lost: every further call throws it again.
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

  private enum State: Sendable {
    /// A line is due: the first of a response, or the next behind a literal.
    case line
    /// A literal that is kept, once all of it is here.
    case holding(byteCount: Int, announcementLength: Int)
    case streaming(rest: Int)
    case failed(IMAPSyntaxError)
  }

  package let limits: IMAPParserLimits
  /// Names of folders are UTF-8: set when ENABLE UTF8=ACCEPT was answered.
  package var acceptsUTF8 = false
  /// The lines of the response that was returned last, without contents of literals: for the transcript.
  package private(set) var lastText: [UInt8] = []

  private var buffer = InputBuffer()
  private var assembly = ResponseAssembly()
  private var state = State.line

  package init(limits: IMAPParserLimits = IMAPParserLimits()) { self.limits = limits }

  /// Bytes that came and are not yet part of an event. More than 0 before TLS begins is an injection.
  package var unreadBytes: Int { buffer.unreadBytes }

  /// Whether a response has begun and not ended, so that the end of the stream here is a truncation.
  package var isInsideResponse: Bool {
    if case .line = state { return !assembly.isEmpty || buffer.unreadBytes > 0 }
    return true
  }

  package mutating func append(_ bytes: [UInt8]) { buffer.append(bytes) }

  /// Reads once from `stream`.
  /// - Returns: the number of new bytes; 0 at the stream's proper end.
  package mutating func fill(from stream: any ByteStream, atMost limit: Int, deadline: Deadline)
    async throws(StreamError) -> Int
  {
    try await buffer.fill(from: stream, atMost: limit, deadline: deadline)
  }

  package mutating func next() throws(IMAPSyntaxError) -> Event {
    do {
      while true {
        if let event = try step() { return event }
      }
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// - Returns: nil when there is more to do with what is here.
  private mutating func step() throws(IMAPSyntaxError) -> Event? {
    switch state {
    case .failed(let error): throw error
    case .line:
      guard let line = try takeLine() else { return .needMore }
      return try receive(line)
    case .holding(let byteCount, let length):
      guard buffer.unreadBytes >= byteCount else { return .needMore }
      assembly.append(.held(buffer.takeBytes(atMost: byteCount)), announcementLength: length)
      state = .line
      return nil
    case .streaming(let rest):
      if rest == 0 {
        state = .line
        return .literalEnded
      }
      let piece = buffer.takeBytes(atMost: rest)
      guard !piece.isEmpty else { return .needMore }
      state = .streaming(rest: rest - piece.count)
      return .literalBytes(piece)
    }
  }

  // MARK: lines

  private mutating func takeLine() throws(IMAPSyntaxError) -> [UInt8]? {
    let line: [UInt8]?
    do {
      line = try buffer.takeLine(LineRules(limit: limits.searchLine, lineEnd: .crlfOrLF))
    } catch {
      throw tooLong(limits.searchLine)
    }
    // Most lines are short: what kind of response it is matters only for the others.
    let length = assembly.text.count + (line?.count ?? max(0, buffer.unreadBytes - 1))
    if length > limits.line {
      let start =
        assembly.text.isEmpty ? (line.map { $0[...] } ?? buffer.peek(ResponseKind.prefixLength)) : assembly.text[...]
      let limit = ResponseKind(start).lineLimit(limits)
      if length > limit { throw tooLong(limit) }
    }
    return line
  }

  private func tooLong(_ limit: Int) -> IMAPSyntaxError {
    IMAPSyntaxError(.lineTooLong(limit: limit), offset: limit, "a line of more than \(limit) bytes")
  }

  private mutating func receive(_ line: [UInt8]) throws(IMAPSyntaxError) -> Event? {
    if isBlankAfterLiteral(line) {
      assembly.appendBlankLine()
      return nil
    }
    assembly.append(line: line)
    if line.last == IMAPCharacter.closeBrace, ResponseKind(assembly.text[...]) != .text,
      let announcement = try announcement(endOf: line)
    {
      return try begin(announcement)
    }
    let response = try ResponseReader.read(assembly, limits: limits, isUTF8: acceptsUTF8)
    lastText = assembly.text
    assembly = ResponseAssembly()
    return .response(response)
  }

  // Lenient: a header's literal whose size leaves out its last, blank line, recorded of Gmail. The list goes on after it.
  private func isBlankAfterLiteral(_ line: [UInt8]) -> Bool {
    guard !assembly.literals.isEmpty, !assembly.hasBlankLine, line.allSatisfy({ $0 == ASCII.space }) else {
      return false
    }
    return ResponseKind(assembly.text[...]) == .fetch
  }

  // MARK: literals

  private func announcement(endOf line: [UInt8]) throws(IMAPSyntaxError) -> LiteralAnnouncement? {
    do {
      return try LiteralAnnouncement(endOf: line)
    } catch {
      let detail = error == .negative ? "a literal of negative size" : "a literal's size beyond 2^63-1"
      throw IMAPSyntaxError(.malformedLiteral, offset: assembly.text.count, detail)
    }
  }

  private mutating func begin(_ announcement: LiteralAnnouncement) throws(IMAPSyntaxError) -> Event? {
    if assembly.literals.count == limits.literals { throw tooMany(limits.literals) }
    let byteCount = Int(announcement.byteCount)  // at most 2^63-1
    if byteCount > limits.message { throw tooLarge(announcement.byteCount, limit: limits.message) }
    let isHeld = byteCount <= limits.heldLiteral && assembly.heldBytes + byteCount <= limits.heldResponse
    if isHeld {
      state = .holding(byteCount: byteCount, announcementLength: announcement.length)
      return nil
    }
    return try stream(byteCount, announcement)
  }

  /// Only a body section can be any size; other values are held, within the limit of a response.
  private mutating func stream(_ byteCount: Int, _ announcement: LiteralAnnouncement) throws(IMAPSyntaxError) -> Event?
  {
    if assembly.streamedSections == limits.streamedSections { throw tooMany(limits.streamedSections) }
    var begun = assembly
    begun.append(.streamed(byteCount: byteCount), announcementLength: announcement.length)
    if let message = ResponseReader.readBegun(begun, limits: limits), let section = message.sections.last,
      section.content == .streamed(byteCount: byteCount)
    {
      assembly = begun
      state = .streaming(rest: byteCount)
      return .literalBegan(message, section: section.section, byteCount: byteCount)
    }
    guard assembly.heldBytes + byteCount <= limits.heldResponse else {
      throw tooLarge(announcement.byteCount, limit: limits.heldResponse)
    }
    state = .holding(byteCount: byteCount, announcementLength: announcement.length)
    return nil
  }

  private func tooMany(_ limit: Int) -> IMAPSyntaxError {
    IMAPSyntaxError(.tooManyLiterals(limit: limit), offset: assembly.text.count, "more than \(limit) literals")
  }

  private func tooLarge(_ byteCount: UInt64, limit: Int) -> IMAPSyntaxError {
    IMAPSyntaxError(
      .literalTooLarge(byteCount: byteCount, limit: limit), offset: assembly.text.count,
      "a literal of \(byteCount) bytes, which is more than \(limit)")
  }
}
