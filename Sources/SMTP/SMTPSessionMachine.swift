import Crypto
import SASL
import TenantBase
import Wire

/// Opens a session: greeting, EHLO, STARTTLS, EHLO again, AUTH. Events in, actions out, no I/O.
///
/// What was learnt before TLS is forgotten. Nothing but EHLO (or HELO) and STARTTLS leaves before the TLS that the
/// requirement demands.
struct SMTPSessionMachine {
  enum Action {
    /// Send this, then hand in the reply.
    case send([UInt8])
    case sendSecret(SecretBox)
    case upgradeToTLS
    /// Choose a mechanism among these (none when the server offers no AUTH), then call `begin(_:)`.
    case chooseMechanism(offered: [SASLMechanismName])
    /// Let the exchange answer, then call `answered(_:with:)`.
    case answer(any SASLExchange, challenge: [UInt8])
    case ready(SMTPCapabilities)
    case fail(SMTPError)
  }

  private enum State {
    case awaitingGreeting
    case awaitingEHLO
    case awaitingHELO
    case awaitingStartTLS(SMTPCapabilities)
    case upgrading
    case choosing
    case authenticating(SMTPLoginMachine)
    case ended
  }

  private let peer: String
  private let clientName: SMTPClientName
  private let requirement: TLSRequirement
  private let logsIn: Bool
  private let limits: SMTPLimits
  private var state = State.awaitingGreeting
  private var isEncrypted: Bool
  private var capabilities = SMTPCapabilities.none

  /// - Parameter isEncrypted: whether the stream has TLS already.
  init(
    peer: String, clientName: SMTPClientName, requirement: TLSRequirement, isEncrypted: Bool, logsIn: Bool,
    limits: SMTPLimits
  ) {
    self.peer = peer
    self.clientName = clientName
    self.requirement = requirement
    self.isEncrypted = isEncrypted
    self.logsIn = logsIn
    self.limits = limits
  }

  /// What is being waited for, as a person calls it.
  var command: String {
    switch state {
    case .awaitingGreeting: "the greeting"
    case .awaitingEHLO: "EHLO"
    case .awaitingHELO: "HELO"
    case .awaitingStartTLS, .upgrading: "STARTTLS"
    case .choosing, .ended: "AUTH"
    case .authenticating(let login): "AUTH \(login.mechanism)"
    }
  }

  var isAwaitingGreeting: Bool { if case .awaitingGreeting = state { true } else { false } }
  /// A challenge may be on its way, so the longer line limit holds.
  var isAwaitingChallenge: Bool { if case .authenticating = state { true } else { false } }

  /// - Parameter unreadBytes: what arrived behind the reply.
  mutating func receive(_ reply: SMTPReply, unreadBytes: Int) -> Action {
    if reply.isServiceClosing {
      if case .awaitingStartTLS = state, !requirement.allowsPlaintext { return fail(.startTLSRefused, reply) }
      return fail(.serviceClosing, reply)
    }
    switch state {
    case .awaitingGreeting: return receiveGreeting(reply)
    case .awaitingEHLO: return receiveEHLO(reply)
    case .awaitingHELO: return receiveHELO(reply)
    case .awaitingStartTLS(let known): return receiveStartTLS(reply, known: known, unreadBytes: unreadBytes)
    case .authenticating(var login):
      let action = login.receive(reply)
      state = .authenticating(login)
      return finish(action)
    case .upgrading, .choosing, .ended: return fail(.unexpectedReply, reply)
    }
  }

  /// TLS is up and verified.
  mutating func didUpgrade() -> Action {
    isEncrypted = true
    capabilities = .none
    state = .awaitingEHLO
    return .send(SMTPCommand.hello("EHLO", clientName))
  }

  /// A mechanism was chosen; its exchange has not started.
  mutating func begin(_ exchange: any SASLExchange) -> Action {
    var login = SMTPLoginMachine(exchange: exchange, peer: peer, limits: limits)
    let action = login.start()
    state = .authenticating(login)
    return finish(action)
  }

