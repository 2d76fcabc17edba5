import MIME
import TenantBase
import Wire

/// Sends one mail: MAIL, RCPT, DATA or BDAT (RFC 5321 section 3.3). Events in, actions out, no I/O.
///
/// With PIPELINING the commands leave in groups (RFC 2920); the replies are matched to them in order. Once the end of
/// the data may have left, nothing but the server's answer decides: without one the outcome is in doubt.
struct SMTPTransactionMachine {
  enum Action {
    /// Send this, then hand in a reply.
    case send([UInt8])
    case awaitReply
    /// Send the mail with doubled dots and the final dot; call `willSendEnd()` before the write that has the dot.
    case sendBody
    /// Send the mail in BDAT chunks; call `willSendChunk(isLast:)` before each.
    case sendChunks
    case finish(SMTPOutcome)
    case fail(SMTPError)
  }

  /// What the next reply answers.
  private enum Expectation: Equatable {
    case reset
    case mail
    case recipient(Int)
    case data
    case chunk(isLast: Bool)
    /// The answer to the final dot.
    case dataEnd
    /// The answer to a final dot without a mail before it: nobody was accepted, but the server said 354.
    case emptyEnd
  }

  /// Recipients in one pipelined group: the replies to more could fill the buffers of both sides.
  static let groupSize = 100

  private let peer: String
  private let envelope: SMTPEnvelope
  private let commands: [[UInt8]]
  private let mailCommand: [UInt8]
  private let isPipelined: Bool
  private let usesChunking: Bool
  private let needsReset: Bool
  private let notes: [SMTPOutcome.Note]

  private var expectations: [Expectation] = []
  private var nextRecipient = 0
  private var outcomes: [SMTPOutcome.Outcome?]
  private var mailRefusal: SMTPReply?
  private var dataReply: SMTPReply?
  private var isDataAsked = false
  private var chunkRefusal: SMTPReply?
  /// From here on a lost connection leaves the outcome in doubt.
  private(set) var isEndSent = false

  /// - Parameter needsReset: the connection still has an unfinished transaction.
  /// - Throws: `SMTPError` for what the server's capabilities rule out; nothing has been sent then.
  init(
    envelope: SMTPEnvelope, mail: MailFacts, capabilities: SMTPCapabilities, peer: String, needsReset: Bool,
    prefersChunking: Bool, limits: SMTPLimits
  ) throws(SMTPError) {
    self.peer = peer
    self.envelope = envelope
    self.needsReset = needsReset
    isPipelined = capabilities.offersPipelining
    usesChunking = prefersChunking && capabilities.offersChunking
    notes =
      envelope.asksForDeliveryReports && !capabilities.offersDSN ? [.deliveryReportsNotOffered] : []
    outcomes = Array(repeating: nil, count: envelope.recipients.count)
    let facts = Self.facts(of: mail, envelope: envelope)
    try Self.check(envelope, facts, capabilities, peer: peer, limits: limits)
    do {
      mailCommand = try SMTPCommand.mail(envelope, mail: facts, capabilities: capabilities)
      commands = try envelope.recipients.map { recipient throws(MIMEError) in
        try SMTPCommand.recipient(recipient, capabilities: capabilities)
      }
    } catch {
      throw SMTPError(.invalidEnvelope, peer: peer, cause: error, connection: .usable)
    }
  }

  /// What is being waited for, as a person calls it.
  var command: String { Self.command(of: expectations.first) }

  private static func command(of expectation: Expectation?) -> String {
    switch expectation {
    case .reset?: "RSET"
    case .mail?: "MAIL FROM"
    case .recipient?: "RCPT TO"
    case .data?: "DATA"
    case .chunk?: "BDAT"
    case .dataEnd?, .emptyEnd?: "the end of the data"
    case nil: "DATA"
    }
  }

  func timeout(_ timeouts: SMTPTimeouts) -> Duration {
    switch expectations.first {
    case .reset?, nil: timeouts.command
    case .mail?: timeouts.mail
    case .recipient?: timeouts.recipient
    case .data?: timeouts.dataStart
    case .chunk(let isLast)?: isLast ? timeouts.dataEnd : timeouts.dataBlock
    case .dataEnd?, .emptyEnd?: timeouts.dataEnd
    }
  }

  /// Replies that have not come, while chunks are on their way.
  var outstandingReplies: Int { expectations.count }

