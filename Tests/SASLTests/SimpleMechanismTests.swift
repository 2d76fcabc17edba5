import Crypto
import SASL
import TenantBase
import Testing

@Test(arguments: [("Username:", "Password:"), ("", ""), ("User Name\0", "Password\0"), ("Password:", "Username:")])
func `LOGIN answers user name, then password, whatever the prompts say`(_ first: String, _ second: String) throws {
  var exchange = LoginExchange(credentials: credentials("jörg", "geheim ß"))
  #expect(try exchange.start() == nil)
  #expect(try exchange.answer(first) == "jörg")
  #expect(try exchange.answer(second) == "geheim ß")
  try exchange.finish(additionalData: nil)
}

@Test func `LOGIN answers no third prompt`() throws {
  var exchange = LoginExchange(credentials: credentials())
  try exchange.answer("Username:")
  try exchange.answer("Password:")
  #expect(kind { try exchange.answer("Password again:") } == .malformedChallenge)
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
}

@Test(arguments: [0, 1]) func `LOGIN is not complete before the password is sent`(_ prompts: Int) throws {
  var exchange = LoginExchange(credentials: credentials())
  for _ in 0..<prompts { try exchange.answer("?") }
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
}

@Test func `a prompt over the limit gets no answer, and no later one does`() throws {
  var limits = SASLLimits()
  limits.challengeBytes = 10
  var exchange = LoginExchange(credentials: credentials(), limits: limits)
  #expect(kind { try exchange.answer("12345678901") } == .malformedChallenge)
  #expect(kind { try exchange.answer("Username:") } == .malformedChallenge)
  var control = LoginExchange(credentials: credentials(), limits: limits)
  #expect(try control.answer("1234567890") == "user")
}

@Test func `PLAIN answers no challenge, and success before it is refused`() throws {
  var exchange = PlainExchange(credentials: credentials())
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
  #expect(try exchange.start() != nil)
  #expect(kind { try exchange.answer("more?") } == .malformedChallenge)
}

@Test(arguments: [
  "", "<>", "no brackets", "<a b@c>", "<a\r\n@b>", "<a\0@b>", "<a@b", "a@b>", "<é@b>",
  "<" + String(repeating: "x", count: 9_215) + ">",
])
func `CRAM-MD5 signs only a message id in angle brackets`(_ challenge: String) throws {
  var exchange = CRAMMD5Exchange(credentials: credentials())
  #expect(kind { try exchange.answer(challenge) } == .malformedChallenge)
  #expect(kind { try exchange.answer("<1@honest>") } == .malformedChallenge)
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
  var control = CRAMMD5Exchange(credentials: credentials())
  #expect(try control.answer("<1@honest>").hasPrefix("user "))
}

@Test func `CRAM-MD5 answers one challenge and is not complete before it`() throws {
  var exchange = CRAMMD5Exchange(credentials: credentials())
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
  var second = CRAMMD5Exchange(credentials: credentials())
  try second.answer("<1@host>")
  #expect(kind { try second.answer("<2@host>") } == .malformedChallenge)
}

/// Every mechanism with these credentials, none started.
private func allExchanges(_ credentials: SASLCredentials, _ limits: SASLLimits = SASLLimits()) -> [any SASLExchange] {
  [
    PlainExchange(credentials: credentials, limits: limits), LoginExchange(credentials: credentials, limits: limits),
    CRAMMD5Exchange(credentials: credentials, limits: limits),
    DigestMD5Exchange(credentials: credentials, service: SASLService(name: "smtp", host: "host"), limits: limits),
    SCRAMExchange(hash: .sha1, binding: .notSupported, credentials: credentials, limits: limits),
    SCRAMExchange(hash: .sha256, binding: .notOffered, credentials: credentials, limits: limits),
  ]
}

@Test(arguments: [("", "x"), ("a\0b", "x"), ("a", ""), ("a", "x\0y"), ("a", "toolong!!"), ("toolong!!", "x")])
func `no mechanism starts with unusable credentials`(_ userName: String, _ secret: String) {
  var limits = SASLLimits()
  limits.credentialBytes = 8
  for var exchange in allExchanges(credentials(userName, secret), limits) {
    #expect(kind { _ = try exchange.start() } == .unusableCredential, "\(exchange.mechanism)")
  }
  for var control in allExchanges(credentials("12345678", "12345678"), limits) {
    #expect(kind { _ = try control.start() } == nil, "\(control.mechanism)")
  }
}

@Test func `an authorization id is refused where it cannot be carried`() {
  let canCarry = allExchanges(credentials("a", "b", as: "admin")).filter { exchange in
    var copy = exchange
    return kind { _ = try copy.start() } == nil
  }
  #expect(canCarry.map(\.mechanism) == [.plain, .digestMD5, .scramSHA1, .scramSHA256])
}

@Test func `an unusable credential is a matter of configuration, all else a refusal`() {
  #expect(SASLError(.unusableCredential, detail: "").failureClass == .configuration)
  #expect(SASLError(.readablePasswordNotAllowed, detail: "").failureClass == .configuration)
  #expect(SASLError(.serverNotAuthenticated, detail: "").failureClass == .refused)
}

@Test func `rubbish is answered by no mechanism that reads its challenge`() throws {
  var random = SplitMix64(state: 4422)
  for length in 0..<300 {
    let rubbish = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    for var exchange in allExchanges(credentials()) where exchange.mechanism != .login {
      _ = try exchange.start()
      #expect(kind { _ = try exchange.respond(to: rubbish) } == .malformedChallenge)
      #expect(kind { try exchange.finish(additionalData: rubbish) } != nil || exchange.mechanism == .plain)
    }
  }
}
