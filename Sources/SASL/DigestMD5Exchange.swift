import Crypto
import TenantBase

/// DIGEST-MD5 with `qop=auth` (RFC 2831; retired by RFC 6331, still offered by old servers).
///
/// The server must prove with `rspauth` that it knows the password too. No second login with an old nonce is made, so
/// the nonce count is always 1.
package struct DigestMD5Exchange: SASLExchange, RedactedDescription {
  private enum State {
    /// The server's challenge has not come.
    case awaitingChallenge
    /// The response is sent; the server must answer with `rspauth`, in lower-case hexadecimal.
    case responseSent(rspauth: SecretBox)
    /// The server has proved itself.
    case verified
    case failed
  }

  package let mechanism = SASLMechanismName.digestMD5
  private let credentials: SASLCredentials
  private let service: SASLService
  private let nonces: NonceSource
  private let limits: SASLLimits
  private var state = State.awaitingChallenge

  /// The longest response (RFC 2831 section 2.1.2: less than 4,096 bytes).
  private static let longestResponse = 4_095

  package init(
    credentials: SASLCredentials, service: SASLService, nonces: NonceSource = .random,
    limits: SASLLimits = SASLLimits()
  ) {
    self.credentials = credentials
    self.service = service
    self.nonces = nonces
    self.limits = limits
  }

  package mutating func start() throws(SASLError) -> SecretBox? {
    try credentials.check(for: mechanism, limits: limits)
    let names = credentials.userNameBytes + credentials.authorizationIDBytes
    guard names.allSatisfy({ $0 >= ASCII.space && $0 != 0x7F }) else {
      throw unusable("user name or authorization id has a control character")
    }
    return nil
  }

  package mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox {
    let current = state
    state = .failed
    switch current {
    case .awaitingChallenge:
      let terms = try terms(for: DigestChallenge(challenge, limits: limits))
      let response = try message(terms)
      state = .responseSent(rspauth: SecretBox(terms.proof(of: "")))
      return response
    case .responseSent(let rspauth):
      try verify(challenge, against: rspauth)
      state = .verified
      return SecretBox(SecretBytes(copying: []))
    case .verified, .failed: throw malformed("the server sent a challenge that the mechanism does not have")
    }
  }

  package mutating func finish(additionalData: [UInt8]?) throws(SASLError) {
    let current = state
    state = .failed
    switch current {
    case .verified:
      guard additionalData?.isEmpty ?? true else { throw malformed("the server sent more after its proof") }
    case .responseSent(let rspauth):
      guard let additionalData else {
        throw SASLError(
          .serverNotAuthenticated, mechanism: mechanism,
          detail: "the server reported success without proving that it knows the password")
      }
      try verify(additionalData, against: rspauth)
    case .awaitingChallenge:
      throw SASLError(
        .finishedTooEarly, mechanism: mechanism, detail: "the server reported success before the response")
    case .failed:
      throw SASLError(
        .serverNotAuthenticated, mechanism: mechanism, detail: "the server reported success after a failed exchange")
    }
    state = .verified
  }

  /// RFC 2831 section 2.1.2.1: user name and password are hashed in ISO 8859-1 where they fit in it, each by itself;
  /// without `charset=utf-8` they must.
  private func terms(for challenge: DigestChallenge) throws(SASLError) -> DigestTerms {
    let user = credentials.userName.unicodeScalars.map { UInt8(exactly: $0.value) }
    let latin1User: [UInt8]? = user.contains(nil) ? nil : user.compactMap { $0 }
    let latin1Password = credentials.password.bytes.latin1FromUTF8()
    guard challenge.isUTF8 || (latin1User != nil && latin1Password != nil) else {
      throw unusable("user name or password has characters that the server's charset ISO 8859-1 does not have")
    }
    let hashedUser = latin1User ?? credentials.userNameBytes
    return DigestTerms(
      challenge: challenge, sentUser: challenge.isUTF8 ? credentials.userNameBytes : hashedUser,
      hashedUser: hashedUser, hashedPassword: latin1Password ?? credentials.password,
      realm: challenge.realm(for: service.host), clientNonce: nonces.next(),
      authorizationID: credentials.authorizationIDBytes, uri: Array("\(service.name)/\(service.host)".utf8))
  }

  private func message(_ terms: DigestTerms) throws(SASLError) -> SecretBox {
    let proof = terms.proof(of: "AUTHENTICATE")
    let head = terms.directives
    guard head.count + proof.count <= Self.longestResponse else {
      throw unusable("user name, realm and authorization id are longer than a response can be")
    }
    var response = SecretBuilder(capacity: head.count + proof.count)
    response.append(head)
    response.append(proof)
    return SecretBox(response.finish())
  }

  private func verify(_ message: [UInt8], against expected: SecretBox) throws(SASLError) {
    guard message.count <= limits.digestChallengeBytes, let directives = DigestDirectives(message),
      let value = directives.values(of: "rspauth").first, directives.values(of: "rspauth").count == 1
    else { throw malformed("the server's last message has no rspauth") }
    guard SecretBytes(copying: value).isEqual(to: expected.bytes) else {
      throw SASLError(
        .serverNotAuthenticated, mechanism: mechanism,
        detail: "the server's rspauth is wrong, so it does not know the password")
    }
  }

  private func malformed(_ detail: String) -> SASLError {
    SASLError(.malformedChallenge, mechanism: mechanism, detail: detail)
  }

  private func unusable(_ detail: String) -> SASLError {
    SASLError(.unusableCredential, mechanism: mechanism, detail: detail)
  }
}
