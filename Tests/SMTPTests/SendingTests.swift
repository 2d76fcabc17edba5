import MIME
import SMTP
import TenantBase
import TestSupport
import Testing
import Wire

@Suite struct SendingTests {
  private let mailLine = "MAIL FROM:<from@client.example> SIZE=20"

  @Test(arguments: [1, 3, Int.max]) func `a mail goes out in two writes with pipelining`(pieces: Int) async throws {
    let stream = ScriptedStream(
      SMTPFixture.opening + [
        .expect("MAIL FROM:<from@client.example> SIZE=23\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"),
        .send("250 ok\r\n250 ok\r\n354 go\r\n"),
        .expect("Subject: x\r\n\r\n..hidden\r\n.\r\n"), .send("250 2.0.0 queued as 1\r\n"),
      ] + SMTPFixture.quit, pieceSize: pieces)
    let client = SMTPFixture.client(stream)
    try await client.open(authenticator: nil, deadline: SMTPFixture.deadline)
    let report = try await client.send(
      try SMTPFixture.envelope("a@b.example"), SMTPFixture.mail("Subject: x\r\n\r\n.hidden\r\n"),
      deadline: SMTPFixture.deadline)
    #expect(report.failureClass == nil)
    #expect(report.acceptedCount == 1)
    #expect(report.finalReply?.text == "250 2.0.0 queued as 1")
    #expect(report.isConnectionUsable)
    await client.quit(deadline: SMTPFixture.deadline)
    #expect(stream.isFinished, "\(stream.state)")
    #expect(stream.writes.count == 4, "EHLO, the commands, the mail, QUIT")
  }

  @Test func `without pipelining each command waits for its answer`() async throws {
    let stream = ScriptedStream(
      SMTPFixture.greeting + [
        .send("250 mail.example\r\n"), .expect("MAIL FROM:<from@client.example>\r\n"), .send("250 ok\r\n"),
        .expect("RCPT TO:<a@b.example>\r\n"), .send("250 ok\r\n"), .expect("RCPT TO:<c@d.example>\r\n"),
        .send("250 ok\r\n"), .expect("DATA\r\n"), .send("354 go\r\n"), .expectThrough("\r\n.\r\n"),
        .send("250 done\r\n"),
      ])
    let report = try await SMTPFixture.send(stream, try SMTPFixture.envelope("a@b.example", "c@d.example"))
    #expect(report.acceptedCount == 2)
    #expect(stream.isFinished, "\(stream.state)")
  }
}
