import Crypto
import SASL
import TenantBase
import Wire

/// Does what ``IMAPSessionMachine`` says.
struct IMAPOpening {
  let conversation: IMAPConversation
  let configuration: IMAPConfiguration
  let authenticator: IMAPAuthenticator?
  /// What the server wanted a person to read since the session is as protected as it shall be.
  private(set) var alerts: [String] = []

  private var limits: IMAPLimits { configuration.limits }

  init(conversation: IMAPConversation, configuration: IMAPConfiguration, authenticator: IMAPAuthenticator?) {
    self.conversation = conversation
    self.configuration = configuration
    self.authenticator = authenticator
  }

  mutating func run(deadline: Deadline) async throws(IMAPError) -> (
    opened: IMAPSessionMachine.Opened, mechanism: SASLMechanismName?
  ) {
    var machine = IMAPSessionMachine(
      peer: conversation.peer, requirement: configuration.tls,
      isEncrypted: conversation.stream.security.isTLS, logsIn: authenticator != nil, limits: limits)
    var mechanism: SASLMechanismName?
    var time = AnswerTime(limits.timeouts.greeting, silence: limits.timeouts.greeting, deadline: deadline)
    var action = IMAPSessionMachine.Action.wait
    while true {
      switch action {
      case .wait: action = try await receive(&machine, &time)
      case .command(let command):
        try await send(command, machine.command, deadline: deadline)
        time = AnswerTime(limits.timeouts, deadline: deadline)
        action = .wait
      case .line(let bytes):
        try await conversation.send(line: bytes, command: machine.command, deadline: deadline)
        action = .wait
      case .secretLine(let secret):
        try await conversation.send(secretLine: secret, command: machine.command, deadline: deadline)
        action = .wait
      case .upgradeToTLS:
        try await conversation.startTLS(deadline: deadline)
        alerts = []
        action = machine.didUpgrade()
      case .chooseMechanism(let offered):
        let exchange = try choose(among: offered)
        mechanism = exchange.mechanism
        action = machine.begin(exchange)
      case .answer(let exchange, let challenge):
        let (answered, result) = await SASLAnswering.answer(exchange, to: challenge)
        action = machine.answered(answered, with: result)
      case .ready(let opened): return (opened, mechanism)
      case .fail(let error): throw error
      }
    }
  }

  /// A value that cannot be sent in a login is the credential's fault.
  private func send(_ command: IMAPCommand, _ name: String, deadline: Deadline) async throws(IMAPError) {
    do {
      _ = try await conversation.send(command, deadline: deadline)
    } catch {
      guard error.kind == .invalidArgument else { throw error }
      throw IMAPError(
        .loginFailed, peer: error.peer, command: name,
        cause: SASLError(.unusableCredential, detail: error.detail ?? "it cannot be sent"), connection: .usable)
    }
  }

  private mutating func receive(_ machine: inout IMAPSessionMachine, _ time: inout AnswerTime)
    async throws(IMAPError) -> IMAPSessionMachine.Action
  {
    conversation.hidesContinuations = machine.isAuthenticating
    let event = try await conversation.next(for: machine.command, &time)
    if machine.isProtectedAsRequired { collectAlert(event) }
    return machine.receive(Self.event(event), unreadBytes: conversation.unreadBytes)
  }

  private mutating func collectAlert(_ event: IMAPConversation.Event) {
    let status: IMAPStatus
    switch event {
    case .response(.status(let untagged)): status = untagged
    case .completed(_, let tagged): status = tagged
    case .response, .continuation, .contentBegan, .content, .contentEnded: return
    }
    if status.code == .alert, alerts.count < limits.alerts { alerts.append(PrintableText.escaping(status.text)) }
  }

  private static func event(_ event: IMAPConversation.Event) -> IMAPSessionMachine.Event {
    switch event {
    case .response(.status(let status)): .status(IMAPAnswer(status), status.capabilities)
    case .response(.capability(let capabilities)): .capabilities(capabilities)
    case .response, .contentBegan, .content, .contentEnded: .data
    case .continuation(let text): .continuation(text)
    case .completed(_, let status): .completed(IMAPAnswer(status), status.capabilities)
    }
  }

  private func choose(among offered: [SASLMechanismName]) throws(IMAPError) -> any SASLExchange {
    guard let authenticator else { throw IMAPError(.notOpen, peer: conversation.peer) }
    let stream = conversation.stream
    let offer = IMAPLoginOffer(mechanisms: offered, security: stream.security) { name in
      Wire.ChannelBindingKind(rawValue: name).flatMap { stream.channelBinding($0) }
    }
    do {
      return try authenticator(offer)
    } catch {
      throw IMAPError(.loginFailed, peer: conversation.peer, command: "the login", cause: error, connection: .usable)
    }
  }
}