  mutating func start() -> Action {
    var group: [UInt8] = []
    if needsReset {
      group += SMTPCommand.reset
      expectations.append(.reset)
    }
    group += mailCommand
    expectations.append(.mail)
    if isPipelined {
      addRecipients(to: &group)
    } else if needsReset {
      // One command at a time: RSET first.
      expectations = [.reset]
      return .send(SMTPCommand.reset)
    }
    return .send(group)
  }

  mutating func receive(_ reply: SMTPReply) -> Action {
    guard !expectations.isEmpty else { return unexpected(reply) }
    let expectation = expectations.removeFirst()
    if reply.isServiceClosing { return close(reply, answering: expectation) }
    switch expectation {
    case .reset:
      if !reply.isPositive { return unexpected(reply, command: "RSET") }
      if !isPipelined {
        expectations = [.mail]
        return .send(mailCommand)
      }
    case .mail:
      if reply.isIntermediate { return unexpected(reply, command: "MAIL FROM") }
      if !reply.isPositive { mailRefusal = reply }
    case .recipient(let index):
      if reply.isIntermediate { return unexpected(reply, command: "RCPT TO") }
      outcomes[index] = Self.outcome(ofRecipient: reply)
    case .data: dataReply = reply
    case .chunk(let isLast):
      return receiveChunk(reply, isLast: isLast)
    case .dataEnd: return receiveEnd(reply)
    case .emptyEnd: return finishWithoutMail()
    }
    return expectations.isEmpty ? advance() : .awaitReply
  }

  /// The final dot leaves with the next write.
  mutating func willSendEnd() {
    isEndSent = true
    expectations.append(.dataEnd)
  }

  mutating func willSendChunk(isLast: Bool) {
    if isLast { isEndSent = true }
    expectations.append(.chunk(isLast: isLast))
  }

  /// The connection failed, or the server's bytes were no reply.
  mutating func fail(with error: SMTPError) -> Action {
    guard isEndSent else { return .fail(error) }
    let reason = error.explanation.summary
    return .finish(report(final: nil, isConnectionUsable: false) { _ in .inDoubt(reason: reason) })
  }

  // MARK: steps

  private mutating func advance() -> Action {
    if let mailRefusal { return refuseSender(mailRefusal) }
    if nextRecipient < commands.count {
      var group: [UInt8] = []
      addRecipients(to: &group)
      return .send(group)
    }
    guard outcomes.contains(where: { Self.isAccepted($0) }) else { return finishUnaccepted() }
    if usesChunking { return .sendChunks }
    guard isDataAsked else {
      isDataAsked = true
      expectations.append(.data)
      return .send(SMTPCommand.data)
    }
    guard let dataReply else { return .awaitReply }
    if dataReply.code == 354 { return .sendBody }
    if dataReply.isPositive || dataReply.isIntermediate { return unexpected(dataReply, command: "DATA") }
    return .finish(report(final: dataReply, isConnectionUsable: true) { _ in Self.outcome(of: dataReply) })
  }

  /// Adds the next RCPT commands, and DATA behind the last one: it must end a group (RFC 2920 section 3.1).
  private mutating func addRecipients(to group: inout [UInt8]) {
    let end = isPipelined ? min(commands.count, nextRecipient + Self.groupSize) : min(commands.count, nextRecipient + 1)
    while nextRecipient < end {
      group += commands[nextRecipient]
      expectations.append(.recipient(nextRecipient))
      nextRecipient += 1
    }
    if isPipelined, nextRecipient == commands.count, !usesChunking {
      group += SMTPCommand.data
      expectations.append(.data)
      isDataAsked = true
    }
  }

  private mutating func refuseSender(_ reply: SMTPReply) -> Action {
    if dataReply?.code == 354 { return sendEmptyEnd() }
    return .fail(senderError(reply))
  }

  /// The answer to MAIL can be about the size that it names (RFC 1870 section 6.1).
  private func senderError(_ reply: SMTPReply) -> SMTPError {
    let status = reply.enhancedStatus
    let isAboutSize = reply.code == 552 || status?.subject == 3 && status?.detail == 4
    return SMTPError(
      isAboutSize ? .messageTooLarge : .senderRefused, peer: peer, command: "MAIL FROM", reply: reply,
      connection: .usable)
  }

