import MIME
import SMTP
import TenantBase
import TestSupport
import Testing
import Wire

@Suite struct TransactionTests {
  private func opening(_ capabilities: String...) -> [ScriptedStream.Step] {
    let lines = ["mail.example"] + capabilities
    let text = lines.enumerated().map { "250\($0 + 1 == lines.count ? " " : "-")\($1)\r\n" }.joined()
    return SMTPFixture.greeting + [.send(text)]
  }

  // MARK: what is refused before anything is sent

  private func refusal(_ capabilities: String, _ envelope: SMTPEnvelope, _ mail: OutgoingMail = SMTPFixture.mail())
    async
    -> SMTPError?
  {
    let stream = ScriptedStream(opening(capabilities))
    let error = await SMTPFixture.sendFailure(stream, envelope, mail)
    #expect(!stream.writtenText.contains("MAIL"))
    #expect(!stream.isClosed, "the connection is still good")
    return error
  }

  @Test func `a mail over the server's SIZE is not sent at all`() async throws {
    let envelope = try SMTPFixture.envelope("a@b.example")
    let error = await refusal("SIZE 20", envelope)
    #expect(error?.kind == .messageTooLarge)
    #expect(error?.connection == .usable)
    #expect(error?.explanation.summary.contains("21 bytes") == true)
    let fits = ScriptedStream(
      opening("SIZE 21", "PIPELINING") + [
        .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"),
        .send("250 ok\r\n"),
      ])
    #expect(try await SMTPFixture.send(fits, envelope).failureClass == nil)
  }

  @Test func `an internationalized address without SMTPUTF8 is refused by its name`() async throws {
    let error = await refusal("8BITMIME", try SMTPFixture.envelope("a@b.example", "jürgen@b.example"))
    #expect(error?.kind == .internationalAddressNotSupported)
    #expect(error?.explanation.summary.contains("jürgen@b.example") == true)
    #expect(error?.failureClass == .permanent)
  }

  @Test func `8-bit content without 8BITMIME is refused with the remedy`() async throws {
    let error = await refusal("SMTPUTF8", try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail(eightBit: true))
    #expect(error?.kind == .eightBitNotSupported)
    #expect(error?.explanation.hints.isEmpty == false)
  }

  private static let smuggledAddresses = [
    ("a", "b.example> SIZE=1"), ("a", "b>\r\nRCPT TO:<c@d.example"), ("a\r\nDATA", "b.example"), ("a", ""), ("", "b\0"),
    ("a", "b example"),
  ]

  @Test(arguments: smuggledAddresses) func `an address that would be more than an address is not sent`(
    local: String, domain: String
  ) async throws {
    var envelope = try SMTPFixture.envelope("a@b.example")
    envelope.recipients.append(SMTPRecipient(MailAddress(localPart: local, domain: domain)))
    let recipient = await refusal("SIZE", envelope)
    #expect(recipient?.kind == .invalidEnvelope)
    #expect(recipient?.failureClass == .permanent)
    envelope = try SMTPFixture.envelope("a@b.example")
    envelope.sender = MailAddress(localPart: local, domain: domain)
    #expect(await refusal("SIZE", envelope)?.kind == .invalidEnvelope)
  }

  @Test func `a mail to nobody is refused`() async {
    let envelope = SMTPEnvelope(sender: nil, recipients: [])
    #expect(await refusal("SIZE", envelope)?.kind == .invalidEnvelope)
  }

  // MARK: parameters

