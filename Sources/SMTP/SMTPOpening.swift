import Crypto
import SASL
import TenantBase
import Wire

/// Does what ``SMTPSessionMachine`` says.
struct SMTPOpening {
  let conversation: SMTPConversation
  let configuration: SMTPConfiguration
  let authenticator: SMTPAuthenticator?

  private var limits: SMTPLimits { configuration.limits }

  init(conversation: SMTPConversation, configuration: SMTPConfiguration, authenticator: SMTPAuthenticator?) {
    self.conversation = conversation
    self.configuration = configuration
    self.authenticator = authenticator
  }

  func run(deadline: Deadline) async throws(SMTPError) -> (
    capabilities: SMTPCapabilities, mechanism: SASLMechanismName?
  ) {
    var machine = SMTPSessionMachine(
      peer: conversation.peer, clientName: configuration.clientName, requirement: configuration.tls,
      isEncrypted: conversation.stream.security.isTLS, logsIn: authenticator != nil, limits: limits)
    var mechanism: SASLMechanismName?
    var action = try await receive(&machine, deadline: deadline)
    while true {
      switch action {
      case .send(let bytes):
        try conversation.refuseUnaskedReplies(before: machine.command)
        try await conversation.write(bytes, command: machine.command, deadline: deadline)
        action = try await receive(&machine, deadline: deadline)
      case .sendSecret(let secret):
        try conversation.refuseUnaskedReplies(before: machine.command)
        try await conversation.write(secret: secret, command: machine.command, deadline: deadline)
        action = try await receive(&machine, deadline: deadline)
      case .upgradeToTLS:
        try await conversation.startTLS(deadline: deadline)
        action = machine.didUpgrade()
      case .chooseMechanism(let offered):
        let exchange = try choose(among: offered)
        mechanism = exchange.mechanism
        action = machine.begin(exchange)
      case .answer(let exchange, let challenge):
        let (answered, result) = await SASLAnswering.answer(exchange, to: challenge)
        action = machine.answered(answered, with: result)
      case .ready(let capabilities):
        return (capabilities, mechanism)
      case .fail(let error):
        throw error
      }
    }
  }

  private func receive(_ machine: inout SMTPSessionMachine, deadline: Deadline)
    async throws(SMTPError) -> SMTPSessionMachine.Action
  {
    let reply = try await conversation.readReply(
      to: machine.command,
      lineLimit: machine.isAwaitingChallenge ? max(limits.challengeLine, limits.replyLine) : limits.replyLine,
      timeout: machine.isAwaitingGreeting ? limits.timeouts.greeting : limits.timeouts.command, deadline: deadline)
    return machine.receive(reply, unreadBytes: conversation.unreadBytes)
  }

  private func choose(among offered: [SASLMechanismName]) throws(SMTPError) -> any SASLExchange {
    guard let authenticator else { throw SMTPError(.notOpen, peer: conversation.peer) }
    let stream = conversation.stream
    let offer = SMTPLoginOffer(mechanisms: offered, security: stream.security) { name in
      Wire.ChannelBindingKind(rawValue: name).flatMap { stream.channelBinding($0) }
    }
    do {
      return try authenticator(offer)
    } catch {
      throw SMTPError(.loginFailed, peer: conversation.peer, command: "AUTH", cause: error, connection: .usable)
    }
  }
}
