import IMAP
import SASL
import TenantBase
import TestSupport
import Testing
import Wire

/// Rows I-STRIP-bad, I-NO, I-BAD, I-CONT, I-NOCAP, I-PREAUTH…, I-FAKEOK, I-INJECT, I-WRONGTAG and I-REFERRAL, and what
/// comes before TLS.
@Suite struct IMAPStartTLSTests {
  private typealias Step = ScriptedStream.Step
  private static let asked: [Step] = [
    .send("* OK hello\r\n"), .expect("t1 CAPABILITY\r\n"),
    .send("* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nt1 OK done\r\n"), .expect("t2 STARTTLS\r\n"),
  ]

  /// What may be sent in clear when TLS is required.
  private func expectNothingLeaked(_ stream: ScriptedStream) {
    for line in stream.writtenBeforeTLS.utf8Text.split(separator: "\r\n") {
      let command = line.split(separator: " ").dropFirst().joined(separator: " ")
      #expect(["CAPABILITY", "STARTTLS", "LOGOUT"].contains(command), "\(line)")
    }
    #expect(stream.secrets.isEmpty)
    #expect(stream.isClosed)
  }

  private func refusal(_ steps: [Step]) async -> (error: IMAPError?, stream: ScriptedStream) {
    let stream = ScriptedStream(steps)
    let error = await SessionFixture.openFailure(stream, tls: .startTLSRequired)
    expectNothingLeaked(stream)
    return (error, stream)
  }

  @Test(arguments: [1, Int.max]) func `an honest server is upgraded and asked again`(pieces: Int) async throws {
    let stream = ScriptedStream(
      Self.asked + [
        .send("t2 OK go\r\n"), .startTLS(), .expect("t3 CAPABILITY\r\n"),
        .send("* CAPABILITY IMAP4rev1 SASL-IR AUTH=CANNED\r\nt3 OK done\r\n"),
        .expect("t4 AUTHENTICATE CANNED eA==\r\n"), .send("* CAPABILITY IMAP4rev1 IDLE\r\nt4 OK in\r\n"),
      ], pieceSize: pieces)
    let client = SessionFixture.client(stream, tls: .startTLSRequired)
    try await client.open(authenticator: SessionFixture.authenticator, deadline: SessionFixture.deadline)
    #expect(client.isUsable && client.security.isVerifiedTLS)
    #expect(client.capabilities == IMAPCapabilities(["IMAP4REV1", "IDLE"]))
    #expect(client.loginMechanism?.rawValue == "CANNED")
    #expect(stream.isFinished, "\(stream.state)")
    #expect(stream.writtenBeforeTLS.utf8Text == "t1 CAPABILITY\r\nt2 STARTTLS\r\n")
    #expect(client.transcript?.lines.contains { $0.contains("eA==") } == false)
  }

  @Test func `a greeting that names its capabilities spares a question`() async throws {
    let stream = ScriptedStream([
      .send("* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"), .expect("t1 STARTTLS\r\n"), .send("t1 OK go\r\n"),
      .startTLS(), .expect("t2 CAPABILITY\r\n"), .send("* CAPABILITY IMAP4rev1 SASL-IR AUTH=CANNED\r\nt2 OK done\r\n"),
      .expect("t3 AUTHENTICATE CANNED eA==\r\n"), .send("t3 OK in\r\n"), .expect("t4 CAPABILITY\r\n"),
      .send("* CAPABILITY IMAP4rev1 MOVE\r\nt4 OK done\r\n"),
    ])
    let client = SessionFixture.client(stream, tls: .startTLSRequired)
    try await client.open(authenticator: SessionFixture.authenticator, deadline: SessionFixture.deadline)
    #expect(client.capabilities.offersMove)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `STRIP: a server without STARTTLS gets nothing`() async {
    let (error, _) = await refusal([
      .send("* OK hello\r\n"), .expect("t1 CAPABILITY\r\n"),
      .send("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nt1 OK done\r\n"),
    ])
    #expect(error?.kind == .startTLSNotOffered && error?.failureClass == .refused)
    #expect(error?.explanation.summary.contains("mail.example:25") == true)
    #expect(error?.explanation.summary.contains("TLS is required") == true)
  }