  @Test func `every extension is used where it is needed and offered`() async throws {
    var envelope = SMTPEnvelope(
      sender: nil,
      recipients: [
        SMTPRecipient(try SMTPFixture.address("jürgen@b.example")),
        SMTPRecipient(try SMTPFixture.address("\"odd local\"@b.example")),
        SMTPRecipient(try SMTPFixture.address("-dash@b.example")),
      ])
    envelope.returnedContent = .headers
    envelope.envelopeID = "run=7+x 1"
    envelope.recipients[0].notifications = .on(success: true, failure: true, delay: false)
    envelope.recipients[0].originalRecipient = try SMTPFixture.address("jürgen+x@b.example")
    envelope.recipients[1].notifications = .never
    envelope.recipients[1].originalRecipient = try SMTPFixture.address("first+tag@b.example")
    let stream = ScriptedStream(
      opening("SIZE", "8BITMIME", "SMTPUTF8", "DSN", "PIPELINING") + [
        .expect("MAIL FROM:<> SIZE=21 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=run+3D7+2Bx+201\r\n"),
        .expect("RCPT TO:<jürgen@b.example> NOTIFY=SUCCESS,FAILURE ORCPT=utf-8;j\\x{FC}rgen+2Bx@b.example\r\n"),
        .expect("RCPT TO:<\"odd local\"@b.example> NOTIFY=NEVER ORCPT=rfc822;first+2Btag@b.example\r\n"),
        .expect("RCPT TO:<-dash@b.example>\r\nDATA\r\n"),
        .send("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"), .send("250 ok\r\n"),
      ])
    let report = try await SMTPFixture.send(stream, envelope, SMTPFixture.mail(eightBit: true))
    #expect(report.acceptedCount == 3)
    #expect(report.notes.isEmpty)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `delivery reports that the server cannot give are noted`() async throws {
    var envelope = try SMTPFixture.envelope("a@b.example")
    envelope.returnedContent = .full
    let stream = ScriptedStream(
      opening("PIPELINING") + [
        .expect("MAIL FROM:<from@client.example>\r\n"), .expectThrough("DATA\r\n"),
        .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"), .send("250 ok\r\n"),
      ])
    #expect(try await SMTPFixture.send(stream, envelope).notes == [.deliveryReportsNotOffered])
  }

  // MARK: sequences

