import Crypto
import TenantBase

/// SCRAM-SHA-1 and SCRAM-SHA-256, with and without channel binding (RFC 5802, RFC 7677).
///
/// The password itself is never sent, and the server proves that it knows the password's verifier: a login without that
/// proof counts as failed, whatever the server says.
///
/// The answer to the first challenge hashes the password as often as the server asks, about 1 ms for 4,096 times.
/// ``takesLong(toAnswer:)`` tells when that belongs on another thread; `respond` may be called on any.
package struct SCRAMExchange: SASLExchange, RedactedDescription {
  package enum Hash: Sendable {
    case sha1
    case sha256

    var algorithm: DigestAlgorithm {
      switch self {
      case .sha1: .sha1
      case .sha256: .sha256
      }
    }
  }

  private enum State {
    case ready
    /// The client's first message is sent, `bare` is it without the GS2 header.
    case firstSent(nonce: [UInt8], bare: [UInt8], password: SecretBox)
    /// The proof is sent; the server must answer with `serverSignature`.
    case proofSent(serverSignature: SecretBox)
    /// The server has proved itself.
    case verified
    case failed
  }

  package let mechanism: SASLMechanismName
  private let hash: Hash
  private let binding: ChannelBinding
  private let credentials: SASLCredentials
  private let nonces: NonceSource
  private let limits: SASLLimits
  private var state = State.ready

  /// - Parameter binding: `.bound` makes it the -PLUS mechanism.
  package init(
    hash: Hash, binding: ChannelBinding, credentials: SASLCredentials, nonces: NonceSource = .random,
    limits: SASLLimits = SASLLimits()
  ) {
    switch hash {
    case .sha1: mechanism = binding.isBound ? .scramSHA1Plus : .scramSHA1
    case .sha256: mechanism = binding.isBound ? .scramSHA256Plus : .scramSHA256
    }
    self.hash = hash
    self.binding = binding
    self.credentials = credentials
    self.nonces = nonces
    self.limits = limits
  }

  package mutating func start() throws(SASLError) -> SecretBox? {
    state = .failed
    try credentials.check(for: mechanism, limits: limits)
    let userName: [UInt8]
    do { userName = try SASLprep.prepare(credentials.userNameBytes, limit: limits.credentialBytes) } catch {
      throw unusable("user name", error)
    }
    let password: SecretBox
    do { password = SecretBox(try SASLprep.prepare(credentials.password.bytes, limit: limits.credentialBytes)) } catch {
      throw unusable("password", error)
    }
    guard !userName.isEmpty, !password.bytes.isEmpty else {
      throw SASLError(.unusableCredential, mechanism: mechanism, detail: "SASLprep (RFC 4013) leaves nothing of it")
    }
    let nonce = nonces.next()
    let bare = Array("n=".utf8) + Self.escaped(userName) + Array(",r=".utf8) + nonce
    state = .firstSent(nonce: nonce, bare: bare, password: password)
    return SecretBox(SecretBytes(copying: header + bare))
  }

  package func takesLong(toAnswer challenge: [UInt8]) -> Bool {
    guard case .firstSent(let nonce, _, _) = state else { return false }
    let message = try? SCRAMServerFirst(challenge, clientNonce: nonce, mechanism: mechanism, limits: limits)
    return (message?.iterations ?? 0) > limits.iterationsOnLoop
  }

  package mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox {
    let current = state
    state = .failed
    switch current {
    case .firstSent(let nonce, let bare, let password):
      let first = try SCRAMServerFirst(challenge, clientNonce: nonce, mechanism: mechanism, limits: limits)
      let withoutProof = Array("c=".utf8) + Base64.encode(header + binding.data) + Array(",r=".utf8) + first.nonce
      let authMessage = bare + Array(",".utf8) + challenge + Array(",".utf8) + withoutProof
      let keys = SCRAMKeys(password: password.bytes, first: first, algorithm: hash.algorithm)
      state = .proofSent(serverSignature: keys.serverSignature(of: authMessage))
      return finalMessage(withoutProof, proof: keys.clientProof(of: authMessage))
    case .proofSent(let serverSignature):
      try verify(challenge, against: serverSignature)
      state = .verified
      return SecretBox(SecretBytes(copying: []))
    case .ready, .verified, .failed:
      throw malformed("the server sent a challenge that the mechanism does not have")
    }
  }

  package mutating func finish(additionalData: [UInt8]?) throws(SASLError) {
    let current = state
    state = .failed
    switch current {
    case .verified:
      guard additionalData?.isEmpty ?? true else { throw malformed("the server sent more after its signature") }
    case .proofSent(let serverSignature):
      guard let additionalData else {
        throw SASLError(
          .serverNotAuthenticated, mechanism: mechanism,
          detail: "the server reported success without proving that it knows the password")
      }
      try verify(additionalData, against: serverSignature)
    case .ready, .firstSent:
      throw SASLError(
        .finishedTooEarly, mechanism: mechanism, detail: "the server reported success in the middle of the exchange")
    case .failed:
      throw SASLError(
        .serverNotAuthenticated, mechanism: mechanism, detail: "the server reported success after a failed exchange")
    }
    state = .verified
  }

  /// The GS2 header: binding flag, authorization id (RFC 5802 section 7).
  private var header: [UInt8] {
    let authorizationID = credentials.authorizationIDBytes
    let role = authorizationID.isEmpty ? [] : Array("a=".utf8) + Self.escaped(authorizationID)
    return binding.flag + Array(",".utf8) + role + Array(",".utf8)
  }

  private func finalMessage(_ withoutProof: [UInt8], proof: borrowing SecretBytes) -> SecretBox {
    let text: SecretBytes = Base64.encode(proof)
    var message = SecretBuilder(capacity: withoutProof.count + 3 + text.count)
    message.append(withoutProof)
    message.append(Array(",p=".utf8))
    message.append(text)
    return SecretBox(message.finish())
  }

  private func verify(_ message: [UInt8], against expected: SecretBox) throws(SASLError) {
    switch SCRAMServerFinal.read(message, limits: limits) {
    case .none: throw malformed("the server's last message is neither a signature nor an error")
    case .error(let word):
      throw SASLError(
        .refusedByServer, mechanism: mechanism, detail: "the server answered \(PrintableText.escaping(word))")
    case .signature(let signature):
      guard SecretBytes(copying: signature).isEqual(to: expected.bytes) else {
        throw SASLError(
          .serverNotAuthenticated, mechanism: mechanism,
          detail: "the server's signature is wrong, so it does not know the password")
      }
    }
  }

  /// `saslname`: comma and equals sign written as `=2C` and `=3D`.
  private static func escaped(_ name: [UInt8]) -> [UInt8] {
    name.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: ","): Array("=2C".utf8)
      case UInt8(ascii: "="): Array("=3D".utf8)
      default: [byte]
      }
    }
  }

  private func unusable(_ role: String, _ refusal: SASLprep.Refusal) -> SASLError {
    SASLError(
      .unusableCredential, mechanism: mechanism, detail: "the \(role) cannot be prepared: \(refusal.reason)")
  }

  private func malformed(_ detail: String) -> SASLError {
    SASLError(.malformedChallenge, mechanism: mechanism, detail: detail)
  }
}