  private mutating func finishUnaccepted() -> Action {
    if dataReply?.code == 354 { return sendEmptyEnd() }
    return .finish(report(final: nil, isConnectionUsable: true) { $0 })
  }

  /// RFC 2920 section 3.1: a server that says 354 without a recipient gets an empty mail, which it refuses.
  private mutating func sendEmptyEnd() -> Action {
    expectations.append(.emptyEnd)
    return .send(Array(".\r\n".utf8))
  }

  private mutating func finishWithoutMail() -> Action {
    if let mailRefusal { return .fail(senderError(mailRefusal)) }
    return .finish(report(final: nil, isConnectionUsable: true) { $0 })
  }

  private mutating func receiveChunk(_ reply: SMTPReply, isLast: Bool) -> Action {
    if !reply.isPositive, chunkRefusal == nil { chunkRefusal = reply }
    if !isLast { return .awaitReply }
    return receiveEnd(chunkRefusal ?? reply)
  }

  /// A chunk was refused, so the mail is; what is not yet sent need not be.
  var isChunkRefused: Bool { chunkRefusal != nil }

  /// Ends a mail of which a chunk was refused and the last one never sent.
  func finishRefusedChunks() -> Action {
    guard let chunkRefusal else { return .awaitReply }
    return .finish(report(final: chunkRefusal, isConnectionUsable: true) { _ in Self.outcome(of: chunkRefusal) })
  }

  private func receiveEnd(_ reply: SMTPReply) -> Action {
    if reply.isIntermediate {
      let reason = "\(peer) answered the end of the data with \(reply.text)"
      return .finish(report(final: nil, isConnectionUsable: false) { _ in .inDoubt(reason: reason) })
    }
    return .finish(report(final: reply, isConnectionUsable: true) { _ in Self.outcome(of: reply) })
  }

  /// 421: what was asked is refused for now, and the connection ends.
  private func close(_ reply: SMTPReply, answering expectation: Expectation) -> Action {
    switch expectation {
    case .dataEnd, .chunk(isLast: true):
      return .finish(report(final: reply, isConnectionUsable: false) { _ in .refusedForNow(reply) })
    case .emptyEnd, .reset, .mail, .recipient, .data, .chunk(isLast: false):
      return .fail(SMTPError(.serviceClosing, peer: peer, command: Self.command(of: expectation), reply: reply))
    }
  }

  private func unexpected(_ reply: SMTPReply, command: String? = nil) -> Action {
    .fail(SMTPError(.unexpectedReply, peer: peer, command: command ?? self.command, reply: reply))
  }

  // MARK: outcomes

  /// - Parameter outcome: of the recipients that were accepted so far.
  private func report(
    final: SMTPReply?, isConnectionUsable: Bool, outcome: (SMTPOutcome.Outcome) -> SMTPOutcome.Outcome
  ) -> SMTPOutcome {
    let recipients = zip(envelope.recipients, outcomes).map { recipient, known in
      let result =
        switch known {
        case .accepted(let reply)?: outcome(.accepted(reply))
        case .some(let refusal): refusal
        case nil: SMTPOutcome.Outcome.inDoubt(reason: "no answer for this recipient")
        }
      return SMTPOutcome.RecipientOutcome(address: recipient.address, outcome: result)
    }
    return SMTPOutcome(
      recipients: recipients, finalReply: final, notes: notes, isConnectionUsable: isConnectionUsable)
  }

  private static func outcome(of reply: SMTPReply) -> SMTPOutcome.Outcome {
    if reply.isPositive { return .accepted(reply) }
    return reply.isPermanentFailure ? .refused(reply) : .refusedForNow(reply)
  }

  /// A server may say 552 when it takes no more recipients, which is for now (RFC 5321 section 4.5.3.1.10); a full
  /// mailbox (5.2.2) or a refused size says so in its status.
  private static func outcome(ofRecipient reply: SMTPReply) -> SMTPOutcome.Outcome {
    let status = reply.enhancedStatus
    let isTooMany = reply.code == 552 && (status == nil || status == EnhancedStatus(5, 5, 3))
    return isTooMany ? .refusedForNow(reply) : outcome(of: reply)
  }

  private static func isAccepted(_ outcome: SMTPOutcome.Outcome?) -> Bool {
    if case .accepted? = outcome { true } else { false }
  }
}
