import Crypto
import SASL
import SMTP
import TenantBase
import TestSupport
import Testing
import Wire

@Suite struct LoginTests {
  private static let opening = SMTPFixture.greeting + [.send("250-mail.example\r\n250 AUTH CANNED\r\n")]

  private func open(_ steps: [ScriptedStream.Step], _ exchange: CannedExchange, pieces: Int = .max) async
    -> (error: SMTPError?, stream: ScriptedStream, client: SMTPClient)
  {
    let stream = ScriptedStream(Self.opening + steps, pieceSize: pieces)
    let client = SMTPFixture.client(stream)
    do throws(SMTPError) {
      try await client.open(authenticator: { _ in exchange }, deadline: SMTPFixture.deadline)
      return (nil, stream, client)
    } catch {
      return (error, stream, client)
    }
  }

  @Test(arguments: [false, true], [1, Int.max]) func `challenges are answered until the server is content`(
    isLong: Bool, pieces: Int
  ) async {
    let exchange = CannedExchange(answers: ["one": "first secret", "": ""], isLong: isLong)
    let result = await open(
      [
        .expect("AUTH CANNED\r\n"), .send("334 b25l\r\n"), .expect("Zmlyc3Qgc2VjcmV0\r\n"), .send("334 \r\n"),
        .expect("\r\n"), .send("235 2.7.0 ok\r\n"),
      ], exchange, pieces: pieces)
    #expect(result.error == nil)
    #expect(result.stream.isFinished, "\(result.stream.state)")
    let transcript = result.client.transcript?.lines.joined(separator: "\n") ?? ""
    #expect(transcript.contains("C: AUTH CANNED") && transcript.contains("C: <secret>"))
    #expect(!transcript.contains("Zmlyc3Qg") && !transcript.contains("b25l"))
  }

  @Test func `an empty initial response is an equals sign`() async {
    let result = await open([.expect("AUTH CANNED =\r\n"), .send("235 ok\r\n")], CannedExchange(initial: ""))
    #expect(result.error == nil)
  }

  @Test func `an initial response that makes the command too long waits for the empty challenge`() async {
    let long = String(repeating: "x", count: 400)
    let encoded = Base64.encode(Array(long.utf8)).utf8Text
    let result = await open(
      [.expect("AUTH CANNED\r\n"), .send("334 \r\n"), .expect("\(encoded)\r\n"), .send("235 ok\r\n")],
      CannedExchange(initial: long))
    #expect(result.error == nil)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `an initial response of just the right length goes with the command`() async {
    // "AUTH CANNED " and CRLF are 14 bytes; 372 bytes are 496 in base64.
    let fitting = String(repeating: "x", count: 372)
    let encoded = Base64.encode(Array(fitting.utf8)).utf8Text
    let result = await open(
      [.expect("AUTH CANNED \(encoded)\r\n"), .send("235 ok\r\n")], CannedExchange(initial: fitting))
    #expect(result.error == nil)
  }

  private static let refusals: [(answer: String, failureClass: FailureClass)] = [
    ("535 5.7.8 no\r\n", .refused), ("534 5.7.9 too weak\r\n", .refused), ("538 encrypt\r\n", .refused),
    ("454 4.7.0 later\r\n", .temporary), ("432 transition\r\n", .temporary), ("504 mechanism\r\n", .refused),
    ("421 bye\r\n", .temporary), ("500 what\r\n", .refused),
  ]

  @Test(arguments: refusals) func `a refused login says what the server said`(
    _ row: (answer: String, failureClass: FailureClass)
  ) async {
    let result = await open([.expect("AUTH CANNED eA==\r\n"), .send(row.answer)], CannedExchange(initial: "x"))
    #expect(result.error?.failureClass == row.failureClass)
    #expect(result.error?.explanation.summary.contains(row.answer.prefix(3)) == true)
    #expect(!result.client.isUsable && result.stream.isClosed)
  }

  @Test func `a provider that wants an app password is known`() async {
    let result = await open(
      [.expect("AUTH CANNED eA==\r\n"), .send("534 5.7.9 Application-specific password required\r\n")]
        + SMTPFixture.quit,
      CannedExchange(initial: "x"))
    #expect(result.error?.explanation.cause?.contains("app password") == true)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  private static let badChallenges = [
    "334 not base64!\r\n", "334 b25l=\r\n", "334 b25\r\n", "334 dW5rbm93bg==\r\n", "334-b25l\r\n334 b25l\r\n",
    "334 =\r\n",
    "334 b2 5l\r\n",
  ]