  @Test func `the sender refused: every answer of the group is read, and the session goes on`() async throws {
    let stream = ScriptedStream(
      opening("PIPELINING") + [
        .expectThrough("DATA\r\n"), .send("550 5.7.1 not yours\r\n503 x\r\n503 x\r\n"),
        .expect("RSET\r\nMAIL FROM:<from@client.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"),
        .send("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"), .send("250 ok\r\n"),
      ])
    let client = SMTPFixture.client(stream)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    let envelope = try SMTPFixture.envelope("a@b.example")
    do throws(SMTPError) {
      _ = try await client.send(envelope, SMTPFixture.mail(), deadline: SMTPFixture.deadline)
      Issue.record("sent")
    } catch {
      #expect(error.kind == .senderRefused)
      #expect(error.failureClass == .refused)
      #expect(error.connection == .usable)
    }
    let report = try await client.send(envelope, SMTPFixture.mail(), deadline: SMTPFixture.deadline)
    #expect(report.failureClass == nil)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `the next mail on the same connection needs no RSET`() async throws {
    let transaction: [ScriptedStream.Step] = [
      .expect("MAIL FROM:<from@client.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"),
      .send("250 ok\r\n250 ok\r\n354 go\r\n"), .expectThrough("\r\n.\r\n"), .send("250 ok\r\n"),
    ]
    let stream = ScriptedStream(opening("PIPELINING") + transaction + transaction + transaction + SMTPFixture.quit)
    let client = SMTPFixture.client(stream)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    for _ in 0..<3 {
      let report = try await client.send(
        try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail(), deadline: SMTPFixture.deadline)
      #expect(report.failureClass == nil)
    }
    await client.quit(deadline: SMTPFixture.deadline)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `after recipients were all refused the next transaction begins with RSET`() async throws {
    for capability in ["PIPELINING", "X-NONE"] {
      let isPipelined = capability == "PIPELINING"
      let first: [ScriptedStream.Step] =
        isPipelined
        ? [.expectThrough("DATA\r\n"), .send("250 ok\r\n550 no\r\n503 no\r\n")]
        : [.expectLine(prefix: "MAIL"), .send("250 ok\r\n"), .expectLine(prefix: "RCPT"), .send("550 no\r\n")]
      let second: [ScriptedStream.Step] =
        isPipelined
        ? [.expect("RSET\r\nMAIL"), .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")]
        : [
          .expect("RSET\r\n"), .send("250 ok\r\n"), .expectLine(prefix: "MAIL"), .send("250 ok\r\n"),
          .expectLine(prefix: "RCPT"), .send("250 ok\r\n"), .expect("DATA\r\n"), .send("354 go\r\n"),
        ]
      let stream = ScriptedStream(
        opening(capability) + first + second + [.expectThrough("\r\n.\r\n"), .send("250 ok\r\n")])
      let client = SMTPFixture.client(stream)
      try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
      let envelope = try SMTPFixture.envelope("a@b.example")
      #expect(
        try await client.send(envelope, SMTPFixture.mail(), deadline: SMTPFixture.deadline).failureClass == .permanent)
      #expect(try await client.send(envelope, SMTPFixture.mail(), deadline: SMTPFixture.deadline).failureClass == nil)
      #expect(stream.isFinished, "\(stream.state)")
    }
  }

  @Test func `many recipients go in groups, and DATA ends the last`() async throws {
    var envelope = SMTPEnvelope(sender: nil, recipients: [])
    for number in 0..<250 { envelope.recipients.append(SMTPRecipient(try SMTPFixture.address("p\(number)@b.example"))) }
    let stream = ScriptedStream(
      opening("PIPELINING") + [
        .expectThrough("RCPT TO:<p99@b.example>\r\n"), .send(String(repeating: "250 ok\r\n", count: 101)),
        .expectThrough("RCPT TO:<p199@b.example>\r\n"), .send(String(repeating: "250 ok\r\n", count: 100)),
        .expectThrough("RCPT TO:<p249@b.example>\r\nDATA\r\n"),
        .send(String(repeating: "250 ok\r\n", count: 50) + "354 go\r\n"), .expectThrough("\r\n.\r\n"),
        .send("250 ok\r\n"),
      ])
    #expect(try await SMTPFixture.send(stream, envelope).acceptedCount == 250)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `DATA refused: the server's word holds for everybody who was accepted`() async throws {
    let stream = ScriptedStream(
      opening("PIPELINING") + [
        .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n550 no\r\n451 4.3.0 not now\r\n"),
      ])
    let report = try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example", "c@d.example"))
    #expect(report.recipients.map { $0.outcome.reply?.code } == [451, 550])
    #expect(report.acceptedCount == 0)
  }

  @Test func `a content that fails in the middle closes the connection, so that half a mail is never taken`()
    async throws
  {
    struct Failing: ByteSource, ByteSourceReader {
      var byteCount: Int? { nil }
      var count = 0
      func makeReader() throws(MIMEError) -> any ByteSourceReader { self }
      mutating func nextChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]? {
        count += 1
        if count > 2 { throw MIMEError(.unreadableBody, field: "mail", detail: "the spool file is gone") }
        return Array("line\r\n".utf8)
      }
    }
    let mail = OutgoingMail(stored: .source(Failing()), messageID: "<a@b>", needs8BitMIME: false, needsSMTPUTF8: false)
    let stream = ScriptedStream(
      opening("PIPELINING") + [.expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n354 go\r\n")])
    let error = await SMTPFixture.sendFailure(stream, try SMTPFixture.envelope("a@b.example"), mail)
    #expect(error?.kind == .bodyUnreadable)
    #expect(stream.isClosed)
    #expect(!stream.writtenText.contains("\r\n.\r\n"))
  }

  @Test func `a large mail leaves in few large writes`() async throws {
    let text = "Subject: x\r\n\r\n" + String(repeating: ".line of text\r\n", count: 10_000)
    let stream = ScriptedStream(
      opening("PIPELINING") + [
        .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n354 go\r\n"),
        .expectCount(text.utf8.count + 10_000 + 3), .send("250 ok\r\n"),
      ])
    let report = try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail(text))
    #expect(report.failureClass == nil)
    #expect(stream.isFinished)
    #expect(stream.writes.count < 8)
  }

  @Test func `a size refused at MAIL is told as such`() async throws {
    for (reply, failureClass) in [("552 5.3.4 too big", FailureClass.permanent), ("452 4.3.4 no room", .temporary)] {
      let stream = ScriptedStream(
        opening("SIZE", "PIPELINING") + [.expectThrough("DATA\r\n"), .send("\(reply)\r\n503 x\r\n503 x\r\n")])
      let error = await SMTPFixture.sendFailure(stream, try SMTPFixture.envelope("a@b.example"))
      #expect(error?.kind == .messageTooLarge)
      #expect(error?.failureClass == failureClass)
      #expect(error?.explanation.summary.contains(reply) == true)
    }
  }

  private static let manyRecipients: [(reply: String, isForNow: Bool)] = [
    ("552 too many recipients", true), ("552 5.5.3 too many", true), ("452 4.5.3 too many", true),
    ("552 5.2.2 mailbox full", false), ("550 5.1.1 no", false),
  ]

  @Test(arguments: manyRecipients) func `too many recipients is for now, whatever the code`(
    _ row: (reply: String, isForNow: Bool)
  ) async throws {
    let stream = ScriptedStream(
      opening("PIPELINING") + [
        .expectThrough("DATA\r\n"), .send("250 ok\r\n250 ok\r\n\(row.reply)\r\n354 go\r\n"),
        .expectThrough("\r\n.\r\n"), .send("250 ok\r\n"),
      ])
    let report = try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example", "c@d.example"))
    let isForNow = if case .refusedForNow = report.recipients[1].outcome { true } else { false }
    #expect(isForNow == row.isForNow)
    #expect(report.acceptedCount == 1)
  }

  @Test func `whatever a server answers, success needs the end of the data and a positive answer to it`() async throws {
    let answers = [
      "220 a\r\n", "250 ok\r\n", "250-more\r\n250 PIPELINING\r\n", "354 go\r\n", "421 bye\r\n", "451 later\r\n",
      "550 no\r\n", "250 ok\r\n250 ok\r\n354 go\r\n", "garbage\r\n", "334 \r\n", "25", "250-x\r\n", "\n",
    ]
    var state: UInt64 = 7
    var outcomes: Set<String> = []
    for _ in 0..<600 {
      var steps: [ScriptedStream.Step] = [
        .send("220 hi\r\n"), .expectLine(prefix: "EHLO"), .send(answers[1 + Int(state >> 33) % 2]),
      ]
      var last = ""
      for _ in 0..<5 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        last = answers[Int(state >> 33) % answers.count]
        steps += [.expectLine(prefix: ""), .send(last)]
      }
      let stream = ScriptedStream(steps)
      do throws(SMTPError) {
        let report = try await SMTPFixture.send(stream, Self.envelope)
        outcomes.insert("\(report.failureClass.map { "\($0)" } ?? "accepted")")
        if report.acceptedCount > 0 {
          #expect(stream.writtenText.hasSuffix("\r\n.\r\n") || stream.writtenText.contains("\r\n.\r\n"))
          #expect(report.finalReply?.isPositive == true)
        }
      } catch {
        outcomes.insert("\(error.kind)")
      }
    }
    #expect(outcomes.isSuperset(of: ["accepted", "outcomeUnknown", "permanent", "senderRefused", "malformedReply"]))
  }

