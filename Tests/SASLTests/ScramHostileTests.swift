import Crypto
import SASL
import TenantBase
import Testing

/// How a login against a server that always reports success went.
private struct Outcome: Equatable {
  var failure: SASLError.Kind?
  /// Whether the server got a proof, by which it could search for the password.
  var proofWasSent = false
}

private func logIn(_ exchange: SCRAMExchange, to honestOrNot: ScramServer) -> Outcome {
  var exchange = exchange
  var server = honestOrNot
  var outcome = Outcome()
  outcome.failure = kind {
    let first = try exchange.start()?.text ?? ""
    let response = try exchange.answer(server.first(answering: first))
    outcome.proofWasSent = true
    let last = server.final(answering: response)
    if !last.isEmpty { try exchange.answer(last) }
    try exchange.finish(additionalData: nil)
  }
  if outcome.failure != nil {
    #expect(kind { try exchange.finish(additionalData: nil) } == .serverNotAuthenticated)
    #expect(kind { try exchange.answer("v=AAAA") } == .malformedChallenge)
  }
  return outcome
}

private func client(_ hash: SCRAMExchange.Hash, _ binding: ChannelBinding = .notSupported) -> SCRAMExchange {
  SCRAMExchange(hash: hash, binding: binding, credentials: credentials())
}

@Test(arguments: [SCRAMExchange.Hash.sha1, .sha256])
func `an honest server is logged in to`(_ hash: SCRAMExchange.Hash) {
  let done = Outcome(failure: nil, proofWasSent: true)
  let data: [UInt8] = [1, 2, 3, 4]
  #expect(logIn(client(hash), to: ScramServer(hash: hash)) == done)
  #expect(logIn(client(hash, .notOffered), to: ScramServer(hash: hash)) == done)
  for kind in ChannelBindingKind.preferred {
    let bound = client(hash, .bound(kind: kind, data: data))
    #expect(logIn(bound, to: ScramServer(hash: hash, bindingData: data)) == done)
  }
}

private let refusedBeforeProof: [(ScramServer.Fault, SASLError.Kind)] = [
  (.hugeCount, .iterationCountOutOfRange), (.hundredMillion, .iterationCountOutOfRange),
  (.countBeyondInt, .iterationCountOutOfRange), (.lowCount, .iterationCountOutOfRange),
  (.zeroCount, .malformedChallenge), (.negativeCount, .malformedChallenge), (.noNumber, .malformedChallenge),
  (.leadingZero, .malformedChallenge), (.badSalt, .malformedChallenge), (.emptySalt, .malformedChallenge),
  (.mandatoryExtension, .malformedChallenge), (.laterMandatoryExtension, .malformedChallenge),
  (.repeatedNonce, .malformedChallenge), (.missingSalt, .malformedChallenge), (.emptyAttribute, .malformedChallenge),
  (.trailingLineEnd, .malformedChallenge), (.foreignNonce, .malformedChallenge), (.nothingAdded, .malformedChallenge),
  (.unprintableNonce, .malformedChallenge), (.otherText, .malformedChallenge), (.tooLong, .malformedChallenge),
]

private let refusedAfterProof: [(ScramServer.Fault, SASLError.Kind)] = [
  (.wrongSignature, .serverNotAuthenticated), (.shortSignature, .serverNotAuthenticated),
  (.extendedSignature, .serverNotAuthenticated), (.emptySignature, .malformedChallenge),
  (.signatureNotBase64, .malformedChallenge), (.noSignature, .serverNotAuthenticated),
  (.errorThenSuccess, .refusedByServer),
]

@Test func `every fault of the server is in a table`() {
  let listed = (refusedBeforeProof + refusedAfterProof).map(\.0)
  #expect(Set(listed) == Set(ScramServer.Fault.allCases))
}

@Test(arguments: refusedBeforeProof)
func `a bad first message gets no proof, and success after it counts for nothing`(
  _ fault: ScramServer.Fault, _ expected: SASLError.Kind
) {
  let outcome = logIn(client(.sha256), to: ScramServer(fault: fault))
  #expect(outcome == Outcome(failure: expected, proofWasSent: false))
}

@Test(arguments: refusedAfterProof)
func `a server that does not prove itself is not logged in to`(
  _ fault: ScramServer.Fault, _ expected: SASLError.Kind
) {
  let outcome = logIn(client(.sha256), to: ScramServer(fault: fault))
  #expect(outcome == Outcome(failure: expected, proofWasSent: true))
}

@Test func `a server with another password is told apart`() {
  var server = ScramServer()
  server.password = "other"
  #expect(logIn(client(.sha256), to: server) == Outcome(failure: .refusedByServer, proofWasSent: true))
}

@Test func `who removes -PLUS from the list is noticed by an honest server`() {
  let data: [UInt8] = [1, 2, 3]
  let outcome = logIn(client(.sha256, .notOffered), to: ScramServer(bindingData: data))
  #expect(outcome.failure == .refusedByServer)
}

@Test func `who stands in the middle has other binding data and is noticed`() {
  let outcome = logIn(
    client(.sha256, .bound(kind: .tlsExporter, data: [1, 2, 3])), to: ScramServer(bindingData: [1, 2, 4]))
  #expect(outcome.failure == .refusedByServer)
}