  /// The exchange's answer to the last challenge.
  mutating func answered(_ exchange: any SASLExchange, with result: Result<SecretBox, SASLError>) -> Action {
    guard case .authenticating(var login) = state else {
      return .fail(SMTPError(.notOpen, peer: peer))
    }
    let action = login.answered(exchange, with: result)
    state = .authenticating(login)
    return finish(action)
  }

  // MARK: states

  private mutating func receiveGreeting(_ reply: SMTPReply) -> Action {
    guard reply.isPositive, reply.code == 220 else {
      return fail(reply.isPositive || reply.isIntermediate ? .unexpectedReply : .greetingRefused, reply)
    }
    if requirement == .implicitTLS, !isEncrypted { return fail(.encryptionMissing, nil) }
    state = .awaitingEHLO
    return .send(SMTPCommand.hello("EHLO", clientName))
  }

  private mutating func receiveEHLO(_ reply: SMTPReply) -> Action {
    if reply.code == 250 {
      capabilities = SMTPCapabilities(reply)
      return greeted()
    }
    if !reply.isPermanentFailure {
      return fail(reply.isTemporaryFailure ? .helloRefused : .unexpectedReply, reply)
    }
    // A server without EHLO has no STARTTLS.
    if requirement == .startTLSRequired, !isEncrypted { return fail(.startTLSNotOffered, reply) }
    state = .awaitingHELO
    return .send(SMTPCommand.hello("HELO", clientName))
  }

  private mutating func receiveHELO(_ reply: SMTPReply) -> Action {
    guard reply.code == 250 else { return fail(.helloRefused, reply) }
    capabilities = .none
    return greeted()
  }

  private mutating func greeted() -> Action {
    if isEncrypted { return logIn() }
    switch requirement {
    case .implicitTLS: return fail(.encryptionMissing, nil)
    case .off: return logIn()
    case .startTLSRequired where !capabilities.offersStartTLS: return fail(.startTLSNotOffered, nil)
    case .startTLSIfOffered where !capabilities.offersStartTLS: return logIn()
    case .startTLSRequired, .startTLSIfOffered:
      state = .awaitingStartTLS(capabilities)
      return .send(SMTPCommand.startTLS)
    }
  }

  private mutating func receiveStartTLS(_ reply: SMTPReply, known: SMTPCapabilities, unreadBytes: Int) -> Action {
    if unreadBytes > 0 { return fail(.plaintextAfterStartTLS, nil) }
    if reply.code == 220 {
      capabilities = .none
      state = .upgrading
      return .upgradeToTLS
    }
    // Refused in so many words, and the channel says that plain text will do.
    if requirement == .startTLSIfOffered, reply.isTemporaryFailure || reply.isPermanentFailure {
      capabilities = known
      return logIn()
    }
    return fail(.startTLSRefused, reply)
  }

  private mutating func logIn() -> Action {
    guard logsIn else {
      state = .ended
      return .ready(capabilities)
    }
    if !capabilities.offersAuthentication { return fail(.authenticationNotOffered, nil) }
    state = .choosing
    return .chooseMechanism(offered: capabilities.mechanisms)
  }

  private mutating func finish(_ action: SMTPLoginMachine.Action) -> Action {
    switch action {
    case .send(let bytes): return .send(bytes)
    case .sendSecret(let secret): return .sendSecret(secret)
    case .answer(let exchange, let challenge): return .answer(exchange, challenge: challenge)
    case .fail(let error):
      state = .ended
      return .fail(error)
    case .succeeded:
      state = .ended
      return .ready(capabilities)
    }
  }

  private mutating func fail(_ kind: SMTPError.Kind, _ reply: SMTPReply?) -> Action {
    let error = SMTPError(kind, peer: peer, command: command, reply: reply)
    state = .ended
    return .fail(error)
  }
}