  private static let envelope = SMTPEnvelope(
    sender: nil, recipients: [SMTPRecipient(MailAddress(localPart: "a", domain: "b.example"))])

  // MARK: chunking

  @Test func `BDAT sends the mail as it is, with its size`() async throws {
    let stream = ScriptedStream(
      opening("PIPELINING", "CHUNKING") + [
        .expect("MAIL FROM:<from@client.example>\r\nRCPT TO:<a@b.example>\r\n"), .send("250 ok\r\n250 ok\r\n"),
        .expect("BDAT 22 LAST\r\nSubject: x\r\n\r\n.dot\r\n\r\n"), .send("250 ok\r\n"),
      ])
    let report = try await SMTPFixture.send(
      stream, try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail("Subject: x\r\n\r\n.dot\r\n\r\n")
    ) { $0.prefersChunking = true }
    #expect(report.failureClass == nil)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `BDAT in several chunks, one refused`() async throws {
    let text = String(repeating: "0123456789abcde\r\n", count: 12)
    func send(_ steps: [ScriptedStream.Step]) async throws -> (SMTPOutcome, ScriptedStream) {
      let stream = ScriptedStream(
        opening("CHUNKING") + [
          .expectLine(prefix: "MAIL"), .send("250 ok\r\n"), .expectLine(prefix: "RCPT"), .send("250 ok\r\n"),
        ] + steps)
      let report = try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail(text)) {
        $0.prefersChunking = true
        $0.limits.writeSize = 100
      }
      return (report, stream)
    }
    // The source yields the whole small mail at once, so it is one chunk; a refusal of it ends the mail.
    let (refused, stream) = try await send([
      .expectLine(prefix: "BDAT 204 LAST"), .expectCount(204), .send("552 5.3.4 no\r\n"),
    ])
    #expect(refused.failureClass == .permanent)
    #expect(stream.isFinished, "\(stream.state)")
    let (lost, _) = try await send([.expectLine(prefix: "BDAT"), .expectCount(204), .close])
    #expect(lost.failureClass == .outcomeUnknown)
  }

  @Test func `a refused chunk ends the mail before the rest is sent`() async throws {
    struct Endless: ByteSource, ByteSourceReader {
      var byteCount: Int? { nil }
      var count = 0
      func makeReader() throws(MIMEError) -> any ByteSourceReader { self }
      mutating func nextChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]? {
        count += 1
        return count > 50 ? nil : Array(repeating: 0x61, count: 98) + [13, 10]
      }
    }
    let mail = OutgoingMail(stored: .source(Endless()), messageID: "<a@b>", needs8BitMIME: false, needsSMTPUTF8: false)
    let stream = ScriptedStream(
      opening("CHUNKING") + [
        .expectLine(prefix: "MAIL"), .send("250 ok\r\n"), .expectLine(prefix: "RCPT"), .send("250 ok\r\n"),
        .expect("BDAT 100\r\n"), .expectCount(100), .send("250 ok\r\n"), .expect("BDAT 100\r\n"), .expectCount(100),
        .send("452 4.3.1 full\r\n"),
      ])
    let report = try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example"), mail) {
      $0.prefersChunking = true
      $0.limits.writeSize = 100
    }
    #expect(report.failureClass == .temporary)
    #expect(report.isConnectionUsable)
    #expect(stream.isFinished, "\(stream.state)")
  }

  // MARK: time

  @Test func `every step has the time that RFC 5321 gives it, within that of the caller`() async throws {
    let steps: [ScriptedStream.Step] = [
      .expectLine(prefix: "MAIL"), .send("250 ok\r\n"), .expectLine(prefix: "RCPT"), .send("250 ok\r\n"),
      .expect("DATA\r\n"), .send("354 go\r\n"), .expectThrough("\r\n.\r\n"), .send("250 ok\r\n"),
    ]
    func minutes(_ deadline: Deadline) async throws -> [String] {
      let stream = ScriptedStream(opening("X-NONE") + steps)
      let client = SMTPFixture.client(stream)
      try await client.open(authenticator: nil, deadline: deadline)
      _ = try await client.send(try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail(), deadline: deadline)
      return stream.allowances.map { "\($0.operation) \(($0.time.components.seconds + 30) / 60)" }
    }
    #expect(
      try await minutes(.after(.seconds(3600))) == [
        "read 5", "write 5", "read 5", "write 5", "read 5", "write 5", "read 5", "write 5", "read 2", "write 3",
        "read 10",
      ])
    #expect(Set(try await minutes(.after(.seconds(60)))) == ["read 1", "write 1"])
  }

  // MARK: names

  @Test(arguments: [
    ("mail.example.com", "mail.example.com"), ("localhost", "[127.0.0.1]"), ("", "[127.0.0.1]"),
    ("bad name.example", "[127.0.0.1]"), ("a.b\r\nMAIL", "[127.0.0.1]"), ("[192.0.2.7]", "[192.0.2.7]"),
    ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"), ("host.", "[127.0.0.1]"),
  ]) func `the name in EHLO is a full name or a literal`(hostName: String, expected: String) {
    #expect(SMTPClientName(hostName: hostName).text == expected)
    #expect(SMTPClientName(hostName: nil).text == "[127.0.0.1]")
  }
}
