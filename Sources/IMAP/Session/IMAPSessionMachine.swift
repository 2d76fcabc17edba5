import Crypto
import SASL
import TenantBase
import Wire

/// Opens a session: greeting, CAPABILITY, STARTTLS, CAPABILITY again, the login, and what the server offers after it.
/// Events in, actions out, no I/O.
///
/// What was learnt before TLS is forgotten. Nothing but CAPABILITY and STARTTLS leaves before the TLS that the
/// requirement demands. A referral (RFC 2221) is never followed.
struct IMAPSessionMachine {
  enum Event {
    /// `* OK`, `* NO`, `* BAD`, `* BYE`, `* PREAUTH`, and the capabilities that its code names.
    case status(IMAPAnswer, IMAPCapabilities?)
    case capabilities(IMAPCapabilities)
    /// Any other untagged response.
    case data
    /// The text behind `+ `.
    case continuation([UInt8])
    /// The command is done, and the capabilities that the answer's code names.
    case completed(IMAPAnswer, IMAPCapabilities?)
  }

  enum Action {
    /// Nothing; hand in the next event.
    case wait
    case command(IMAPCommand)
    /// A line that continues the command.
    case line([UInt8])
    case secretLine(SecretBox)
    case upgradeToTLS
    /// Choose a mechanism among these, then call `begin(_:)`.
    case chooseMechanism(offered: [SASLMechanismName])
    /// Let the exchange answer, then call `answered(_:with:)`.
    case answer(any SASLExchange, challenge: [UInt8])
    case ready(Opened)
    case fail(IMAPError)
  }

  struct Opened: Sendable, Equatable {
    var capabilities: IMAPCapabilities
    var isLoggedIn: Bool
    /// The server took us for logged in without a login, inside TLS.
    var wasPreauthenticated: Bool
    /// The greeting's words, from inside TLS or where there is none to come; for what is known of some servers.
    var greeting: String
  }

  private enum State {
    case awaitingGreeting
    case awaitingCapability
    /// The capabilities to go on with where plain text will do.
    case awaitingStartTLS(IMAPCapabilities)
    case upgrading
    case choosing
    case authenticating(IMAPLoginMachine)
    case awaitingFinalCapability
    case ended
  }

  private let peer: String
  private let requirement: TLSRequirement
  private let logsIn: Bool
  private let limits: IMAPLimits
  private var state = State.awaitingGreeting
  private var isEncrypted: Bool
  /// What the server offers as far as it has said so in the present state of protection and login; nil when it has not.
  private var capabilities: IMAPCapabilities?
  private var isLoggedIn = false
  private var wasPreauthenticated = false
  private var greeting = ""

  /// - Parameter isEncrypted: whether the stream has TLS already.
  init(peer: String, requirement: TLSRequirement, isEncrypted: Bool, logsIn: Bool, limits: IMAPLimits) {
    self.peer = peer
    self.requirement = requirement
    self.isEncrypted = isEncrypted
    self.logsIn = logsIn
    self.limits = limits
  }

  /// What is being waited for, as a person calls it.
  var command: String {
    switch state {
    case .awaitingGreeting: IMAPError.greetingStep
    case .awaitingCapability, .awaitingFinalCapability: "CAPABILITY"
    case .awaitingStartTLS, .upgrading: "STARTTLS"
    case .choosing, .ended: "the login"
    case .authenticating(let login): login.command
    }
  }

  var isAwaitingGreeting: Bool { if case .awaitingGreeting = state { true } else { false } }
  /// A challenge may be on its way: it is neither an alert nor fit for a transcript.
  var isAuthenticating: Bool { if case .authenticating = state { true } else { false } }
  /// Whether what the server says now may be passed on: not before the TLS that is to come.
  var isProtectedAsRequired: Bool { isEncrypted || requirement == .off }

