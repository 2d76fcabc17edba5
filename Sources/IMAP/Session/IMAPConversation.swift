import Crypto
import TenantBase
import Wire

/// The bytes of one session: commands out, responses in, time limits, the flood limit and the transcript. Knows no state
/// of the protocol but which commands are under way.
final class IMAPConversation {
  enum Event {
    /// An untagged response.
    case response(IMAPResponse)
    /// What follows `+ `, where the command has nothing left to send by itself.
    case continuation([UInt8])
    /// A command that is under way has ended.
    case completed(tag: String, IMAPStatus)
    case contentBegan(FetchedMessage, BodySection, byteCount: Int)
    case content([UInt8])
    case contentEnded
  }

  let stream: any ByteStream
  let limits: IMAPLimits
  /// How commands are written.
  var dialect = IMAPDialect()
  /// A continuation may be a challenge: it stays out of the transcript.
  var hidesContinuations = false
  private(set) var transcript: Transcript?
  private var parser: IMAPResponseParser
  private var lastTag = 0
  private var tagsUnderWay: Set<String> = []
  /// What the command under way sends once the server says `+`.
  private var pendingParts: ArraySlice<IMAPCommandPart> = []
  /// Untagged responses that may still come before it is too much.
  private var responsesLeft: Int

  init(stream: any ByteStream, limits: IMAPLimits, keepsTranscript: Bool) {
    self.stream = stream
    self.limits = limits
    parser = IMAPResponseParser(limits: limits.response)
    transcript = keepsTranscript ? Transcript() : nil
    responsesLeft = limits.unaskedResponses
  }

  var peer: String { stream.peerName }
  /// Bytes that came and were not taken. More than none before the handshake is an injection.
  var unreadBytes: Int { parser.unreadBytes }

  func acceptUTF8() { parser.acceptsUTF8 = true }
  func close() { stream.close() }
  func record(event: String) { transcript?.record(.event, event) }

  // MARK: sending

  /// Sends a command up to where it has to wait for the server.
  ///
  /// - Parameter expected: how many untagged responses it asks for.
  /// - Returns: its tag.
  /// - Throws: `.invalidArgument` with a usable connection when a value cannot be sent; nothing was then.
  func send(_ command: IMAPCommand, expecting expected: Int = 0, dialect: IMAPDialect? = nil, deadline: Deadline)
    async throws(IMAPError) -> String
  {
    let tag = "t\(lastTag + 1)"
    let encoded: EncodedIMAPCommand
    do {
      encoded = try command.encoded(tag: tag, dialect: dialect ?? self.dialect)
    } catch {
      throw IMAPError(
        .invalidArgument, peer: peer, command: command.name, detail: error.description, connection: .usable)
    }
    lastTag += 1
    let (left, overflow) = (tagsUnderWay.isEmpty ? limits.unaskedResponses : responsesLeft)
      .addingReportingOverflow(expected)
    responsesLeft = overflow ? .max : left
    tagsUnderWay.insert(tag)
    pendingParts = encoded.parts[...]
    try await sendPendingParts(command.name, deadline: deadline)
    return tag
  }

  /// Sends what continues a command.
  func send(line bytes: [UInt8], command: String, deadline: Deadline) async throws(IMAPError) {
    record(sent: bytes)
    try await write(bytes, command, deadline)
  }

  func send(secretLine secret: SecretBox, command: String, deadline: Deadline) async throws(IMAPError) {
    transcript?.recordSecret(.sent)
    try await write(secret: secret, command, deadline)
  }

  /// Sends a piece of a message; no transcript has it.
  func send(content bytes: [UInt8], deadline: Deadline) async throws(IMAPError) {
    try await write(bytes, "APPEND", deadline)
  }

  /// - Throws: also when the stream is not encrypted afterwards: what the stream did not do, nothing may rely on.
  func startTLS(deadline: Deadline) async throws(IMAPError) {
    do {
      try await stream.startTLS(deadline: Deadline.after(limits.timeouts.handshake).orEarlier(deadline))
    } catch { throw connectionError(error, "STARTTLS") }
    record(event: "TLS")
    guard stream.security.isTLS else { throw IMAPError(.encryptionMissing, peer: peer) }
    parser = IMAPResponseParser(limits: limits.response)
  }

  func isUnderWay(_ tag: String) -> Bool { tagsUnderWay.contains(tag) }

  /// The next thing to send is a message.
  var isMessageDue: Bool { if case .message? = pendingParts.first { true } else { false } }

  /// The byte count of a message that is to be written now; nil when the command's next part is none.
  func takeMessagePart() -> Int? {
    guard case .message(let byteCount)? = pendingParts.first else { return nil }
    pendingParts.removeFirst()
    return byteCount
  }

  /// Writes the parts that do not have to wait, joining those that hold a secret: the sizes of writes tell nothing.
  func sendPendingParts(_ command: String, deadline: Deadline) async throws(IMAPError) {
    var run: [IMAPCommandPart] = []
    while let part = pendingParts.first {
      switch part {
      case .bytes, .secret:
        run.append(part)
        pendingParts.removeFirst()
        continue
      case .message, .awaitContinuation: break
      }
      break
    }
    if !run.isEmpty { try await write(run, command, deadline) }
  }

