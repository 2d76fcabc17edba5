import Crypto
import SASL
import TenantBase

/// One AUTH command (RFC 4954 section 4): base64 and framing around a SASL exchange.
///
/// A failure never leads to another mechanism in the same session: that would let a server choose the weakest.
struct SMTPLoginMachine {
  enum Action {
    case send([UInt8])
    case sendSecret(SecretBox)
    case answer(any SASLExchange, challenge: [UInt8])
    case succeeded
    case fail(SMTPError)
  }

  private enum State {
    case notStarted
    /// AUTH was sent without the initial response, which goes into the answer to the first, empty challenge.
    case holdingInitialResponse(SecretBox)
    case awaitingReply
    /// The exchange computes.
    case answering
    /// `*` was sent; whatever the server says, this error is the result.
    case cancelling(SMTPError)
    case ended
  }

  let mechanism: SASLMechanismName
  private var exchange: any SASLExchange
  private let peer: String
  private let limits: SMTPLimits
  private var state = State.notStarted
  private var challengeCount = 0

  init(exchange: any SASLExchange, peer: String, limits: SMTPLimits) {
    mechanism = exchange.mechanism
    self.exchange = exchange
    self.peer = peer
    self.limits = limits
  }

  mutating func start() -> Action {
    let response: SecretBox?
    do {
      response = try exchange.start()
    } catch {
      state = .ended
      return .fail(failure(error, connection: .usable))
    }
    guard let response else {
      state = .awaitingReply
      return .send(SMTPCommand.authenticate(mechanism.rawValue))
    }
    let line = Self.commandLine(mechanism, initialResponse: response)
    if line.bytes.count <= limits.commandLine {
      state = .awaitingReply
      return .sendSecret(line)
    }
    state = .holdingInitialResponse(response)
    return .send(SMTPCommand.authenticate(mechanism.rawValue))
  }

  mutating func receive(_ reply: SMTPReply) -> Action {
    switch state {
    case .cancelling(let error):
      state = .ended
      return .fail(error)
    case .notStarted, .answering, .ended:
      state = .ended
      return .fail(SMTPError(.unexpectedReply, peer: peer, command: "AUTH \(mechanism)", reply: reply))
    case .holdingInitialResponse, .awaitingReply: break
    }
    if reply.code == 235 { return succeed(reply) }
    if reply.code == 334 { return receiveChallenge(reply) }
    let isRefusal = reply.isTemporaryFailure || reply.isPermanentFailure
    state = .ended
    return .fail(
      SMTPError(
        isRefusal ? .loginRefused : .unexpectedReply, peer: peer, command: "AUTH \(mechanism)", reply: reply,
        connection: isRefusal ? .usable : .unusable))
  }

  mutating func answered(_ exchange: any SASLExchange, with result: Result<SecretBox, SASLError>) -> Action {
    self.exchange = exchange
    switch result {
    case .success(let response):
      state = .awaitingReply
      return .sendSecret(Self.responseLine(response))
    case .failure(let error):
      return cancel(failure(error))
    }
  }

  private mutating func receiveChallenge(_ reply: SMTPReply) -> Action {
    challengeCount += 1
    if challengeCount > limits.challenges {
      return cancel(loginError(.malformedChallenge, "more than \(limits.challenges) challenges"))
    }
    guard reply.lines.count == 1, let text = reply.lines.first, let challenge = Base64.decode(text) else {
      return cancel(loginError(.malformedChallenge, "the challenge is not base64"))
    }
    if case .holdingInitialResponse(let response) = state {
      guard challenge.isEmpty else {
        return cancel(loginError(.malformedChallenge, "a challenge where the server must wait for the first response"))
      }
      state = .awaitingReply
      return .sendSecret(Self.responseLine(response))
    }
    state = .answering
    return .answer(exchange, challenge: challenge)
  }

  private mutating func succeed(_ reply: SMTPReply) -> Action {
    let wasComplete: Bool
    if case .holdingInitialResponse = state { wasComplete = false } else { wasComplete = true }
    state = .ended
    guard wasComplete else {
      return .fail(loginError(.finishedTooEarly, "the server reported success before the first response"))
    }
    do {
      try exchange.finish(additionalData: nil)
    } catch {
      return .fail(failure(error))
    }
    return .succeeded
  }

  private mutating func cancel(_ error: SMTPError) -> Action {
    state = .cancelling(error)
    return .send(SMTPCommand.cancelAuthentication)
  }

  private func failure(_ error: SASLError, connection: SMTPError.Connection = .unusable) -> SMTPError {
    SMTPError(.loginFailed, peer: peer, command: "AUTH \(mechanism)", cause: error, connection: connection)
  }

  private func loginError(_ kind: SASLError.Kind, _ detail: String) -> SMTPError {
    failure(SASLError(kind, mechanism: mechanism, detail: detail))
  }

  // MARK: lines

  /// `AUTH PLAIN dGVzdA==`; an empty initial response is `=` (RFC 4954 section 4).
  private static func commandLine(_ mechanism: SASLMechanismName, initialResponse: SecretBox) -> SecretBox {
    let prefix = Array("AUTH \(mechanism.rawValue) ".utf8)
    if initialResponse.bytes.isEmpty { return SecretBox(SecretBytes(copying: prefix + Array("=\r\n".utf8))) }
    return encoded(initialResponse, prefix: prefix)
  }

  private static func responseLine(_ response: SecretBox) -> SecretBox { encoded(response, prefix: []) }

  private static func encoded(_ secret: SecretBox, prefix: [UInt8]) -> SecretBox {
    let text = Base64.encode(secret.bytes)
    var line = SecretBuilder(capacity: prefix.count + text.count + 2)
    line.append(prefix)
    line.append(text)
    line.append([ASCII.cr, ASCII.lf])
    return SecretBox(line.finish())
  }
}
