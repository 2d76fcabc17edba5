import Crypto
import TenantBase
import Wire

/// The bytes of one session: commands out, replies in, deadlines and the transcript. Knows no state of the protocol.
final class SMTPConversation {
  let stream: any ByteStream
  let limits: SMTPLimits
  private(set) var transcript: Transcript?
  private var buffer = InputBuffer()
  private var replies: SMTPReplyParser

  init(stream: any ByteStream, limits: SMTPLimits, keepsTranscript: Bool) {
    self.stream = stream
    self.limits = limits
    replies = SMTPReplyParser(lineLimit: limits.replyLines)
    transcript = keepsTranscript ? Transcript() : nil
  }

  var peer: String { stream.peerName }
  var unreadBytes: Int { buffer.unreadBytes }

  /// Reads one reply, joining its lines.
  ///
  /// - Parameter command: what it answers, for the error's text.
  /// - Parameter lineLimit: in bytes, without CRLF.
  /// - Throws: `.malformedReply`, or `.connectionFailed` when the server ends the connection.
  func readReply(
    to command: String, lineLimit: Int, timeout: Duration, deadline: Deadline
  ) async throws(SMTPError) -> SMTPReply {
    let rules = LineRules(limit: lineLimit)
    let deadline = Deadline.after(timeout).orEarlier(deadline)
    while true {
      while let line = try takeLine(rules, command) {
        record(reply: line)
        do {
          if let reply = try replies.receive(line) { return reply }
        } catch { throw malformed(error, command) }
      }
      let count: Int
      do {
        count = try await buffer.fill(from: stream, atMost: limits.readSize, deadline: deadline)
      } catch { throw connectionError(error, command) }
      if count == 0 { throw connectionError(StreamError(.closedByPeer, peer: peer), command) }
    }
  }

  /// Writes command lines.
  func write(_ bytes: [UInt8], command: String, deadline: Deadline) async throws(SMTPError) {
    record(command: bytes)
    try await write(unrecorded: bytes, command: command, timeout: limits.timeouts.command, deadline: deadline)
  }

  /// Writes a part of a mail.
  func write(block bytes: [UInt8], deadline: Deadline) async throws(SMTPError) {
    try await write(unrecorded: bytes, command: "DATA", timeout: limits.timeouts.dataBlock, deadline: deadline)
  }

  func write(secret: SecretBox, command: String, deadline: Deadline) async throws(SMTPError) {
    transcript?.recordSecret(.sent)
    do {
      try await stream.write(
        secret: secret.bytes, deadline: Deadline.after(limits.timeouts.command).orEarlier(deadline))
    } catch { throw connectionError(error, command) }
  }

  /// - Throws: also when the stream is not encrypted afterwards: what the stream did not do, nothing may rely on.
  func startTLS(deadline: Deadline) async throws(SMTPError) {
    do {
      try await stream.startTLS(deadline: Deadline.after(limits.timeouts.handshake).orEarlier(deadline))
    } catch { throw connectionError(error, "STARTTLS") }
    record(event: "TLS")
    guard stream.security.isTLS else { throw SMTPError(.encryptionMissing, peer: peer) }
  }

  /// Bytes that are here before the next command were sent without being asked for.
  func refuseUnaskedReplies(before command: String) throws(SMTPError) {
    if buffer.unreadBytes > 0 {
      throw SMTPError(.malformedReply, peer: peer, command: command, detail: "an answer that nobody asked for")
    }
  }

  func close() { stream.close() }

  func record(event: String) { transcript?.record(.event, event) }

  func record(command bytes: [UInt8]) {
    guard transcript != nil else { return }
    for line in bytes.split(separator: ASCII.lf) {
      transcript?.record(.sent, Array(line.last == ASCII.cr ? line.dropLast() : line))
    }
  }

  // MARK: pieces

  private func write(unrecorded bytes: [UInt8], command: String, timeout: Duration, deadline: Deadline)
    async throws(SMTPError)
  {
    do {
      try await stream.write(bytes, deadline: Deadline.after(timeout).orEarlier(deadline))
    } catch { throw connectionError(error, command) }
  }

  /// A challenge can hold what an offline search for the password needs.
  private func record(reply line: [UInt8]) {
    guard transcript != nil else { return }
    if line.starts(with: "334 ".utf8) {
      transcript?.record(.received, "334 <challenge, \(line.count - 4) bytes>")
    } else {
      transcript?.record(.received, line)
    }
  }

  private func takeLine(_ rules: LineRules, _ command: String) throws(SMTPError) -> [UInt8]? {
    do {
      return try buffer.takeLine(rules)
    } catch {
      throw SMTPError(.malformedReply, peer: peer, command: command, detail: error.description)
    }
  }

  private func connectionError(_ error: StreamError, _ command: String) -> SMTPError {
    SMTPError(.connectionFailed, peer: peer, command: command, cause: error)
  }

  private func malformed(_ fault: SMTPReplyParser.Fault, _ command: String) -> SMTPError {
    let detail =
      switch fault {
      case .noCode: "a line without a reply code"
      case .codesDiffer: "different codes in one reply"
      case .tooManyLines(let limit): "more than \(limit) lines in one reply"
      }
    return SMTPError(.malformedReply, peer: peer, command: command, detail: detail)
  }
}