  private func write(_ parts: [IMAPCommandPart], _ command: String, _ deadline: Deadline) async throws(IMAPError) {
    var shown: [UInt8] = []
    var length = 0
    var isSecret = false
    for part in parts {
      switch part {
      case .bytes(let bytes):
        shown += bytes
        length += bytes.count
      case .secret(let secret):
        shown += Array("<secret>".utf8)
        length += secret.bytes.count
        isSecret = true
      case .awaitContinuation, .message: break
      }
    }
    record(sent: shown)
    guard isSecret else { return try await write(shown, command, deadline) }
    var whole = SecretBuilder(capacity: length)
    for part in parts {
      switch part {
      case .bytes(let bytes): whole.append(bytes)
      case .secret(let secret): whole.append(secret.bytes)
      case .awaitContinuation, .message: break
      }
    }
    try await write(secret: SecretBox(whole.finish()), command, deadline)
  }

  private func write(_ bytes: [UInt8], _ command: String, _ deadline: Deadline) async throws(IMAPError) {
    do {
      try await stream.write(bytes, deadline: Deadline.after(limits.timeouts.silence).orEarlier(deadline))
    } catch { throw connectionError(error, command) }
  }

  private func write(secret: SecretBox, _ command: String, _ deadline: Deadline) async throws(IMAPError) {
    do {
      try await stream.write(
        secret: secret.bytes, deadline: Deadline.after(limits.timeouts.silence).orEarlier(deadline))
    } catch { throw connectionError(error, command) }
  }

  private func record(sent bytes: [UInt8]) {
    guard transcript != nil else { return }
    for line in bytes.split(separator: ASCII.lf) {
      transcript?.record(.sent, Array(line.last == ASCII.cr ? line.dropLast() : line))
    }
  }
}

// MARK: receiving

extension IMAPConversation {
  /// The next event.
  ///
  /// - Throws: `.malformedResponse`, `.tooMuch`, `.unexpectedResponse` for the answer to a command that is not under way,
  ///   or `.connectionFailed`; `isTimeout` of the last tells a silent server.
  func next(for command: String, _ time: inout AnswerTime) async throws(IMAPError) -> Event {
    while true {
      if let event = try take(command) {
        if case .continuation = event, case .awaitContinuation? = pendingParts.first {
          pendingParts.removeFirst()
          try await sendPendingParts(command, deadline: time.readDeadline)
          if case .message? = pendingParts.first { return event }
          continue
        }
        return event
      }
      if time.isUsedUp { throw connectionError(StreamError(.timedOut, peer: peer), command) }
      let start = ContinuousClock.now
      let count: Int
      do {
        count = try await parser.fill(from: stream, atMost: limits.readSize, deadline: time.readDeadline)
      } catch { throw connectionError(error, command) }
      time.spend(since: start)
      if count == 0 {
        throw connectionError(StreamError(parser.isInsideResponse ? .truncated : .closedByPeer, peer: peer), command)
      }
    }
  }

  /// The next event that is here already.
  private func take(_ command: String) throws(IMAPError) -> Event? {
    let event: IMAPResponseParser.Event
    do {
      event = try parser.next()
    } catch { throw malformed(error, command) }
    switch event {
    case .needMore: return nil
    case .literalBegan(let message, let section, let byteCount):
      return .contentBegan(message, section, byteCount: byteCount)
    case .literalBytes(let bytes): return .content(bytes)
    case .literalEnded: return .contentEnded
    case .response(let response): return try receive(response, command)
    }
  }

  private func receive(_ response: IMAPResponse, _ command: String) throws(IMAPError) -> Event {
    record(response)
    switch response {
    case .continuation(let text): return .continuation(text)
    case .tagged(let tag, let status):
      guard tagsUnderWay.remove(tag) != nil else {
        throw IMAPError(
          .unexpectedResponse, peer: peer, command: command, answer: IMAPAnswer(status),
          detail: "an answer to a command that was not sent")
      }
      if status.condition == .ok, !pendingParts.isEmpty {
        throw IMAPError(
          .unexpectedResponse, peer: peer, command: command, answer: IMAPAnswer(status),
          detail: "success before the command was sent")
      }
      pendingParts = []
      responsesLeft = max(responsesLeft, limits.unaskedResponses)
      return .completed(tag: tag, status)
    default:
      responsesLeft -= 1
      guard responsesLeft >= 0 else {
        throw IMAPError(
          .tooMuch, peer: peer, command: command,
          detail: "more than \(limits.unaskedResponses) responses that nobody asked for")
      }
      return .response(response)
    }
  }

  /// Neither challenges nor content are kept.
  private func record(_ response: IMAPResponse) {
    guard transcript != nil else { return }
    switch response {
    case .continuation(let text) where hidesContinuations:
      transcript?.record(.received, "+ <challenge, \(text.count) bytes>")
    case .fetch(let message) where !message.sections.isEmpty:
      let uid = message.uid.map { "UID \($0) " } ?? ""
      transcript?.record(.received, "* \(message.sequenceNumber) FETCH (\(uid)<content>)")
    default: transcript?.record(.received, parser.lastText)
    }
  }

  private func connectionError(_ error: StreamError, _ command: String) -> IMAPError {
    IMAPError(.connectionFailed, peer: peer, command: command, cause: error)
  }

  private func malformed(_ error: IMAPSyntaxError, _ command: String) -> IMAPError {
    if case .literalTooLarge(let byteCount, let limit) = error.kind, limit == limits.response.message {
      return IMAPError(
        .messageTooLarge, peer: peer, command: command, detail: "\(byteCount) bytes, and the limit is \(limit)")
    }
    return IMAPError(.malformedResponse, peer: peer, command: command, detail: error.description)
  }
}

extension IMAPError {
  /// The server, or the caller's deadline, did not give an answer in time.
  var isTimeout: Bool { (cause as? StreamError)?.kind == .timedOut }
}
