import Crypto
import IMAP
import SASL
import TenantBase
import TestSupport
import Testing
import Wire

/// The SASL rows as far as the protocol around them decides, and the LOGIN command.
@Suite struct IMAPLoginTests {
  private typealias Step = ScriptedStream.Step

  private func open(
    _ steps: [Step], _ exchange: any SASLExchange, offer: String = "SASL-IR AUTH=CANNED", pieces: Int = .max
  ) async -> (error: IMAPError?, stream: ScriptedStream, client: IMAPClient) {
    let stream = ScriptedStream(
      [.send("* OK [CAPABILITY IMAP4rev1 \(offer)] hi\r\n")] + steps, pieceSize: pieces, security: SessionFixture.tls)
    let client = SessionFixture.client(stream)
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.open(authenticator: { _ in exchange }, deadline: SessionFixture.deadline)
    }
    return (error, stream, client)
  }

  private static let welcome = Step.send("t1 OK [CAPABILITY IMAP4rev1] in\r\n")
  private static let goodbye: [Step] = [.expect("t2 LOGOUT\r\n"), .send("* BYE bye\r\nt2 OK done\r\n")]

  @Test(arguments: [1, Int.max]) func `a login of several steps`(pieces: Int) async {
    for isLong in [false, true] {
      let exchange = CannedLogin(initial: nil, answers: ["one": "first secret", "": ""], isLong: isLong)
      let result = await open(
        [
          .expect("t1 AUTHENTICATE CANNED\r\n"), .send("+ b25l\r\n"), .expect("Zmlyc3Qgc2VjcmV0\r\n"), .send("+ \r\n"),
          .expect("\r\n"), Self.welcome,
        ], exchange, pieces: pieces)
      #expect(result.error == nil)
      #expect(result.stream.isFinished, "\(result.stream.state)")
      let transcript = result.client.transcript?.lines.joined(separator: "\n") ?? ""
      #expect(transcript.contains("C: t1 AUTHENTICATE CANNED") && transcript.contains("C: <secret>"))
      #expect(!transcript.contains("Zmlyc3Qg") && !transcript.contains("b25l"))
    }
  }

  @Test func `without SASL-IR the initial response waits for the empty challenge`() async {
    let result = await open(
      [.expect("t1 AUTHENTICATE CANNED\r\n"), .send("+\r\n"), .expect("eA==\r\n"), Self.welcome], CannedLogin(),
      offer: "AUTH=CANNED")
    #expect(result.error == nil)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `an empty initial response is an equals sign`() async {
    let result = await open([.expect("t1 AUTHENTICATE CANNED =\r\n"), Self.welcome], CannedLogin(initial: ""))
    #expect(result.error == nil)
  }

  @Test func `an initial response that makes the command too long waits for the empty challenge`() async {
    let long = String(repeating: "x", count: 900)
    let encoded = Base64.encode(Array(long.utf8)).utf8Text
    let result = await open(
      [.expect("t1 AUTHENTICATE CANNED\r\n"), .send("+ \r\n"), .expect("\(encoded)\r\n"), Self.welcome],
      CannedLogin(initial: long))
    #expect(result.error == nil)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  // MARK: LOGIN

  private func login(_ user: String, _ password: String) -> LoginExchange {
    LoginExchange(
      credentials: SASLCredentials(
        userName: user, password: SecretBox(SecretBytes(copying: Array(password.utf8)))))
  }

  @Test func `the LOGIN command serves where there is no mechanism for a readable password`() async {
    var offered: [SASLMechanismName] = []
    let stream = ScriptedStream(
      [
        .send("* OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] hi\r\n"), .expect("t1 LOGIN \"anna\" \"pass word\"\r\n"),
        .send("* CAPABILITY IMAP4rev1 X\r\nt1 OK in\r\n"),
      ], security: SessionFixture.tls)
    let client = SessionFixture.client(stream)
    let exchange = login("anna", "pass word")
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.open(
        authenticator: { offer in
          offered = offer.mechanisms
          return exchange
        }, deadline: SessionFixture.deadline)
    }
    #expect(error == nil)
    #expect(offered == [.cramMD5, .login])
    #expect(stream.isFinished, "\(stream.state)")
    #expect(stream.secrets.count == 1, "one write, so that its pieces tell nothing")
    #expect(client.capabilities.contains("X"))
    #expect(client.transcript?.lines.contains { $0.contains("pass word") } == false)
  }

  @Test func `a password that cannot be quoted goes as a literal`() async {
    let result = await open(
      [
        .expect("t1 LOGIN \"anna\" {6}\r\n"), .send("+ go\r\n"), .expect("\"p\\w\u{E4}\r\n"), Self.welcome,
      ], login("anna", "\"p\\w\u{E4}"), offer: "")
    #expect(result.error == nil, "\(result.error as Any)")
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `AUTH=LOGIN is used as a mechanism`() async {
    let result = await open(
      [
        .expect("t1 AUTHENTICATE LOGIN\r\n"), .send("+ VXNlcm5hbWU6\r\n"), .expect("YW5uYQ==\r\n"),
        .send("+ UGFzc3dvcmQ6\r\n"), .expect("cHc=\r\n"), Self.welcome,
      ], login("anna", "pw"), offer: "AUTH=LOGIN")
    #expect(result.error == nil)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `LOGINDISABLED is heeded`() async {
    let none = await open([], CannedLogin(), offer: "LOGINDISABLED")
    #expect(none.error?.kind == .authenticationNotOffered)
    #expect(none.stream.written.isEmpty)
    let stream = ScriptedStream(
      [.send("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CANNED SASL-IR] hi\r\n")] + Self.goodbye.map { $0 },
      security: SessionFixture.tls)
    _ = await SessionFixture.openFailure(stream, tls: .implicitTLS) { offer throws(SASLError) in
      #expect(!offer.mechanisms.contains(.login))
      throw SASLError(.noAcceptableMechanism, detail: "none")
    }
  }

  @Test func `a user name with a line end is refused before anything is sent`() async {
    let result = await open(
      [.expect("t1 LOGOUT\r\n"), .send("t1 OK\r\n")], login("anna\r\nt2 DELETE x", "pw"), offer: "")
    #expect(result.error?.kind == .loginFailed && result.error?.failureClass == .configuration)
    #expect(!result.stream.writtenText.contains("DELETE"))
  }

  // MARK: refusals

  private static let refusals: [(answer: String, failureClass: FailureClass, cause: String?)] = [
    ("NO [AUTHENTICATIONFAILED] no", .refused, nil), ("NO no", .refused, nil), ("BAD what", .refused, nil),
    ("NO [UNAVAILABLE] later", .temporary, "down"), ("NO [LIMIT] enough", .temporary, nil),
    ("NO [INUSE] busy", .temporary, "holds"), ("NO [CONTACTADMIN] hm", .temporary, nil),
    ("NO [ALERT] Too many simultaneous connections. (Failure)", .temporary, "more connections"),
    ("NO Maximum number of connections from user+IP exceeded", .temporary, "more connections"),
    ("NO [ALERT] Application-specific password required: https://support.google.com/", .refused, "app password"),
    ("NO [ALERT] Your account is not enabled for IMAP use.", .refused, "switched off"),
    ("NO [WEBALERT https://x.example] Web login required.", .refused, "web browser"),
    ("NO [EXPIRED] old", .refused, "expired"), ("NO [PRIVACYREQUIRED] tls", .refused, "inside TLS"),
    ("NO [REFERRAL imap://evil.example/] go", .permanent, "never followed"),
  ]

  @Test(arguments: refusals) func `a refused login says what the server said`(
    _ row: (answer: String, failureClass: FailureClass, cause: String?)
  ) async throws {
    let result = await open(
      [.expect("t1 AUTHENTICATE CANNED eA==\r\n"), .send("t1 \(row.answer)\r\n")] + Self.goodbye, CannedLogin())
    let error = try #require(result.error)
    #expect(error.kind == .loginRefused)
    #expect(error.failureClass == row.failureClass)
    #expect(error.explanation.summary.contains(row.answer.prefix(3)))
    if let cause = row.cause { #expect(error.explanation.cause?.contains(cause) == true, "\(error.explanation)") }
    #expect(!result.client.isUsable && result.stream.isClosed)
    #expect(result.stream.isFinished, "\(result.stream.state)")
    #expect(result.stream.writtenText.components(of: "AUTHENTICATE") == 1, "no second mechanism in one session")
  }

  @Test func `REFERRAL: a login that works stays here, whatever the server recommends`() async {
    let result = await open(
      [
        .expect("t1 AUTHENTICATE CANNED eA==\r\n"), .send("t1 OK [REFERRAL imap://evil.example/] try there\r\n"),
        .expect("t2 CAPABILITY\r\n"), .send("* CAPABILITY IMAP4rev1\r\nt2 OK done\r\n"),
      ], CannedLogin())
    #expect(result.error == nil && result.client.isUsable)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `BYE in place of an answer is a refusal`() async {
    let result = await open(
      [.expect("t1 AUTHENTICATE CANNED eA==\r\n"), .send("* BYE too many failed logins\r\n")], CannedLogin())
    #expect(result.error?.kind == .loginRefused && result.stream.isClosed)
  }

  private static let badChallenges = ["+ not base64!", "+ b25l=", "+ b25", "+ dW5rbm93bg==", "+ =", "+ b2 5l"]

  @Test(arguments: badChallenges) func `a challenge without sense is cancelled, and no other mechanism is tried`(
    challenge: String
  ) async {
    for answer in ["t1 BAD cancelled\r\n", "t1 OK in\r\n"] {
      let result = await open(
        [.expect("t1 AUTHENTICATE CANNED\r\n"), .send("\(challenge)\r\n"), .expect("*\r\n"), .send(answer)],
        CannedLogin(initial: nil, answers: ["one": "secret"]))
      #expect(result.error?.kind == .loginFailed && result.error?.failureClass == .refused)
      #expect(result.stream.isFinished, "\(result.stream.state)")
      #expect(result.stream.secrets.isEmpty && !result.client.isUsable)
    }
  }

  @Test func `a challenge over 12 KiB is cancelled`() async {
    let longest = String(repeating: "QUFB", count: 3072)
    let accepted = await open(
      [.expect("t1 AUTHENTICATE CANNED\r\n"), .send("+ \(longest)\r\n"), .expect("b2s=\r\n"), Self.welcome],
      CannedLogin(initial: nil, answers: [String(repeating: "AAA", count: 3072): "ok"]))
    #expect(accepted.error == nil)
    let refused = await open(
      [
        .expect("t1 AUTHENTICATE CANNED\r\n"), .send("+ \(longest)QUFB\r\n"), .expect("*\r\n"),
        .send("t1 BAD cancelled\r\n"),
      ], CannedLogin(initial: nil))
    #expect(refused.error?.kind == .loginFailed && refused.stream.isFinished)
  }

  @Test func `challenges have an end`() async {
    var steps: [Step] = [.expect("t1 AUTHENTICATE CANNED\r\n")]
    for _ in 0..<16 { steps += [.send("+ b25l\r\n"), .expect("Mg==\r\n")] }
    let result = await open(
      steps + [.send("+ b25l\r\n"), .expect("*\r\n"), .send("t1 BAD ok\r\n")],
      CannedLogin(initial: nil, answers: ["one": "2"]))
    #expect(result.error?.kind == .loginFailed)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `success before the mechanism is complete is a failure`() async {
    let early = await open(
      [.expect("t1 AUTHENTICATE CANNED eA==\r\n"), Self.welcome], CannedLogin(isComplete: false))
    #expect(early.error?.kind == .loginFailed && early.error?.failureClass == .refused)
    #expect(!early.client.isUsable && early.stream.isClosed)
    let before = await open([.expect("t1 AUTHENTICATE CANNED\r\n"), Self.welcome], CannedLogin(), offer: "AUTH=CANNED")
    #expect(before.error?.kind == .loginFailed)
    let beforePassword = await open(
      [.expect("t1 LOGIN \"anna\" {2}\r\n"), Self.welcome], login("anna", "\u{E4}"), offer: "")
    #expect(beforePassword.error?.kind == .unexpectedResponse)
    #expect(!beforePassword.client.isUsable)
  }

  @Test func `an answer to another command is no success`() async {
    let result = await open([.expect("t1 AUTHENTICATE CANNED eA==\r\n"), .send("t0 OK in\r\n")], CannedLogin())
    #expect(result.error?.kind == .unexpectedResponse && !result.client.isUsable)
  }

  @Test func `channel binding data comes from the stream`() async throws {
    let stream = ScriptedStream(
      SessionFixture.opening(), security: SessionFixture.tls, bindings: [.tlsExporter: [1, 2, 3]])
    let client = SessionFixture.client(stream)
    try await client.open(
      authenticator: { offer in
        #expect(offer.channelBinding("tls-exporter") == [1, 2, 3])
        #expect(offer.channelBinding("tls-unique") == nil && offer.channelBinding("no-such") == nil)
        return CannedLogin()
      }, deadline: SessionFixture.deadline)
  }
}

extension String {
  /// How often `text` occurs.
  fileprivate func components(of text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