@Test func `the server's words about an error are passed on, made printable`() throws {
  var exchange = client(.sha256)
  var server = ScramServer()
  let first = try exchange.start()?.text ?? ""
  try exchange.answer(server.first(answering: first))
  do {
    try exchange.answer("e=unknown-user\u{1B}[2J")
    Issue.record("the error was taken for success")
  } catch {
    #expect(error.kind == .refusedByServer)
    #expect(error.explanation.summary.contains(#"unknown-user\u{1b}[2J"#))
  }
}

@Test func `success in the middle of the exchange is refused`() throws {
  var exchange = client(.sha256)
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
  var started = client(.sha256)
  _ = try started.start()
  #expect(kind { try started.finish(additionalData: Array("v=AAAA".utf8)) } == .finishedTooEarly)
}

@Test func `data behind a verified signature is refused`() throws {
  var exchange = client(.sha256)
  var server = ScramServer()
  let first = try exchange.start()?.text ?? ""
  let response = try exchange.answer(server.first(answering: first))
  try exchange.answer(server.final(answering: response))
  var honest = exchange
  try honest.finish(additionalData: [])
  #expect(kind { try exchange.finish(additionalData: Array("more".utf8)) } == .malformedChallenge)
}

@Test func `a first message cut anywhere gets no proof`() throws {
  for length in 0..<"r=NONCESERVER,s=MDEyMw==,i=4096".utf8.count {
    var exchange = SCRAMExchange(
      hash: .sha1, binding: .notSupported, credentials: credentials(), nonces: .fixed("NONCE"))
    _ = try exchange.start()
    let cut = String("r=NONCESERVER,s=MDEyMw==,i=4096".prefix(length))
    #expect(kind { try exchange.answer(cut) } != nil, "\(cut)")
  }
}

@Test func `a last message cut anywhere is no success`() throws {
  var exchange = client(.sha1)
  var server = ScramServer(hash: .sha1)
  let first = try exchange.start()?.text ?? ""
  let response = try exchange.answer(server.first(answering: first))
  let last = server.final(answering: response)
  for length in 0..<last.utf8.count {
    var cut = exchange
    #expect(kind { try cut.answer(String(last.prefix(length))) } != nil)
    var cutWithSuccess = exchange
    #expect(kind { try cutWithSuccess.finish(additionalData: Array(last.utf8.prefix(length))) } != nil)
  }
  try exchange.answer(last)
  try exchange.finish(additionalData: nil)
}

@Test func `optional extensions are ignored`() throws {
  var exchange = SCRAMExchange(hash: .sha1, binding: .notSupported, credentials: credentials(), nonces: .fixed("N"))
  _ = try exchange.start()
  #expect(try exchange.answer("r=NSERVER,s=MDEyMw==,i=4096,x=1,Y=zwei").hasPrefix("c=biws,r=NSERVER,p="))
}

@Test func `the iteration count's limits are a setting`() throws {
  var limits = SASLLimits()
  limits.iterations = 1...5_000
  func failure(_ count: Int) throws -> SASLError.Kind? {
    var exchange = SCRAMExchange(
      hash: .sha1, binding: .notSupported, credentials: credentials(), nonces: .fixed("N"), limits: limits)
    _ = try exchange.start()
    return kind { try exchange.answer("r=NSERVER,s=MDEyMw==,i=\(count)") }
  }
  #expect(try failure(1) == nil)
  #expect(try failure(5_000) == nil)
  #expect(try failure(5_001) == .iterationCountOutOfRange)
}

@Test(arguments: [(20_000, false), (20_001, true), (1_000_000, true), (1_000_001, false), (0, false)])
func `only an acceptable answer with many iterations takes long`(_ count: Int, _ isLong: Bool) throws {
  var exchange = SCRAMExchange(hash: .sha1, binding: .notSupported, credentials: credentials(), nonces: .fixed("N"))
  let challenge = Array("r=NSERVER,s=MDEyMw==,i=\(count)".utf8)
  #expect(!exchange.takesLong(toAnswer: challenge))
  _ = try exchange.start()
  #expect(exchange.takesLong(toAnswer: challenge) == isLong)
}

@Test(arguments: [("jo\u{AD}e", "n=joe,"), ("a,b=c", "n=a=2Cb=3Dc,"), ("\u{2168}", "n=IX,")])
func `a user name is prepared and escaped`(_ userName: String, _ expected: String) throws {
  var exchange = SCRAMExchange(
    hash: .sha256, binding: .notSupported, credentials: credentials(userName, as: "a,=z"), nonces: .fixed("N"))
  #expect(try exchange.start()?.text == "n,a=a=2C=3Dz,\(expected)r=N")
}

@Test(arguments: [("\u{7}", "x"), ("x", "\u{7}"), ("x", "\u{1F600}"), ("\u{AD}", "x"), ("x", "\u{AD}")])
func `what SASLprep refuses or removes is an unusable credential`(_ userName: String, _ secret: String) {
  var exchange = SCRAMExchange(
    hash: .sha256, binding: .notSupported, credentials: credentials(userName, secret), nonces: .fixed("N"))
  #expect(kind { _ = try exchange.start() } == .unusableCredential)
}

@Test func `two logins have different nonces`() throws {
  var one = client(.sha256)
  var other = client(.sha256)
  #expect(try one.start()?.text != other.start()?.text)
}
