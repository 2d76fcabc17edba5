import MIME
import SMTP
import TenantBase
import TestSupport
import Testing
import Wire

/// Resources, broken replies, and the ends of a transaction: S-LINE, S-EHLO-FLOOD, S-RCPT-550, S-354-LATE, S-421-DOT,
/// S-552-DOT, S-DROP-DOT, S-250-DROP and the smuggling rows.
@Suite struct HostileServerTests {
  private static let commands = "MAIL FROM:<from@client.example> SIZE=21\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"

  private func opened(_ steps: ScriptedStream.Step...) -> ScriptedStream {
    ScriptedStream(SMTPFixture.opening + [.expect(Self.commands)] + steps)
  }

  private func sent(_ steps: ScriptedStream.Step...) -> ScriptedStream {
    ScriptedStream(
      SMTPFixture.opening + [
        .expect(Self.commands), .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expect("Subject: x\r\n\r\nhello\r\n.\r\n"),
      ] + steps)
  }

  private func outcome(_ stream: ScriptedStream) async throws -> SMTPOutcome {
    try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example"))
  }

  // MARK: replies

  @Test func `LINE: a line that never ends is refused within its limit`() async {
    let flood = Array(repeating: UInt8(ascii: "x"), count: 100_000)
    let stream = ScriptedStream([.sendBytes(Array("220 ".utf8) + flood)])
    let error = await SMTPFixture.openFailure(stream, tls: .off)
    #expect(error?.kind == .malformedReply)
    #expect(stream.isClosed)
  }

  @Test func `a line of 4096 bytes is still taken`() async throws {
    let banner = "220 " + String(repeating: "x", count: 4092)
    let stream = ScriptedStream([.send(banner + "\r\n")] + Array(SMTPFixture.opening.dropFirst()), pieceSize: 1000)
    let client = SMTPFixture.client(stream)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    #expect(client.transcript?.lines.first?.count ?? 0 < 600)
  }