  @Test(arguments: [
    ("t2 NO no\r\n", FailureClass.refused), ("t2 NO [UNAVAILABLE] later\r\n", .temporary),
    ("t2 BAD what\r\n", .refused),
    ("+ go on\r\n", .refused), ("+\r\n", .refused), ("* BYE leaving\r\n", .refused),
    ("t2 NO [REFERRAL imap://evil.example/] there\r\n", .refused),
  ])
  func `NO, BAD, CONT: STARTTLS offered and then refused`(answer: String, failureClass: FailureClass) async {
    let (error, _) = await refusal(Self.asked + [.send(answer)])
    #expect(error?.kind == .startTLSRefused)
    #expect(error?.failureClass == failureClass)
  }

  @Test func `NOCAP: without CAPABILITY it is STARTTLS or nothing`() async throws {
    let begin: [Step] = [
      .send("* OK hello\r\n"), .expect("t1 CAPABILITY\r\n"), .send("t1 BAD what\r\n"), .expect("t2 STARTTLS\r\n"),
    ]
    let (error, _) = await refusal(begin + [.send("t2 BAD what\r\n")])
    #expect(error?.kind == .startTLSRefused)
    let stream = ScriptedStream(
      begin + [
        .send("t2 OK go\r\n"), .startTLS(), .expect("t3 CAPABILITY\r\n"),
        .send("* CAPABILITY SASL-IR AUTH=CANNED\r\nt3 OK done\r\n"), .expect("t4 AUTHENTICATE CANNED eA==\r\n"),
        .send("t4 OK [CAPABILITY IMAP4rev1] in\r\n"),
      ])
    let client = SessionFixture.client(stream, tls: .startTLSRequired)
    try await client.open(authenticator: SessionFixture.authenticator, deadline: SessionFixture.deadline)
    #expect(client.isUsable && client.security.isTLS)
  }

  @Test(arguments: [TLSRequirement.startTLSRequired, .startTLSIfOffered])
  func `PREAUTH in clear gets nothing`(requirement: TLSRequirement) async {
    let stream = ScriptedStream([.send("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] you are root\r\n"), .startTLS()])
    let error = await SessionFixture.openFailure(stream, tls: requirement)
    #expect(error?.kind == .loggedInWithoutTLS && error?.failureClass == .refused)
    #expect(stream.written.isEmpty && stream.isClosed)
  }

  @Test func `PREAUTH inside TLS is a session`() async throws {
    let stream = ScriptedStream(
      [.send("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")], security: SessionFixture.tls)
    let client = SessionFixture.client(stream)
    try await client.open(authenticator: SessionFixture.authenticator, deadline: SessionFixture.deadline)
    #expect(client.isUsable && client.loginMechanism == nil && stream.written.isEmpty)
  }

  @Test func `FAKEOK: plain text in place of a handshake ends it`() async {
    let failure = StreamError(.tlsFailed, peer: "mail.example:25", detail: "wrong version number")
    let (error, stream) = await refusal(Self.asked + [.send("t2 OK go\r\n"), .startTLS(failure)])
    #expect(error?.kind == .connectionFailed && error?.failureClass == .refused)
    #expect(stream.writtenText == "t1 CAPABILITY\r\nt2 STARTTLS\r\n")
  }

  @Test(arguments: ["* CAPABILITY AUTH=PLAIN\r\n", "t3 OK in\r\n", "*", "\r\n"])
  func `INJECT: bytes behind the answer to STARTTLS end it`(injected: String) async {
    let (error, stream) = await refusal(Self.asked + [.send("t2 OK go\r\n\(injected)"), .startTLS()])
    #expect(error?.kind == .plaintextAfterStartTLS && error?.failureClass == .refused)
    #expect(stream.security == .plaintext)
  }

  @Test(arguments: ["t9 OK go\r\n", "A1 OK go\r\n", "t1 OK go\r\n"])
  func `WRONGTAG: an answer to another command is none`(answer: String) async {
    let (error, stream) = await refusal(Self.asked + [.send(answer), .startTLS()])
    #expect(error?.kind == .unexpectedResponse)
    #expect(stream.security == .plaintext)
  }

