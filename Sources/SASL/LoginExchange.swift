import Crypto
import TenantBase

/// LOGIN: user name, then password, each the answer to a prompt (never standardized; draft-murchison-sasl-login).
///
/// The prompts are not read: servers send `Username:`, `User Name`, an empty one and others, in this order.
package struct LoginExchange: SASLExchange, RedactedDescription {
  private enum State {
    /// Nothing sent.
    case awaitingUserPrompt
    /// The user name is sent.
    case awaitingPasswordPrompt
    /// The password is sent: the server has all it needs.
    case complete
    case failed
  }

  package let mechanism = SASLMechanismName.login
  private let credentials: SASLCredentials
  private let limits: SASLLimits
  private var state = State.awaitingUserPrompt

  package init(credentials: SASLCredentials, limits: SASLLimits = SASLLimits()) {
    self.credentials = credentials
    self.limits = limits
  }

  package mutating func start() throws(SASLError) -> SecretBox? {
    try credentials.check(for: mechanism, limits: limits)
    guard credentials.authorizationID?.isEmpty ?? true else {
      throw SASLError(.unusableCredential, mechanism: mechanism, detail: "LOGIN carries no authorization id")
    }
    return nil
  }

  package mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox {
    let current = state
    state = .failed
    guard challenge.count <= limits.challengeBytes else {
      throw SASLError(.malformedChallenge, mechanism: mechanism, detail: "the server's prompt is too long")
    }
    switch current {
    case .awaitingUserPrompt:
      state = .awaitingPasswordPrompt
      return SecretBox(SecretBytes(copying: credentials.userNameBytes))
    case .awaitingPasswordPrompt:
      state = .complete
      return credentials.password
    case .complete, .failed:
      throw SASLError(
        .malformedChallenge, mechanism: mechanism, detail: "the server asked for more than user name and password")
    }
  }

  package mutating func finish(additionalData: [UInt8]?) throws(SASLError) {
    switch state {
    case .complete: return
    case .awaitingUserPrompt, .awaitingPasswordPrompt, .failed:
      throw SASLError(
        .finishedTooEarly, mechanism: mechanism, detail: "the server reported success before it had the password")
    }
  }
}