  @Test(arguments: badChallenges) func `a challenge without sense is cancelled, and no other mechanism is tried`(
    challenge: String
  ) async {
    let result = await open(
      [.expect("AUTH CANNED\r\n"), .send(challenge), .expect("*\r\n"), .send("501 cancelled\r\n")],
      CannedExchange(answers: ["one": "secret"]))
    #expect(result.error?.kind == .loginFailed)
    #expect(result.error?.failureClass == .refused)
    #expect(result.stream.isFinished, "\(result.stream.state)")
    #expect(result.stream.secrets.isEmpty)
  }

  @Test func `a server that reports success after the cancellation is not believed`() async {
    let result = await open(
      [.expect("AUTH CANNED\r\n"), .send("334 !\r\n"), .expect("*\r\n"), .send("235 ok\r\n")], CannedExchange())
    #expect(result.error?.kind == .loginFailed)
    #expect(!result.client.isUsable)
  }

  @Test func `a challenge over 12 KiB is refused`() async {
    let longest = String(repeating: "QUFB", count: 3071)  // 12,284 bytes
    let accepted = await open(
      [.expect("AUTH CANNED\r\n"), .send("334 \(longest)\r\n"), .expect("b2s=\r\n"), .send("235 ok\r\n")],
      CannedExchange(answers: [String(repeating: "AAA", count: 3071): "ok"]))
    #expect(accepted.error == nil)
    let refused = await open(
      [.expect("AUTH CANNED\r\n"), .send("334 \(longest)QUFB\r\n")], CannedExchange())
    #expect(refused.error?.kind == .malformedReply)
    #expect(refused.stream.isClosed)
  }

  @Test func `challenges have an end`() async {
    var steps: [ScriptedStream.Step] = [.expect("AUTH CANNED\r\n")]
    for _ in 0..<16 { steps += [.send("334 b25l\r\n"), .expect("Mg==\r\n")] }
    let result = await open(
      steps + [.send("334 b25l\r\n"), .expect("*\r\n"), .send("501 ok\r\n")], CannedExchange(answers: ["one": "2"]))
    #expect(result.error?.kind == .loginFailed)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `success before the mechanism is complete is a failure`() async {
    let early = await open(
      [.expect("AUTH CANNED eA==\r\n"), .send("235 ok\r\n")], CannedExchange(initial: "x", isComplete: false))
    #expect(early.error?.kind == .loginFailed)
    #expect(early.error?.failureClass == .refused)
    #expect(!early.client.isUsable && early.stream.isClosed)
    let before = await open(
      [.expect("AUTH CANNED\r\n"), .send("235 ok\r\n")], CannedExchange(initial: String(repeating: "x", count: 500)))
    #expect(before.error?.kind == .loginFailed)
  }

  @Test func `an answer of another class is no success`() async {
    for answer in ["250 ok\r\n", "354 go\r\n", "220 ready\r\n"] {
      let result = await open([.expect("AUTH CANNED eA==\r\n"), .send(answer)], CannedExchange(initial: "x"))
      #expect(result.error?.kind == .unexpectedReply)
    }
  }

  @Test func `DOWNGRADE: when no offered mechanism is acceptable nothing is sent`() async {
    let stream = ScriptedStream(
      SMTPFixture.greeting + [.send("250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n")] + SMTPFixture.quit)
    let error = await SMTPFixture.openFailure(stream, tls: .off) { offer throws(SASLError) in
      #expect(offer.mechanisms == [.plain, .login])
      throw SASLError(.noAcceptableMechanism, detail: "the server offers only PLAIN and LOGIN")
    }
    #expect(error?.kind == .loginFailed)
    #expect(error?.failureClass == .refused)
    #expect(stream.isFinished, "\(stream.state)")
    #expect(!stream.writtenText.contains("AUTH"))
  }

  @Test func `a server without AUTH is told apart`() async {
    let stream = ScriptedStream(SMTPFixture.opening)
    let error = await SMTPFixture.openFailure(stream, tls: .off) { _ in CannedExchange() }
    #expect(error?.kind == .authenticationNotOffered)
    #expect(error?.explanation.hints.isEmpty == false)
  }

  @Test func `channel binding data comes from the stream`() async throws {
    let stream = ScriptedStream(
      Self.opening + [.expect("AUTH CANNED\r\n"), .send("235 ok\r\n")],
      bindings: [.tlsExporter: [1, 2, 3]])
    let client = SMTPFixture.client(stream)
    try await client.open(
      authenticator: { offer in
        #expect(offer.channelBinding("tls-exporter") == [1, 2, 3])
        #expect(offer.channelBinding("tls-unique") == nil)
        #expect(offer.channelBinding("no-such") == nil)
        return CannedExchange()
      }, deadline: SMTPFixture.deadline)
  }
}
