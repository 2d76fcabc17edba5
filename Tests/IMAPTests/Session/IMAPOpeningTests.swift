import IMAP
import TenantBase
import TestSupport
import Testing
import Wire

/// What follows the login: ID where a server wants it, UTF8=ACCEPT, alerts, and the end of a session.
@Suite struct IMAPOpeningTests {
  private typealias Step = ScriptedStream.Step

  private func open(_ steps: [Step], peer: String = "mail.example:993") async throws -> (IMAPClient, ScriptedStream) {
    let stream = ScriptedStream(steps, security: SessionFixture.tls, peerName: peer)
    let client = SessionFixture.client(stream)
    try await client.open(authenticator: SessionFixture.authenticator, deadline: SessionFixture.deadline)
    return (client, stream)
  }

  private static let id = Step.expect("t2 ID (\"name\" \"tenant\" \"version\" \"1\" \"vendor\" \"tenant\")\r\n")

  @Test func `a server that wants to know the program is told`() async throws {
    let byHost = try await open(
      SessionFixture.opening("IMAP4rev1 ID") + [Self.id, .send("* ID NIL\r\nt2 OK done\r\n")], peer: "imap.163.com:993")
    #expect(byHost.1.isFinished, "\(byHost.1.state)")
    let byGreeting = try await open([
      .send("* OK Coremail System IMap Server Ready(163com)\r\n"), .expect("t1 CAPABILITY\r\n"),
      .send("* CAPABILITY IMAP4rev1 AUTH=CANNED\r\nt1 OK done\r\n"), .expect("t2 AUTHENTICATE CANNED\r\n"),
      .send("+ \r\n"), .expect("eA==\r\n"), .send("* CAPABILITY IMAP4rev1 ID\r\nt2 OK in\r\n"),
      .expectLine(prefix: "t3 ID "), .send("t3 BAD what\r\n"),
    ])
    #expect(byGreeting.1.isFinished && byGreeting.0.isUsable, "\(byGreeting.1.state)")
    let others = try await open(SessionFixture.opening("IMAP4rev1 ID"))
    #expect(!others.1.writtenText.contains(" ID "), "others are told nothing")
  }

