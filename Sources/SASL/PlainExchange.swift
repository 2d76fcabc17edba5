import Crypto
import TenantBase

/// PLAIN (RFC 4616): authorization id, NUL, user name, NUL, password, in one initial response.
///
/// The texts go as they are: the server prepares them (RFC 4616 section 2).
package struct PlainExchange: SASLExchange, RedactedDescription {
  package let mechanism = SASLMechanismName.plain
  private let credentials: SASLCredentials
  private let limits: SASLLimits
  private var hasResponded = false

  package init(credentials: SASLCredentials, limits: SASLLimits = SASLLimits()) {
    self.credentials = credentials
    self.limits = limits
  }

  package mutating func start() throws(SASLError) -> SecretBox? {
    try credentials.check(for: mechanism, limits: limits)
    let authorizationID = credentials.authorizationIDBytes
    let userName = credentials.userNameBytes
    var message = SecretBuilder(capacity: authorizationID.count + userName.count + credentials.password.bytes.count + 2)
    message.append(authorizationID)
    message.append([0])
    message.append(userName)
    message.append([0])
    message.append(credentials.password.bytes)
    hasResponded = true
    return SecretBox(message.finish())
  }

  /// PLAIN has no challenge.
  package mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox {
    throw SASLError(
      .malformedChallenge, mechanism: mechanism, detail: "the server sent a challenge to a complete login")
  }

  package mutating func finish(additionalData: [UInt8]?) throws(SASLError) {
    guard hasResponded else {
      throw SASLError(.finishedTooEarly, mechanism: mechanism, detail: "the server reported success before the login")
    }
  }
}