  @Test(arguments: [
    ("* BYE [REFERRAL imap://evil.example/] go there\r\n", IMAPError.Kind.greetingRefused),
    ("* BYE [UNAVAILABLE] later\r\n", .greetingRefused), ("* NO no\r\n", .unexpectedResponse),
    ("* BAD no\r\n", .unexpectedResponse), ("t1 OK hi\r\n", .unexpectedResponse), ("+ hi\r\n", .unexpectedResponse),
    ("* 3 EXISTS\r\n", .unexpectedResponse), ("HTTP/1.1 400 Bad Request\r\n", .unexpectedResponse),
    ("* CAPABILITY IMAP4rev1\r\n", .unexpectedResponse),
  ])
  func `a greeting that is no welcome ends it`(greeting: String, kind: IMAPError.Kind) async {
    let (error, stream) = await refusal([.send(greeting)])
    #expect(error?.kind == kind || greeting.hasPrefix("HTTP") && error?.kind == .malformedResponse, "\(error as Any)")
    #expect(stream.written.isEmpty)
  }

  @Test func `REFERRAL: the other server is named to nobody but the reader`() async throws {
    let (error, _) = await refusal([.send("* BYE [REFERRAL imap://evil.example/] go there\r\n")])
    #expect(try #require(error).explanation.cause?.contains("never followed") == true)
    #expect(error?.failureClass == .permanent)
  }

  @Test func `nothing that was said before TLS survives it`() async throws {
    let chatter = (0..<20).map { "* \($0 + 1) EXISTS\r\n" }.joined()
    let stream = ScriptedStream([
      .send("* OK [ALERT] visit evil.example\r\n"), .expect("t1 CAPABILITY\r\n"),
      .send(
        chatter + "* NO [ALERT] your password has expired\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
          + "* LIST () \"/\" evil\r\n* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN LITERAL+\r\nt1 OK [ALERT] done\r\n"),
      .expect("t2 STARTTLS\r\n"), .send("* OK [ALERT] again\r\nt2 OK [ALERT] go\r\n"), .startTLS(),
      .expect("t3 CAPABILITY\r\n"), .send("* CAPABILITY IMAP4rev1 SASL-IR AUTH=CANNED\r\nt3 OK done\r\n"),
      .expect("t4 AUTHENTICATE CANNED eA==\r\n"),
      .send("* OK [ALERT] maintenance \u{1B}[31mtonight\r\nt4 OK [CAPABILITY IMAP4rev1] in\r\n"),
    ])
    let client = SessionFixture.client(stream, tls: .startTLSRequired)
    try await client.open(
      authenticator: { offer throws(SASLError) in
        #expect(!offer.mechanisms.contains(.plain))
        return CannedLogin()
      }, deadline: SessionFixture.deadline)
    #expect(client.alerts == ["maintenance \\u{1b}[31mtonight"])
    #expect(client.selectedFolder == nil)
    #expect(client.capabilities == IMAPCapabilities(["IMAP4REV1"]))
  }

  @Test func `implicit TLS is not taken for granted`() async {
    let stream = ScriptedStream([.send("* OK hi\r\n")])
    let error = await SessionFixture.openFailure(stream, tls: .implicitTLS)
    #expect(error?.kind == .encryptionMissing)
    expectNothingLeaked(stream)
  }

  @Test func `optional STARTTLS goes on in clear, and the authenticator knows it`() async throws {
    for answer in ["t2 NO not now\r\n", "t2 BAD no\r\n"] {
      let stream = ScriptedStream(
        Self.asked + [.send(answer), .expect("t3 LOGOUT\r\n"), .send("* BYE bye\r\nt3 OK done\r\n")])
      let error = await SessionFixture.openFailure(stream, tls: .startTLSIfOffered) { offer throws(SASLError) in
        #expect(offer.security == .plaintext)
        throw SASLError(.passwordWouldBeReadable, detail: "no TLS")
      }
      #expect(error?.kind == .loginFailed && error?.failureClass == .refused)
      #expect(stream.secrets.isEmpty)
      #expect(stream.isFinished, "\(stream.state)")
    }
  }

  @Test func `optional STARTTLS is used where it is offered`() async throws {
    let stream = ScriptedStream(
      Self.asked + [
        .send("t2 OK go\r\n"), .startTLS(), .expect("t3 CAPABILITY\r\n"),
        .send("* CAPABILITY IMAP4rev1\r\nt3 OK d\r\n"),
      ])
    let client = SessionFixture.client(stream, tls: .startTLSIfOffered)
    try await client.open(authenticator: nil, deadline: SessionFixture.deadline)
    #expect(client.security.isTLS)
  }
}
