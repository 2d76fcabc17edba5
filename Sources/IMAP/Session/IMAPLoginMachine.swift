import Crypto
import SASL
import TenantBase

/// One login: AUTHENTICATE (RFC 3501 section 6.2.2, RFC 4959) around a SASL exchange, or the LOGIN command with the user
/// and password of a SASL LOGIN exchange.
///
/// A failure never leads to another mechanism in the same session: that would let a server choose the weakest.
struct IMAPLoginMachine {
  enum Action {
    case command(IMAPCommand)
    /// A line that continues the command.
    case line([UInt8])
    case secretLine(SecretBox)
    case answer(any SASLExchange, challenge: [UInt8])
    case succeeded
    case fail(IMAPError)
  }

  /// How the mechanism is put on the wire.
  enum Form: Sendable, Equatable {
    case authenticate(takesInitialResponse: Bool)
    case loginCommand
  }

  private enum State {
    case notStarted
    /// AUTHENTICATE was sent without the initial response, which answers the first, empty challenge.
    case holdingInitialResponse(SecretBox)
    case awaitingAnswer
    /// The exchange computes.
    case answering
    /// `*` was sent; whatever the server says, this error is the result.
    case cancelling(IMAPError)
    case ended
  }

  let mechanism: SASLMechanismName
  private let form: Form
  private var exchange: any SASLExchange
  private let peer: String
  private let limits: IMAPLimits
  private var state = State.notStarted
  private var challengeCount = 0

  init(exchange: any SASLExchange, form: Form, peer: String, limits: IMAPLimits) {
    mechanism = exchange.mechanism
    self.exchange = exchange
    self.form = form
    self.peer = peer
    self.limits = limits
  }

  /// As errors and transcripts name it.
  var command: String { form == .loginCommand ? "LOGIN" : "AUTHENTICATE \(mechanism)" }

  mutating func start() -> Action {
    do throws(SASLError) {
      switch form {
      case .authenticate(let takesInitialResponse): return try authenticate(takesInitialResponse)
      case .loginCommand: return try logIn()
      }
    } catch {
      state = .ended
      return .fail(failure(error, connection: .usable))
    }
  }

  /// - Parameter text: what stands behind `+ `.
  mutating func receiveContinuation(_ text: [UInt8]) -> Action {
    switch state {
    case .cancelling(let error):
      state = .ended
      return .fail(error)
    case .notStarted, .answering, .ended: return unexpected("a continuation")
    case .awaitingAnswer where form == .loginCommand: return unexpected("a continuation")
    case .awaitingAnswer, .holdingInitialResponse: return receiveChallenge(text)
    }
  }

  mutating func receiveCompletion(_ answer: IMAPAnswer) -> Action {
    switch state {
    case .cancelling(let error):
      state = .ended
      return .fail(error)
    case .notStarted, .answering, .ended:
      state = .ended
      return .fail(IMAPError(.unexpectedResponse, peer: peer, command: command, answer: answer))
    case .holdingInitialResponse, .awaitingAnswer: break
    }
    if answer.status == .ok { return succeed() }
    state = .ended
    return .fail(
      IMAPError(.loginRefused, peer: peer, command: command, answer: answer, connection: .usable))
  }

  mutating func answered(_ exchange: any SASLExchange, with result: Result<SecretBox, SASLError>) -> Action {
    self.exchange = exchange
    switch result {
    case .success(let response):
      state = .awaitingAnswer
      return .secretLine(IMAPContinuation.response(response))
    case .failure(let error):
      return cancel(failure(error))
    }
  }

  // MARK: steps

  private mutating func authenticate(_ takesInitialResponse: Bool) throws(SASLError) -> Action {
    guard let response = try exchange.start() else {
      state = .awaitingAnswer
      return .command(.authenticate(mechanism: mechanism.rawValue, initialResponse: nil))
    }
    // The words, and room for the tag.
    let length = 32 + mechanism.rawValue.utf8.count + Base64.encodedCount(of: response.bytes.count)
    if takesInitialResponse, length <= limits.authenticateLine {
      state = .awaitingAnswer
      return .command(.authenticate(mechanism: mechanism.rawValue, initialResponse: response))
    }
    state = .holdingInitialResponse(response)
    return .command(.authenticate(mechanism: mechanism.rawValue, initialResponse: nil))
  }

  /// Takes user name and password from the exchange in the order in which its server would ask for them.
  private mutating func logIn() throws(SASLError) -> Action {
    guard try exchange.start() == nil else {
      throw SASLError(.unusableCredential, mechanism: mechanism, detail: "the mechanism does not fit the LOGIN command")
    }
    let user = try exchange.respond(to: [])
    let password = try exchange.respond(to: [])
    state = .awaitingAnswer
    let userName = user.bytes.withSpan { span in
      var bytes: [UInt8] = []
      for index in span.indices { bytes.append(span[index]) }
      return String(decoding: bytes, as: UTF8.self)
    }
    return .command(.login(userName: userName, password: password))
  }

  private mutating func receiveChallenge(_ text: [UInt8]) -> Action {
    challengeCount += 1
    if challengeCount > limits.challenges {
      return cancel(loginError(.malformedChallenge, "more than \(limits.challenges) challenges"))
    }
    if text.count > limits.challenge {
      return cancel(loginError(.malformedChallenge, "the challenge is longer than \(limits.challenge) bytes"))
    }
    guard let challenge = Base64.decode(text) else {
      return cancel(loginError(.malformedChallenge, "the challenge is not base64"))
    }
    if case .holdingInitialResponse(let response) = state {
      guard challenge.isEmpty else {
        return cancel(loginError(.malformedChallenge, "a challenge where the server must wait for the first response"))
      }
      state = .awaitingAnswer
      return .secretLine(IMAPContinuation.response(response))
    }
    state = .answering
    return .answer(exchange, challenge: challenge)
  }

  private mutating func succeed() -> Action {
    let wasComplete: Bool
    if case .holdingInitialResponse = state { wasComplete = false } else { wasComplete = true }
    state = .ended
    guard wasComplete else {
      return .fail(loginError(.finishedTooEarly, "the server reported success before it had the login"))
    }
    do {
      try exchange.finish(additionalData: nil)
    } catch {
      return .fail(failure(error))
    }
    return .succeeded
  }

  private mutating func cancel(_ error: IMAPError) -> Action {
    state = .cancelling(error)
    return .line(IMAPContinuation.cancelAuthentication)
  }

  private mutating func unexpected(_ detail: String) -> Action {
    state = .ended
    return .fail(IMAPError(.unexpectedResponse, peer: peer, command: command, detail: detail))
  }

  private func failure(_ error: SASLError, connection: IMAPError.Connection = .unusable) -> IMAPError {
    IMAPError(.loginFailed, peer: peer, command: command, cause: error, connection: connection)
  }

  private func loginError(_ kind: SASLError.Kind, _ detail: String) -> IMAPError {
    failure(SASLError(kind, mechanism: mechanism, detail: detail))
  }
}
