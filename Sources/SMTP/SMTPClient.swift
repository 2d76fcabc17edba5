import Crypto
import MIME
import SASL
import TenantBase
import Wire

/// One SMTP session over one stream. The machines decide; this reads, writes and keeps the deadlines.
///
/// Owned by one actor and used one call at a time. After an error with an unusable connection the stream is closed.
package final class SMTPClient {
  private let stream: any ByteStream
  private let configuration: SMTPConfiguration
  private var buffer = InputBuffer()
  private var replies: SMTPReplyParser
  private var isOpen = false
  /// The server holds an unfinished transaction.
  private var needsReset = false

  /// What the server offers, as of the last EHLO.
  package private(set) var capabilities = SMTPCapabilities.none
  /// The mechanism of the login; nil without one.
  package private(set) var loginMechanism: SASLMechanismName?
  /// The conversation so far, without secrets and bodies.
  package private(set) var transcript: Transcript?

  package init(stream: any ByteStream, configuration: SMTPConfiguration) {
    self.stream = stream
    self.configuration = configuration
    replies = SMTPReplyParser(lineLimit: configuration.limits.replyLines)
    transcript = configuration.keepsTranscript ? Transcript() : nil
  }

  /// Whether `send` can be called.
  package var isUsable: Bool { isOpen }

  package var security: StreamSecurity { stream.security }

  private var limits: SMTPLimits { configuration.limits }
  private var peer: String { stream.peerName }

  // MARK: opening

  /// Greeting, EHLO, STARTTLS as configured, and the login when there is an authenticator.
  /// - Throws: `SMTPError`; the stream is closed then.
  package func open(authenticator: SMTPAuthenticator?, deadline: Deadline) async throws(SMTPError) {
    do {
      try await runSession(authenticator: authenticator, deadline: deadline)
      isOpen = true
    } catch {
      if error.connection == .usable { await sayGoodbye(deadline: deadline) }
      stream.close()
      throw error
    }
  }

  private func runSession(authenticator: SMTPAuthenticator?, deadline: Deadline) async throws(SMTPError) {
    var machine = SMTPSessionMachine(
      peer: peer, clientName: configuration.clientName, requirement: configuration.tls,
      isEncrypted: stream.security.isTLS, logsIn: authenticator != nil, limits: limits)
    var action = try await receive(&machine, deadline: deadline)
    while true {
      switch action {
      case .send(let bytes):
        try refuseUnaskedReplies(machine.command)
        record(.sent, command: bytes)
        try await write(bytes, command: machine.command, deadline: deadline)
        action = try await receive(&machine, deadline: deadline)
      case .sendSecret(let secret):
        try refuseUnaskedReplies(machine.command)
        transcript?.recordSecret(.sent)
        do {
          try await stream.write(secret: secret.bytes, deadline: stepDeadline(limits.timeouts.command, deadline))
        } catch { throw connectionError(error, machine.command) }
        action = try await receive(&machine, deadline: deadline)
      case .upgradeToTLS:
        do {
          try await stream.startTLS(deadline: stepDeadline(limits.timeouts.handshake, deadline))
        } catch { throw connectionError(error, "STARTTLS") }
        transcript?.record(.event, "TLS")
        // What the stream did not do, nothing behind it may rely on.
        guard stream.security.isTLS else { throw SMTPError(.encryptionMissing, peer: peer) }
        action = machine.didUpgrade()
      case .chooseMechanism(let offered):
        action = try choose(among: offered, authenticator, &machine)
      case .answer(let exchange, let challenge):
        let (answered, result) = await Self.answer(exchange, to: challenge)
        action = machine.answered(answered, with: result)
      case .ready(let found):
        capabilities = found
        return
      case .fail(let error):
        throw error
      }
    }
  }

  private func receive(_ machine: inout SMTPSessionMachine, deadline: Deadline)
    async throws(SMTPError) -> SMTPSessionMachine.Action
  {
    let timeout = machine.isAwaitingGreeting ? limits.timeouts.greeting : limits.timeouts.command
    let isChallenge = machine.isAwaitingChallenge
    let reply = try await readReply(
      machine.command, lineLimit: isChallenge ? max(limits.challengeLine, limits.replyLine) : limits.replyLine,
      deadline: stepDeadline(timeout, deadline))
    return machine.receive(reply, unreadBytes: buffer.unreadBytes)
  }

  private func choose(
    among offered: [SASLMechanismName], _ authenticator: SMTPAuthenticator?, _ machine: inout SMTPSessionMachine
  ) throws(SMTPError) -> SMTPSessionMachine.Action {
    guard let authenticator else { throw SMTPError(.notOpen, peer: peer) }
    let stream = stream
    let offer = SMTPLoginOffer(mechanisms: offered, security: stream.security) { name in
      Wire.ChannelBindingKind(rawValue: name).flatMap { stream.channelBinding($0) }
    }
    let exchange: any SASLExchange
    do {
      exchange = try authenticator(offer)
    } catch {
      throw SMTPError(.loginFailed, peer: peer, command: "AUTH", cause: error, connection: .usable)
    }
    loginMechanism = exchange.mechanism
    return machine.begin(exchange)
  }

  /// A long computation runs off the connection's executor.
  private static func answer(_ exchange: any SASLExchange, to challenge: [UInt8])
    async -> (any SASLExchange, Result<SecretBox, SASLError>)
  {
    if exchange.takesLong(toAnswer: challenge) { return await answerElsewhere(exchange, to: challenge) }
    return answerNow(exchange, to: challenge)
  }

  @concurrent private static func answerElsewhere(_ exchange: any SASLExchange, to challenge: [UInt8])
    async -> (any SASLExchange, Result<SecretBox, SASLError>)
  {
    answerNow(exchange, to: challenge)
  }

  private static func answerNow(_ exchange: any SASLExchange, to challenge: [UInt8])
    -> (any SASLExchange, Result<SecretBox, SASLError>)
  {
    var exchange = exchange
    do throws(SASLError) {
      let response = try exchange.respond(to: challenge)
      return (exchange, .success(response))
    } catch {
      return (exchange, .failure(error))
    }
  }

  /// Bytes that are here before the next command were sent without being asked for.
  private func refuseUnaskedReplies(_ command: String) throws(SMTPError) {
    if buffer.unreadBytes > 0 {
      throw SMTPError(.malformedReply, peer: peer, command: command, detail: "an answer that nobody asked for")
    }
  }

  // MARK: sending

  /// Sends one mail.
  ///
  /// - Returns: what became of it for each recipient; `.inDoubt` when the connection was lost after the end of the data.
  /// - Throws: `SMTPError` when nobody can have got it.
  package func send(_ envelope: SMTPEnvelope, _ mail: OutgoingMail, deadline: Deadline)
    async throws(SMTPError) -> SMTPOutcome
  {
    guard isOpen else { throw SMTPError(.notOpen, peer: peer) }
    let facts = MailFacts(
      size: mail.size, needs8BitMIME: mail.needs8BitMIME, needsSMTPUTF8: mail.needsSMTPUTF8)
    var machine = try SMTPTransactionMachine(
      envelope: envelope, mail: facts, capabilities: capabilities, peer: peer, needsReset: needsReset,
      prefersChunking: configuration.prefersChunking, limits: limits)
    needsReset = true
    do {
      let report = try await run(&machine, mail: mail, deadline: deadline)
      // A mail that the server answered for ends its transaction, whatever the answer.
      needsReset = !machine.isEndSent
      if !report.isConnectionUsable { close() }
      return report
    } catch {
      if error.connection == .unusable { close() }
      throw error
    }
  }

  private func run(_ machine: inout SMTPTransactionMachine, mail: OutgoingMail, deadline: Deadline)
    async throws(SMTPError) -> SMTPOutcome
  {
    var action = machine.start()
    while true {
      do throws(SMTPError) {
        switch action {
        case .send(let bytes):
          record(.sent, command: bytes)
          try await write(bytes, command: machine.command, deadline: deadline)
          action = try await receive(&machine, deadline: deadline)
        case .awaitReply: action = try await receive(&machine, deadline: deadline)
        case .sendBody:
          try await sendBody(mail, &machine, deadline: deadline)
          action = try await receive(&machine, deadline: deadline)
        case .sendChunks: action = try await sendChunks(mail, &machine, deadline: deadline)
        case .finish(let report): return report
        case .fail(let error): throw error
        }
      } catch {
        guard case .finish(let report) = machine.fail(with: error) else { throw error }
        return report
      }
    }
  }

  private func receive(_ machine: inout SMTPTransactionMachine, deadline: Deadline)
    async throws(SMTPError) -> SMTPTransactionMachine.Action
  {
    let reply = try await readReply(
      machine.command, lineLimit: limits.replyLine,
      deadline: stepDeadline(machine.timeout(limits.timeouts), deadline))
    return machine.receive(reply)
  }

  private func sendBody(_ mail: OutgoingMail, _ machine: inout SMTPTransactionMachine, deadline: Deadline)
    async throws(SMTPError)
  {
    var reader = mail.makeReader()
    var stuffing = DotStuffing()
    var output: [UInt8] = []
    var total = 0
    while let chunk = try nextChunk(&reader) {
      stuffing.encode(chunk, into: &output)
      guard output.count >= limits.writeSize else { continue }
      total += output.count
      try await writeBlock(output, deadline: deadline)
      output.removeAll(keepingCapacity: true)
    }
    stuffing.finish(into: &output)
    transcript?.record(.event, "mail, \(total + output.count) bytes with its final dot")
    machine.willSendEnd()
    try await writeBlock(output, deadline: deadline)
  }

  /// BDAT: each chunk with its command in one write. The next one leaves before the answer when the server pipelines.
  private func sendChunks(_ mail: OutgoingMail, _ machine: inout SMTPTransactionMachine, deadline: Deadline)
    async throws(SMTPError) -> SMTPTransactionMachine.Action
  {
    let outstandingLimit = capabilities.offersPipelining ? 8 : 0
    var reader = mail.makeReader()
    var content: [UInt8] = []
    var isAtEnd = false
    while !isAtEnd {
      while content.count < limits.writeSize, !isAtEnd {
        if let chunk = try nextChunk(&reader) { content += chunk } else { isAtEnd = true }
      }
      machine.willSendChunk(isLast: isAtEnd)
      let command = SMTPCommand.chunk(size: content.count, isLast: isAtEnd)
      record(.sent, command: command)
      try await writeBlock(command + content, deadline: deadline)
      content.removeAll(keepingCapacity: true)
      while !isAtEnd, machine.outstandingReplies > outstandingLimit {
        let action = try await receive(&machine, deadline: deadline)
        if case .fail = action { return action }
      }
      if machine.isChunkRefused, !isAtEnd { return try await drainChunks(&machine, deadline: deadline) }
    }
    return .awaitReply
  }

  private func drainChunks(_ machine: inout SMTPTransactionMachine, deadline: Deadline)
    async throws(SMTPError) -> SMTPTransactionMachine.Action
  {
    while machine.outstandingReplies > 0 {
      let action = try await receive(&machine, deadline: deadline)
      if case .fail = action { return action }
    }
    return machine.finishRefusedChunks()
  }

  private func nextChunk(_ reader: inout OutgoingMail.Reader) throws(SMTPError) -> [UInt8]? {
    do {
      return try reader.nextChunk()
    } catch {
      // A mail cannot be broken off: only the end of the connection keeps the server from taking half of it.
      throw SMTPError(.bodyUnreadable, peer: peer, command: "DATA", cause: error)
    }
  }

  // MARK: ending

  /// QUIT, and the end of the connection. Never fails: what was accepted stays accepted.
  package func quit(deadline: Deadline) async {
    if isOpen { await sayGoodbye(deadline: deadline) }
    close()
  }

  /// Closes without a word.
  package func close() {
    isOpen = false
    stream.close()
  }

  private func sayGoodbye(deadline: Deadline) async {
    let limit = stepDeadline(limits.timeouts.quit, deadline)
    do throws(SMTPError) {
      record(.sent, command: SMTPCommand.quit)
      try await write(SMTPCommand.quit, command: "QUIT", deadline: limit)
      _ = try await readReply("QUIT", lineLimit: limits.replyLine, deadline: limit)
    } catch {
      transcript?.record(.event, error.explanation.summary)
    }
  }

  // MARK: bytes

  private func readReply(_ command: String, lineLimit: Int, deadline: Deadline) async throws(SMTPError) -> SMTPReply {
    let rules = LineRules(limit: lineLimit)
    while true {
      while let line = try takeLine(rules, command) {
        record(.received, reply: line)
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

  private func takeLine(_ rules: LineRules, _ command: String) throws(SMTPError) -> [UInt8]? {
    do {
      return try buffer.takeLine(rules)
    } catch {
      throw SMTPError(.malformedReply, peer: peer, command: command, detail: error.description)
    }
  }

  private func write(_ bytes: [UInt8], command: String, deadline: Deadline) async throws(SMTPError) {
    do {
      try await stream.write(bytes, deadline: stepDeadline(limits.timeouts.command, deadline))
    } catch { throw connectionError(error, command) }
  }

  private func writeBlock(_ bytes: [UInt8], deadline: Deadline) async throws(SMTPError) {
    do {
      try await stream.write(bytes, deadline: stepDeadline(limits.timeouts.dataBlock, deadline))
    } catch { throw connectionError(error, "DATA") }
  }

  private func stepDeadline(_ timeout: Duration, _ deadline: Deadline) -> Deadline {
    Deadline.after(timeout).orEarlier(deadline)
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

  // MARK: transcript

  private func record(_ direction: Transcript.Direction, command bytes: [UInt8]) {
    guard transcript != nil else { return }
    for line in bytes.split(separator: ASCII.lf) {
      transcript?.record(direction, Array(line.last == ASCII.cr ? line.dropLast() : line))
    }
  }

  /// A challenge can hold what an offline search for the password needs.
  private func record(_ direction: Transcript.Direction, reply line: [UInt8]) {
    guard transcript != nil else { return }
    if line.starts(with: "334 ".utf8) {
      transcript?.record(direction, "334 <challenge, \(line.count - 4) bytes>")
    } else {
      transcript?.record(direction, line)
    }
  }
}