  @Test func `EHLO-FLOOD: an answer that never ends is refused at 128 lines`() async {
    let flood = String(repeating: "250-SIZE\r\n", count: 200)
    let stream = ScriptedStream(SMTPFixture.greeting + [.send(flood)], pieceSize: 100)
    let error = await SMTPFixture.openFailure(stream, tls: .off)
    #expect(error?.kind == .malformedReply)
    #expect(error?.explanation.summary.contains("128") == true)
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\n", "220 a\n", "22\r\n", "\r\n", "220-a\r\n221 b\r\n", "\u{16}\u{3}\u{1}\r\n",
  ])
  func `what is no SMTP is said to be none`(greeting: String) async {
    let stream = ScriptedStream([.send(greeting)])
    let error = await SMTPFixture.openFailure(stream, tls: .off)
    #expect(error?.kind == .malformedReply)
    #expect(stream.written.isEmpty)
  }

  @Test func `a banner with control characters reaches no terminal`() async throws {
    let stream = ScriptedStream([.send("554 \u{1B}]0;owned\u{7} \u{202E}go away\r\n")])
    let error = try #require(await SMTPFixture.openFailure(stream, tls: .off))
    let text = error.description
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    #expect(error.kind == .greetingRefused)
  }

  private static let greetings: [(text: String, kind: SMTPError.Kind, failureClass: FailureClass)] = [
    ("421 too busy\r\n", .serviceClosing, .temporary), ("450 later\r\n", .greetingRefused, .temporary),
    ("554 5.7.1 blocked\r\n", .greetingRefused, .refused), ("554 no SMTP here\r\n", .greetingRefused, .permanent),
    ("354 go\r\n", .unexpectedReply, .temporary), ("250 ok\r\n", .unexpectedReply, .temporary),
  ]

  @Test(arguments: greetings) func `a greeting that is no welcome ends it`(
    _ row: (text: String, kind: SMTPError.Kind, failureClass: FailureClass)
  ) async {
    let stream = ScriptedStream([.send(row.text)])
    let error = await SMTPFixture.openFailure(stream, tls: .off)
    #expect(error?.kind == row.kind)
    #expect(error?.failureClass == row.failureClass)
    #expect(stream.written.isEmpty)
  }

  @Test func `a silent server and a closed connection are told apart`() async {
    let silent = await SMTPFixture.openFailure(ScriptedStream([]), tls: .off)
    #expect((silent?.cause as? StreamError)?.kind == .timedOut)
    let closed = await SMTPFixture.openFailure(ScriptedStream([.close]), tls: .off)
    #expect((closed?.cause as? StreamError)?.kind == .closedByPeer)
    let truncated = await SMTPFixture.openFailure(ScriptedStream([.send("220-a\r\n"), .truncate]), tls: .off)
    #expect((truncated?.cause as? StreamError)?.kind == .truncated)
    #expect(truncated?.failureClass == .temporary)
  }

  // MARK: outcomes

  @Test func `an honest server accepts the mail`() async throws {
    let stream = sent(.send("250 ok\r\n"))
    #expect(try await outcome(stream).failureClass == nil)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `RCPT-550: nobody accepted, so no mail is sent and the session goes on`() async throws {
    let stream = opened(.send("250 ok\r\n550 5.1.1 no such user\r\n503 no recipients\r\n"))
    let report = try await outcome(stream)
    #expect(report.failureClass == .permanent)
    #expect(report.recipients.first?.outcome.reply?.code == 550)
    #expect(report.isConnectionUsable)
    #expect(!stream.writtenText.contains("hello"))
  }

  @Test func `354-LATE: a server that wants data without a recipient gets only the dot`() async throws {
    let stream = opened(
      .send("250 ok\r\n550 5.1.1 no\r\n354 go\r\n"), .expect(".\r\n"), .send("554 no valid recipients\r\n"))
    let report = try await outcome(stream)
    #expect(report.failureClass == .permanent)
    #expect(report.acceptedCount == 0)
    #expect(!stream.writtenText.contains("hello"))
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `354-LATE: even a server that then says 250 has accepted nobody`() async throws {
    let stream = opened(.send("250 ok\r\n550 5.1.1 no\r\n354 go\r\n"), .expect(".\r\n"), .send("250 ok\r\n"))
    #expect(try await outcome(stream).failureClass == .permanent)
  }

  @Test func `421-DOT: refused for now, and the connection is not used again`() async throws {
    let stream = sent(.send("421 4.3.2 shutting down\r\n"), .close)
    let report = try await outcome(stream)
    #expect(report.failureClass == .temporary)
    #expect(!report.isConnectionUsable && stream.isClosed)
  }

  @Test func `552-DOT: refused for good`() async throws {
    let report = try await outcome(sent(.send("552 5.3.4 too big\r\n")))
    #expect(report.failureClass == .permanent)
    #expect(report.isConnectionUsable)
  }

  @Test func `452 after the dot: refused for now`() async throws {
    let report = try await outcome(sent(.send("452 4.3.1 disk full\r\n")))
    #expect(report.failureClass == .temporary)
    #expect(report.isConnectionUsable)
  }

  static let losses: [[ScriptedStream.Step]] = [
    [.close], [.reset], [.truncate], [], [.send("25"), .close], [.send("250-half\r\n"), .reset], [.send("garbage\r\n")],
    [.send("354 again\r\n")], [.send("250 ok\n")],
  ]

  @Test(arguments: losses) func `DROP-DOT: without an answer the outcome is in doubt`(steps: [ScriptedStream.Step])
    async throws
  {
    let stream = ScriptedStream(
      SMTPFixture.opening + [
        .expect(Self.commands), .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"),
      ]
        + steps)
    let report = try await outcome(stream)
    #expect(report.failureClass == .outcomeUnknown)
    guard case .inDoubt(let reason) = report.recipients.first?.outcome else {
      Issue.record("not in doubt: \(report)")
      return
    }
    #expect(reason.contains("mail.example:25"))
    #expect(!report.isConnectionUsable && stream.isClosed)
  }

  @Test func `a connection lost before the dot leaves nothing in doubt`() async throws {
    let envelope = try SMTPFixture.envelope("a@b.example")
    for steps: [ScriptedStream.Step] in [
      [.close], [.send("250 ok\r\n"), .reset], [.send("250 ok\r\n250 ok\r\n"), .close],
      [.send("250 ok\r\n250 ok\r\n"), .truncate],
    ] {
      let stream = ScriptedStream(SMTPFixture.opening + [.expect(Self.commands)] + steps)
      let error = await SMTPFixture.sendFailure(stream, envelope)
      #expect(error?.kind == .connectionFailed)
      #expect(error?.failureClass == .temporary)
    }
  }

  @Test func `a connection lost inside the data leaves nothing in doubt`() async throws {
    let mail = SMTPFixture.mail("Subject: x\r\n\r\n" + String(repeating: "line\r\n", count: 30_000))
    let stream = ScriptedStream(
      SMTPFixture.greeting + [
        .send("250-mail.example\r\n250 PIPELINING\r\n"), .expectThrough("DATA\r\n"),
        .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectCount(10_000), .refuseWrites,
      ])
    let error = await SMTPFixture.sendFailure(stream, try SMTPFixture.envelope("a@b.example"), mail)
    #expect(error?.kind == .connectionFailed)
    #expect(error?.failureClass == .temporary)
  }

  @Test func `250-DROP: success stays success although QUIT fails`() async throws {
    for steps: [ScriptedStream.Step] in [[.close], [.reset], [], [.refuseWrites]] {
      let stream = ScriptedStream(
        SMTPFixture.opening + [
          .expect(Self.commands), .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"),
          .send("250 ok\r\n"),
        ] + steps)
      let client = SMTPFixture.client(stream)
      try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
      let report = try await client.send(
        try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail(), deadline: SMTPFixture.deadline)
      await client.quit(deadline: SMTPFixture.deadline)
      #expect(report.failureClass == nil)
      #expect(stream.isClosed && !client.isUsable)
    }
  }

  @Test(arguments: ["421 bye\r\n", "250 ok\r\n421 bye\r\n", "250 ok\r\n250 ok\r\n421 bye\r\n"])
  func `421 at any time is taken in good part`(answers: String) async throws {
    let error = await SMTPFixture.sendFailure(opened(.send(answers), .close), try SMTPFixture.envelope("a@b.example"))
    #expect(error?.kind == .serviceClosing)
    #expect(error?.failureClass == .temporary)
    #expect(error?.reply?.code == 421)
  }

  @Test func `some accepted and some not: only the mail as a whole is not to be repeated`() async throws {
    let stream = ScriptedStream(
      SMTPFixture.opening + [
        .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n450 4.2.1 full\r\n550 5.1.1 no\r\n354 go\r\n"),
        .expectThrough("\r\n.\r\n"), .send("250 queued\r\n"),
      ])
    let report = try await SMTPFixture.send(
      stream, try SMTPFixture.envelope("a@b.example", "c@d.example", "e@f.example"))
    #expect(report.recipients.map { $0.outcome.reply?.code } == [250, 450, 550])
    #expect(report.recipients[0].outcome.reply?.text == "250 queued")
    #expect(report.failureClass == .permanent)
    #expect(report.acceptedCount == 1)
  }

  @Test func `all refused for now is temporary`() async throws {
    let stream = opened(.send("250 ok\r\n450 4.2.1 greylisted\r\n503 no recipients\r\n"))
    #expect(try await outcome(stream).failureClass == .temporary)
  }

  // MARK: smuggling

  private static let smuggled = [
    "\n.\n", "\r.\r", "\r\n.\n", "\n.\r", "\n.\r\n", "\r\n.\r", "\r.\r\n", "\r.\n", "\r\r\n.\r\r\n", "\r\n.\r\n",
    "\n\r.\n\r", "\0\r\n.\r\n", "\r\n.\0\r\n", "\r\n\0.\r\n",
  ]

  @Test(arguments: smuggled) func `SMUG: a mail inside a mail stays inside`(mark: String) async throws {
    let text = "first\(mark)MAIL FROM:<evil@b.example>\r\nRCPT TO:<x@y.example>\r\nDATA\r\nevil"
    let body = try MailBody(text: text, encoding: .eightBit)
    let message = MailDraft(
      from: try AddressList.parsing("from@client.example", field: "From"), to: AddressList(), subject: "x",
      content: MailContent(body: body))
    let identity = MailIdentity(
      messageID: "<a@b>", date: HeaderDate(unixSeconds: 0, offsetMinutes: 0), boundaryToken: "x")
    let stream = ScriptedStream(
      SMTPFixture.opening + [
        .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"),
        .send("250 ok\r\n"),
      ])
    let report = try await SMTPFixture.send(
      stream, try SMTPFixture.envelope("a@b.example"), try message.build(identity: identity))
    #expect(report.failureClass == nil)
    // The script's end of data is the true one: nothing is left behind it.
    #expect(stream.isFinished, "\(stream.state)")
    let wire = stream.written
    #expect(!wire.contains(0))
    for (index, byte) in wire.enumerated() {
      if byte == 10 { #expect(index > 0 && wire[index - 1] == 13) }
      if byte == 13 { #expect(index + 1 < wire.count && wire[index + 1] == 10) }
    }
  }
}