  /// - Parameter unreadBytes: what arrived behind the response.
  mutating func receive(_ event: Event, unreadBytes: Int) -> Action {
    switch event {
    case .status(let answer, let offered): return receiveStatus(answer, offered)
    case .capabilities(let offered):
      if isAwaitingGreeting { return fail(.unexpectedResponse, detail: "no greeting") }
      capabilities = offered
      return .wait
    case .data: return isAwaitingGreeting ? fail(.unexpectedResponse, detail: "no greeting") : .wait
    case .continuation(let text): return receiveContinuation(text)
    case .completed(let answer, let offered):
      return receiveCompletion(answer, offered, unreadBytes: unreadBytes)
    }
  }

  /// TLS is up and verified.
  mutating func didUpgrade() -> Action {
    isEncrypted = true
    capabilities = nil
    greeting = ""
    return askCapability()
  }

  /// A mechanism was chosen; its exchange has not started.
  mutating func begin(_ exchange: any SASLExchange) -> Action {
    let offered = capabilities ?? IMAPCapabilities()
    let usesCommand = exchange.mechanism == .login && !offered.mechanisms.contains(.login)
    var login = IMAPLoginMachine(
      exchange: exchange,
      form: usesCommand ? .loginCommand : .authenticate(takesInitialResponse: offered.offersInitialResponse),
      peer: peer, limits: limits)
    capabilities = nil  // what the server says from here on is about the session after the login
    let action = login.start()
    state = .authenticating(login)
    return finish(action)
  }

  /// The exchange's answer to the last challenge.
  mutating func answered(_ exchange: any SASLExchange, with result: Result<SecretBox, SASLError>) -> Action {
    guard case .authenticating(var login) = state else { return .fail(IMAPError(.notOpen, peer: peer)) }
    let action = login.answered(exchange, with: result)
    state = .authenticating(login)
    return finish(action)
  }
}

extension IMAPSessionMachine {
  private mutating func receiveStatus(_ answer: IMAPAnswer, _ offered: IMAPCapabilities?) -> Action {
    if isAwaitingGreeting { return receiveGreeting(answer, offered) }
    switch answer.status {
    case .bye:
      // Without the TLS that is demanded nothing was possible: that is what matters to the account's owner.
      if case .awaitingStartTLS = state, !requirement.allowsPlaintext { return fail(.startTLSRefused, answer) }
      if isAuthenticating { return fail(.loginRefused, answer) }
      return fail(.serverClosing, answer)
    case .preauth: return fail(.unexpectedResponse, answer)
    case .ok, .no, .bad:
      if let offered { capabilities = offered }
      return .wait
    }
  }

  private mutating func receiveGreeting(_ answer: IMAPAnswer, _ offered: IMAPCapabilities?) -> Action {
    switch answer.status {
    case .bye: return fail(.greetingRefused, answer)
    case .no, .bad: return fail(.unexpectedResponse, answer)
    case .ok, .preauth: break
    }
    if requirement == .implicitTLS, !isEncrypted { return fail(.encryptionMissing) }
    if answer.status == .preauth {
      // STARTTLS is not allowed in this state (RFC 3501 section 6.2.1), so that it would stay in clear.
      if !isEncrypted, requirement != .off { return fail(.loggedInWithoutTLS) }
      isLoggedIn = true
      wasPreauthenticated = true
    }
    greeting = answer.words
    capabilities = offered
    if needsTLS, offered?.offersStartTLS != true { return askCapability() }
    return offered == nil ? askCapability() : proceed()
  }

  private mutating func receiveContinuation(_ text: [UInt8]) -> Action {
    switch state {
    case .authenticating(var login):
      let action = login.receiveContinuation(text)
      state = .authenticating(login)
      return finish(action)
    case .awaitingStartTLS: return fail(.startTLSRefused, detail: "a continuation")
    case .awaitingGreeting, .awaitingCapability, .upgrading, .choosing, .awaitingFinalCapability, .ended:
      return fail(.unexpectedResponse, detail: "a continuation")
    }
  }

