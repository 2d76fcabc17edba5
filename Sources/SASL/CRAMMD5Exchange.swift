import Crypto
import TenantBase

/// CRAM-MD5 (RFC 2195): user name, blank, HMAC-MD5 of the challenge with the password as the key, in hexadecimal.
///
/// The server proves nothing. The texts go as they are, in UTF-8.
package struct CRAMMD5Exchange: SASLExchange, RedactedDescription {
  private enum State {
    /// The server's one challenge has not come.
    case awaitingChallenge
    case complete
    case failed
  }

  package let mechanism = SASLMechanismName.cramMD5
  private let credentials: SASLCredentials
  private let limits: SASLLimits
  private var state = State.awaitingChallenge

  package init(credentials: SASLCredentials, limits: SASLLimits = SASLLimits()) {
    self.credentials = credentials
    self.limits = limits
  }

  package mutating func start() throws(SASLError) -> SecretBox? {
    try credentials.check(for: mechanism, limits: limits)
    guard credentials.authorizationID?.isEmpty ?? true else {
      throw SASLError(.unusableCredential, mechanism: mechanism, detail: "CRAM-MD5 carries no authorization id")
    }
    return nil
  }

  package mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox {
    let current = state
    state = .failed
    switch current {
    case .awaitingChallenge: break
    case .complete, .failed: throw malformed("the server sent a second challenge")
    }
    try check(challenge)
    let code = HMAC.code(of: challenge, key: credentials.password.bytes, algorithm: .md5)
    let userName = credentials.userNameBytes
    var response = SecretBuilder(capacity: userName.count + 1 + 2 * code.count)
    response.append(userName)
    response.append([ASCII.space])
    response.append(Hexadecimal.encode(code))
    state = .complete
    return SecretBox(response.finish())
  }

  package mutating func finish(additionalData: [UInt8]?) throws(SASLError) {
    switch state {
    case .complete: return
    case .awaitingChallenge, .failed:
      throw SASLError(
        .finishedTooEarly, mechanism: mechanism, detail: "the server reported success before the response")
    }
  }

  /// RFC 2195 section 2 wants a message id in angle brackets. Real servers differ in what stands between them, so only
  /// the brackets and printable characters are demanded: enough that no server has us sign a text of another protocol.
  private func check(_ challenge: [UInt8]) throws(SASLError) {
    guard challenge.count <= limits.challengeBytes else { throw malformed("the server's challenge is too long") }
    guard challenge.count > 2, challenge.first == UInt8(ascii: "<"), challenge.last == UInt8(ascii: ">"),
      challenge.allSatisfy(ASCII.isVisible)
    else { throw malformed("the server's challenge is not a message id in angle brackets") }
  }

  private func malformed(_ detail: String) -> SASLError {
    SASLError(.malformedChallenge, mechanism: mechanism, detail: detail)
  }
}
