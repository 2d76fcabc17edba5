import SASL
import SMTP
import TenantBase
import TestSupport
import Testing
import Wire

/// Rows S-STRIP, S-ST…, S-HELO, S-FAKEOK and S-INJECT, and what comes before TLS.
@Suite struct StartTLSTests {
  private static let offer = "250-mail.example\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"
  private static let offered = SMTPFixture.greeting + [.send(offer), .expect("STARTTLS\r\n")]

  /// What may be sent in clear when TLS is required.
  private func expectNothingLeaked(_ stream: ScriptedStream) {
    for line in stream.writtenBeforeTLS.utf8Text.split(separator: "\r\n") {
      #expect(["EHLO client.example", "HELO client.example", "STARTTLS", "QUIT"].contains(String(line)), "\(line)")
    }
    #expect(stream.secrets.isEmpty)
    #expect(stream.isClosed)
  }

  private func authenticator(_ offer: SMTPLoginOffer) throws(SASLError) -> any SASLExchange {
    CannedExchange(initial: "canary")
  }

  @Test(arguments: [1, Int.max]) func `an honest server is upgraded and asked again`(pieces: Int) async throws {
    let stream = ScriptedStream(
      Self.offered + [
        .send("220 go\r\n"), .startTLS(), .expect("EHLO client.example\r\n"),
        .send("250-mail.example\r\n250 AUTH CANNED\r\n"), .expect("AUTH CANNED Y2FuYXJ5\r\n"), .send("235 ok\r\n"),
      ], pieceSize: pieces)
    let client = SMTPFixture.client(stream, tls: .startTLSRequired)
    try await client.open(authenticator: authenticator, deadline: SMTPFixture.deadline)
    #expect(client.isUsable && client.security.isVerifiedTLS)
    #expect(
      client.capabilities.mechanisms == [SASLMechanismName(rawValue: "CANNED")], "the list before TLS is forgotten")
    #expect(!client.capabilities.offersStartTLS)
    #expect(client.loginMechanism?.rawValue == "CANNED")
    #expect(stream.isFinished, "\(stream.state)")
    #expect(stream.writtenBeforeTLS.utf8Text == "EHLO client.example\r\nSTARTTLS\r\n")
    #expect(client.transcript?.lines.contains { $0.contains("canary") || $0.contains("Y2Fu") } == false)
  }

  @Test func `STRIP: a server without STARTTLS gets nothing`() async {
    let stream = ScriptedStream(SMTPFixture.greeting + [.send("250-mail.example\r\n250 AUTH PLAIN\r\n")])
    let error = await SMTPFixture.openFailure(stream, tls: .startTLSRequired, authenticator: authenticator)
    #expect(error?.kind == .startTLSNotOffered)
    #expect(error?.failureClass == .refused)
    #expect(error?.explanation.summary.contains("mail.example:25") == true)
    expectNothingLeaked(stream)
  }

  @Test(arguments: [
    (221, FailureClass.refused), (354, .refused), (421, .temporary), (454, .temporary), (500, .refused),
    (501, .refused), (530, .refused), (250, .refused),
  ])
  func `ST: STARTTLS offered and then refused`(code: Int, failureClass: FailureClass) async {
    let stream = ScriptedStream(Self.offered + [.send("\(code) no\r\n")])
    let error = await SMTPFixture.openFailure(stream, tls: .startTLSRequired, authenticator: authenticator)
    #expect(error?.kind == .startTLSRefused)
    #expect(error?.failureClass == failureClass)
    #expect(error?.reply?.code == code)
    expectNothingLeaked(stream)
  }

  @Test(arguments: [
    ("502 what\r\n", FailureClass.refused), ("421 later\r\n", .temporary), ("450 later\r\n", .temporary),
  ])
  func `HELO: a server that refuses EHLO never gets on without TLS`(answer: String, failureClass: FailureClass) async {
    let stream = ScriptedStream(SMTPFixture.greeting + [.send(answer)])
    let error = await SMTPFixture.openFailure(stream, tls: .startTLSRequired, authenticator: authenticator)
    #expect(error?.failureClass == failureClass)
    expectNothingLeaked(stream)
  }

  @Test func `a server that knows only HELO is served where no TLS is asked for`() async throws {
    let stream = ScriptedStream(
      SMTPFixture.greeting + [.send("502 what\r\n"), .expect("HELO client.example\r\n"), .send("250 hello\r\n")])
    let client = SMTPFixture.client(stream)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    #expect(client.isUsable && !client.capabilities.isExtended)
  }

  @Test func `FAKEOK: plain text in place of a handshake ends it`() async {
    let failure = StreamError(.tlsFailed, peer: "mail.example:25", detail: "wrong version number")
    let stream = ScriptedStream(Self.offered + [.send("220 go\r\n"), .startTLS(failure)])
    let error = await SMTPFixture.openFailure(stream, tls: .startTLSRequired, authenticator: authenticator)
    #expect(error?.kind == .connectionFailed)
    #expect(error?.failureClass == .refused)
    expectNothingLeaked(stream)
  }

  @Test(arguments: ["250-mail.example\r\n250 AUTH PLAIN\r\n", "2", "\r\n"])
  func `INJECT: bytes behind the answer to STARTTLS end it`(injected: String) async {
    let stream = ScriptedStream(Self.offered + [.send("220 go\r\n\(injected)"), .startTLS()])
    let error = await SMTPFixture.openFailure(stream, tls: .startTLSRequired, authenticator: authenticator)
    #expect(error?.kind == .plaintextAfterStartTLS)
    #expect(error?.failureClass == .refused)
    #expect(stream.security == .plaintext)
    expectNothingLeaked(stream)
  }

  @Test func `INJECT: an answer before the question ends it too`() async {
    let stream = ScriptedStream(SMTPFixture.greeting + [.send(Self.offer + "220 go\r\n"), .startTLS()])
    let error = await SMTPFixture.openFailure(stream, tls: .startTLSRequired, authenticator: authenticator)
    #expect(error?.kind == .malformedReply)
    expectNothingLeaked(stream)
  }

  @Test func `implicit TLS is not taken for granted`() async {
    let stream = ScriptedStream([.send("220 hi\r\n")])
    let error = await SMTPFixture.openFailure(stream, tls: .implicitTLS, authenticator: authenticator)
    #expect(error?.kind == .encryptionMissing)
    expectNothingLeaked(stream)
  }

  @Test func `implicit TLS needs no STARTTLS`() async throws {
    let stream = ScriptedStream(
      SMTPFixture.opening, security: .tls(version: "TLS 1.3", cipher: "x", isVerified: true))
    let client = SMTPFixture.client(stream, tls: .implicitTLS)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    #expect(client.isUsable)
  }

  @Test func `optional STARTTLS is used where it is offered`() async throws {
    let stream = ScriptedStream(
      Self.offered + [
        .send("220 go\r\n"), .startTLS(), .expect("EHLO client.example\r\n"), .send("250 mail.example\r\n"),
      ])
    let client = SMTPFixture.client(stream, tls: .startTLSIfOffered)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    #expect(client.security.isTLS)
  }

  @Test func `optional STARTTLS goes on in clear, and the authenticator knows it`() async throws {
    for answer in ["454 not now\r\n", "502 no\r\n"] {
      let stream = ScriptedStream(Self.offered + [.send(answer)] + SMTPFixture.quit)
      let error = await SMTPFixture.openFailure(stream, tls: .startTLSIfOffered) { offer throws(SASLError) in
        #expect(offer.security == .plaintext)
        throw SASLError(.passwordWouldBeReadable, detail: "no TLS")
      }
      #expect(error?.kind == .loginFailed)
      #expect(stream.secrets.isEmpty)
      #expect(stream.isFinished, "\(stream.state)")
    }
  }
}