  private mutating func receiveCompletion(_ answer: IMAPAnswer, _ offered: IMAPCapabilities?, unreadBytes: Int)
    -> Action
  {
    switch state {
    case .awaitingCapability:
      if answer.status == .ok {
        if let offered { capabilities = offered }
        return proceed()
      }
      // Without the list STARTTLS may still work; without TLS nothing else is tried.
      if needsTLS {
        capabilities = nil
        return startTLS()
      }
      return fail(.commandRefused, answer)
    case .awaitingFinalCapability:
      if answer.status == .ok, let offered { capabilities = offered }
      return ready()
    case .awaitingStartTLS(let known):
      return receiveStartTLS(answer, known: known, unreadBytes: unreadBytes)
    case .authenticating(var login):
      if answer.status == .ok, let offered { capabilities = offered }
      let action = login.receiveCompletion(answer)
      state = .authenticating(login)
      return finish(action)
    case .awaitingGreeting, .upgrading, .choosing, .ended: return fail(.unexpectedResponse, answer)
    }
  }

  private mutating func receiveStartTLS(_ answer: IMAPAnswer, known: IMAPCapabilities, unreadBytes: Int) -> Action {
    if unreadBytes > 0 { return fail(.plaintextAfterStartTLS) }
    if answer.status == .ok {
      capabilities = nil
      state = .upgrading
      return .upgradeToTLS
    }
    // Refused in so many words, and the channel says that plain text will do.
    if requirement == .startTLSIfOffered {
      capabilities = known
      return logIn(known)
    }
    return fail(.startTLSRefused, answer)
  }

  // MARK: what comes next

  /// The session shall have TLS and has not.
  private var needsTLS: Bool {
    !isEncrypted && !isLoggedIn && (requirement == .startTLSRequired || requirement == .startTLSIfOffered)
  }

  private mutating func askCapability() -> Action {
    state = .awaitingCapability
    return .command(.capability)
  }

  private mutating func startTLS() -> Action {
    state = .awaitingStartTLS(capabilities ?? IMAPCapabilities())
    return .command(.startTLS)
  }

  /// The capabilities before the login are known.
  private mutating func proceed() -> Action {
    let offered = capabilities ?? IMAPCapabilities()
    if needsTLS {
      if offered.offersStartTLS { return startTLS() }
      if requirement == .startTLSRequired { return fail(.startTLSNotOffered) }
    }
    return isLoggedIn ? ready() : logIn(offered)
  }

  private mutating func logIn(_ offered: IMAPCapabilities) -> Action {
    guard logsIn else { return ready() }
    var mechanisms = offered.mechanisms
    if !mechanisms.contains(.plain), !mechanisms.contains(.login), !offered.disablesLogin {
      mechanisms.append(.login)  // the LOGIN command, which every server has
    }
    if mechanisms.isEmpty { return fail(.authenticationNotOffered) }
    state = .choosing
    return .chooseMechanism(offered: mechanisms)
  }

  private mutating func finish(_ action: IMAPLoginMachine.Action) -> Action {
    switch action {
    case .command(let command): return .command(command)
    case .line(let bytes): return .line(bytes)
    case .secretLine(let secret): return .secretLine(secret)
    case .answer(let exchange, let challenge): return .answer(exchange, challenge: challenge)
    case .fail(let error):
      state = .ended
      return .fail(error)
    case .succeeded:
      isLoggedIn = true
      if capabilities != nil { return ready() }
      state = .awaitingFinalCapability
      return .command(.capability)
    }
  }

  private mutating func ready() -> Action {
    state = .ended
    return .ready(
      Opened(
        capabilities: capabilities ?? IMAPCapabilities(), isLoggedIn: isLoggedIn,
        wasPreauthenticated: wasPreauthenticated,
        greeting: greeting))
  }

  private mutating func fail(_ kind: IMAPError.Kind, _ answer: IMAPAnswer? = nil, detail: String? = nil) -> Action {
    let error = IMAPError(kind, peer: peer, command: command, answer: answer, detail: detail)
    state = .ended
    return .fail(error)
  }
}

extension IMAPCapabilities {
  var mechanisms: [SASLMechanismName] { authenticationMechanisms.map { SASLMechanismName(rawValue: $0) } }
}