  @Test func `a folder refused for want of an ID is asked for again`() async throws {
    let (client, stream) = try await SessionFixture.opened(
      [
        .expect("t2 SELECT \"INBOX\"\r\n"),
        .send("t2 NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n"),
        .expectLine(prefix: "t3 ID "), .send("* ID NIL\r\nt3 OK done\r\n"),
        .expect("t4 SELECT \"INBOX\"\r\n"), .send("* 1 EXISTS\r\nt4 OK [READ-WRITE] done\r\n"),
        .expect("t5 SELECT \"INBOX\"\r\n"), .send("t5 NO Unsafe Login\r\n"),
      ], capabilities: "IMAP4rev1 ID")
    #expect(try await client.select(.inbox, deadline: SessionFixture.deadline).messageCount == 1)
    let again = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.select(.inbox, deadline: SessionFixture.deadline)
    }
    #expect(again?.explanation.cause?.contains("wants to know the program") == true)
    #expect(client.isUsable && stream.isFinished, "\(stream.state)")
  }

  @Test func `UTF8=ACCEPT is enabled where it is offered, and names go as UTF-8 then`() async throws {
    let capabilities = "IMAP4rev1 ENABLE UTF8=ACCEPT"
    let (client, stream) = try await SessionFixture.opened(
      [
        .expect("t2 ENABLE UTF8=ACCEPT\r\n"), .send("* ENABLED UTF8=ACCEPT\r\nt2 OK done\r\n"),
        .expect("t3 CREATE \"Entw\u{FC}rfe\"\r\n"), .send("t3 OK done\r\n"),
      ], capabilities: capabilities)
    try await client.createFolder(MailboxName("Entw\u{FC}rfe"), deadline: SessionFixture.deadline)
    #expect(stream.isFinished, "\(stream.state)")
    for answer in ["t2 OK done\r\n", "t2 NO no\r\n", "t2 BAD no\r\n"] {
      let without = try await SessionFixture.opened(
        [
          .expect("t2 ENABLE UTF8=ACCEPT\r\n"), .send(answer), .expect("t3 CREATE \"Entw&APw-rfe\"\r\n"),
          .send("t3 OK done\r\n"),
        ], capabilities: capabilities)
      try await without.client.createFolder(MailboxName("Entw\u{FC}rfe"), deadline: SessionFixture.deadline)
      #expect(without.stream.isFinished, "\(without.stream.state)")
    }
  }

  @Test func `alerts are passed on once each, printable, and not without end`() async throws {
    let flood = (0..<40).map { "* OK [ALERT] number \($0)\r\n" }.joined()
    let (client, _) = try await SessionFixture.opened([
      .expect("t2 NOOP\r\n"), .send("* OK [ALERT] mail\u{7}box 90% full\r\n* NO [ALERT] mail\u{7}box 90% full\r\n"),
      .send(flood + "t2 OK done\r\n"),
    ])
    _ = try await client.noop(deadline: SessionFixture.deadline)
    #expect(client.alerts.first == "mail\\u{7}box 90% full")
    #expect(client.alerts.count == 16)
  }

  @Test func `capabilities that change are taken at any time`() async throws {
    let (client, _) = try await SessionFixture.opened(
      [
        .expect("t2 NOOP\r\n"), .send("* CAPABILITY IMAP4rev1 MOVE \r\nt2 OK done\r\n"), .expect("t3 CAPABILITY\r\n"),
        .send("* CAPABILITY imap4rev1 idle\r\nt3 OK done\r\n"),
      ], capabilities: "IMAP4rev1")
    _ = try await client.noop(deadline: SessionFixture.deadline)
    #expect(client.capabilities.offersMove)
    #expect(try await client.capability(deadline: SessionFixture.deadline) == IMAPCapabilities(["IMAP4REV1", "IDLE"]))
  }

  @Test func `capabilities are asked for where the login does not tell them`() async throws {
    let (client, stream) = try await open([
      .send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=CANNED STARTTLS] hi\r\n"),
      .expect("t1 AUTHENTICATE CANNED eA==\r\n"), .send("t1 OK in\r\n"), .expect("t2 CAPABILITY\r\n"),
      .send("* CAPABILITY IMAP4rev1 IDLE\r\nt2 OK done\r\n"),
    ])
    #expect(client.capabilities == IMAPCapabilities(["IMAP4REV1", "IDLE"]))
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `logout says goodbye and never fails`() async throws {
    let polite = try await SessionFixture.opened([
      .expect("t2 LOGOUT\r\n"), .send("* BYE bye\r\nt2 OK done\r\n"), .close,
    ])
    await polite.client.logout(deadline: SessionFixture.deadline)
    #expect(polite.stream.isFinished && polite.stream.isClosed && !polite.client.isUsable)
    for end in [Step.close, .reset, .send("* BYE and nothing more\r\n")] {
      let rude = try await SessionFixture.opened([.expect("t2 LOGOUT\r\n"), end])
      await rude.client.logout(deadline: SessionFixture.deadline)
      #expect(rude.stream.isClosed && !rude.client.isUsable)
    }
  }

  @Test func `a client that was not opened, or has no folder, says so`() async throws {
    let unopened = SessionFixture.client(ScriptedStream([]))
    let first = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await unopened.noop(deadline: SessionFixture.deadline)
    }
    #expect(first?.kind == .notOpen && first?.connection == .unusable)
    let (client, _) = try await SessionFixture.opened([])
    let second = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.search(SearchCriteria([.all]), deadline: SessionFixture.deadline)
    }
    #expect(second?.kind == .notOpen && second?.connection == .usable && client.isUsable)
  }
}
