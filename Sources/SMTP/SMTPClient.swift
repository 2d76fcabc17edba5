import MIME
import SASL
import TenantBase
import Wire

/// One SMTP session over one stream. The machines decide; this does what they say.
///
/// Owned by one actor and used one call at a time. After an error with an unusable connection the stream is closed.
package final class SMTPClient {
  let conversation: SMTPConversation
  let configuration: SMTPConfiguration
  private var isOpen = false
  /// The server may hold an unfinished transaction.
  private var needsReset = false

  /// What the server offers, as of the last EHLO.
  package private(set) var capabilities = SMTPCapabilities.none
  /// The mechanism of the login; nil without one.
  package private(set) var loginMechanism: SASLMechanismName?

  package init(stream: any ByteStream, configuration: SMTPConfiguration) {
    self.configuration = configuration
    conversation = SMTPConversation(
      stream: stream, limits: configuration.limits, keepsTranscript: configuration.keepsTranscript)
  }

  /// Whether `send` can be called.
  package var isUsable: Bool { isOpen }
  package var security: StreamSecurity { conversation.stream.security }
  /// The conversation so far, without secrets and bodies; nil when none is kept.
  package var transcript: Transcript? { conversation.transcript }

  /// Greeting, EHLO, STARTTLS as configured, and the login when there is an authenticator.
  /// - Throws: `SMTPError`; the stream is closed then.
  package func open(authenticator: SMTPAuthenticator?, deadline: Deadline) async throws(SMTPError) {
    let opening = SMTPOpening(conversation: conversation, configuration: configuration, authenticator: authenticator)
    do {
      let result = try await opening.run(deadline: deadline)
      capabilities = result.capabilities
      loginMechanism = result.mechanism
      isOpen = true
    } catch {
      if error.connection == .usable { await sayGoodbye(deadline: deadline) }
      conversation.close()
      throw error
    }
  }

  /// Sends one mail.
  ///
  /// - Returns: what became of it for each recipient; `.inDoubt` when the connection was lost after the end of the data.
  /// - Throws: `SMTPError` when nobody can have got it.
  package func send(_ envelope: SMTPEnvelope, _ mail: OutgoingMail, deadline: Deadline)
    async throws(SMTPError) -> SMTPOutcome
  {
    guard isOpen else { throw SMTPError(.notOpen, peer: conversation.peer) }
    let facts = MailFacts(
      size: mail.size, needs8BitMIME: mail.needs8BitMIME, needsSMTPUTF8: mail.needsSMTPUTF8)
    let machine = try SMTPTransactionMachine(
      envelope: envelope, mail: facts, capabilities: capabilities, peer: conversation.peer, needsReset: needsReset,
      prefersChunking: configuration.prefersChunking, limits: configuration.limits)
    var transaction = SMTPTransaction(
      conversation: conversation, machine: machine, mail: mail, isPipelined: capabilities.offersPipelining)
    needsReset = true
    do {
      let report = try await transaction.run(deadline: deadline)
      // A mail that the server answered for ends its transaction, whatever the answer.
      needsReset = !transaction.isEndSent
      if !report.isConnectionUsable { close() }
      return report
    } catch {
      if error.connection == .unusable { close() }
      throw error
    }
  }

  /// QUIT, and the end of the connection. Never fails: what was accepted stays accepted.
  package func quit(deadline: Deadline) async {
    if isOpen { await sayGoodbye(deadline: deadline) }
    close()
  }

  /// Closes without a word.
  package func close() {
    isOpen = false
    conversation.close()
  }

  private func sayGoodbye(deadline: Deadline) async {
    let limits = configuration.limits
    let deadline = Deadline.after(limits.timeouts.quit).orEarlier(deadline)
    do throws(SMTPError) {
      try await conversation.write(SMTPCommand.quit, command: "QUIT", deadline: deadline)
      _ = try await conversation.readReply(
        to: "QUIT", lineLimit: limits.replyLine, timeout: limits.timeouts.quit, deadline: deadline)
    } catch {
      conversation.record(event: error.explanation.summary)
    }
  }
}
