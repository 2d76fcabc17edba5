import IMAP
import MIME
import TenantBase
import TestSupport
import Testing
import Wire

/// SEARCH, STORE, COPY, MOVE, UID EXPUNGE and APPEND.
@Suite struct MessageChangeTests {
  private typealias Step = ScriptedStream.Step
  private static let done = MailboxName("Done")
  private static let deadline = SessionFixture.deadline

  // MARK: search

  @Test(
    arguments: [
      ("* SEARCH 7 5 5 9 \r\n", [5, 7, 9]), ("* SEARCH\r\n", []), ("", []), ("* SEARCH 3\r\n* SEARCH 2\r\n", [2, 3]),
      ("* ESEARCH (TAG \"t3\") UID ALL 9,5:7\r\n", [5, 6, 7, 9]), ("* ESEARCH (TAG \"t3\") UID\r\n", []),
      ("* 4 EXISTS\r\n* SEARCH 1666390893380\r\n", [1_666_390_893_380]),
    ] as [(String, [UInt64])])
  func `what a search finds is sorted, whatever the server's order`(answer: String, uids: [UInt64]) async throws {
    let (client, stream) = try await SessionFixture.selected([
      .expectLine(prefix: "t3 UID SEARCH "), .send(answer + "t3 OK done\r\n"),
    ])
    #expect(try await client.search(SearchCriteria([.unseen]), deadline: Self.deadline) == uids)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `a search that finds more than the limit is an error, and costs no memory`() async throws {
    let (client, _) = try await SessionFixture.selected([
      .expectLine(prefix: "t3 UID SEARCH "), .send("* ESEARCH (TAG \"t3\") UID ALL 1:4294967295\r\nt3 OK done\r\n"),
    ])
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.search(SearchCriteria(), deadline: Self.deadline)
    }
    #expect(error?.kind == .tooMuch && error?.connection == .usable && client.isUsable)
  }

  // MARK: flags

  @Test func `flags are stored silently, by UID, in short commands`() async throws {
    let (client, stream) = try await SessionFixture.selected([
      .expect("t3 UID STORE 5,7 +FLAGS.SILENT (\\Seen)\r\n"), .send("* 1 FETCH (FLAGS (\\Seen))\r\nt3 OK done\r\n"),
      .expect("t4 UID STORE 5 -FLAGS.SILENT (\\Flagged $Work)\r\n"), .send("t4 NO [NOPERM] no\r\n"),
      .expectLine(prefix: "t5 UID STORE 1000001,"), .send("t5 OK done\r\n"), .expectLine(prefix: "t6 UID STORE "),
      .send("t6 OK done\r\n"),
    ])
    try await client.store(FlagChange(.add, [.seen]), for: UIDSet([7, 5]), deadline: Self.deadline)
    #expect(try await client.idle(until: .after(.zero)).isEmpty, "what we changed ourselves is no news")
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.store(
        FlagChange(.remove, [.flagged, IMAPFlag("$Work")]), for: UIDSet(5), deadline: Self.deadline)
    }
    #expect(error?.kind == .commandRefused && error?.failureClass == .refused && client.isUsable)
    let many = UIDSet((0..<150).map { UInt64($0 * 2 + 1_000_001) })
    try await client.store(FlagChange(.add, [.seen]), for: many, deadline: Self.deadline)
    #expect(stream.writes.allSatisfy { $0.count <= 1000 })
    #expect(stream.isFinished, "\(stream.state)")
  }

  // MARK: copy and move

  @Test func `a copy says where it is`() async throws {
    let (client, stream) = try await SessionFixture.selected([
      .expect("t3 UID COPY 5,7 \"Done\"\r\n"), .send("t3 OK [COPYUID 38 5,7 21:22] done\r\n"),
      .expect("t4 UID COPY 5 \"Done\"\r\n"), .send("t4 OK done\r\n"), .expect("t5 UID COPY 5 \"Done\"\r\n"),
      .send("t5 NO [TRYCREATE] no such folder\r\n"),
    ])
    let mapping = try await client.copy(UIDSet([5, 7]), to: Self.done, deadline: Self.deadline)
    #expect(mapping?.uidValidity == 38 && mapping?.destinationUID(of: 7) == 22)
    #expect(try await client.copy(UIDSet(5), to: Self.done, deadline: Self.deadline) == nil)
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.copy(UIDSet(5), to: Self.done, deadline: Self.deadline)
    }
    #expect(error?.kind == .folderMissing && error?.folder == "Done" && client.isUsable)
    #expect(stream.isFinished)
  }

  @Test(arguments: [
    "* OK [COPYUID 38 5 21] moved\r\n* 1 EXPUNGE\r\nt3 OK done\r\n",
    "* 1 EXPUNGE\r\nt3 OK [COPYUID 38 5 21] done\r\n",
    "* OK [COPYUID 38 5 21]\r\n* 1 EXPUNGE\r\nt3 OK [COPYUID 38 5 21] done\r\n",
    "* VANISHED 5\r\n* OK [COPYUID 38 5 21]\r\nt3 OK done\r\n",
  ])
  func `MOVE is used where the server has it`(answer: String) async throws {
    let (client, stream) = try await SessionFixture.selected([
      .expect("t3 UID MOVE 5 \"Done\"\r\n"), .send(answer),
    ])
    let outcome = try await client.move(UIDSet(5), to: Self.done, deadline: Self.deadline)
    #expect(outcome.removal == .removed && outcome.mapping?.destinationUID(of: 5) == 21)
    #expect(stream.isFinished, "\(stream.state)")
    #expect(try await client.idle(until: .after(.zero)).isEmpty, "what we removed ourselves is no news")
  }

  @Test func `an odd COPYUID of Exchange does no harm`() async throws {
    let (client, _) = try await SessionFixture.selected([
      .expect("t3 UID MOVE 5 \"Done\"\r\n"), .send("* [COPYUID 38 5 21]\r\n* 1 EXPUNGE\r\nt3 OK MOVE completed.\r\n"),
    ])
    #expect(try await client.move(UIDSet(5), to: Self.done, deadline: Self.deadline).removal == .removed)
  }

  private static let copied: [Step] = [
    .expect("t3 UID COPY 5 \"Done\"\r\n"), .send("t3 OK [COPYUID 38 5 21] done\r\n"),
    .expect("t4 UID STORE 5 +FLAGS.SILENT (\\Deleted)\r\n"),
  ]

  private func move(_ steps: [Step], capabilities: String) async throws -> (MoveOutcome, ScriptedStream) {
    let (client, stream) = try await SessionFixture.selected(steps, capabilities: capabilities)
    let outcome = try await client.move(UIDSet(5), to: Self.done, deadline: Self.deadline)
    #expect(client.isUsable && stream.isFinished, "\(stream.state)")
    for line in stream.writtenText.split(separator: "\r\n") {
      #expect(!line.hasSuffix(" EXPUNGE") && !line.hasSuffix(" CLOSE"), "a bare EXPUNGE removes other people's mail")
    }
    return (outcome, stream)
  }

  @Test func `without MOVE a message is copied, marked and expunged alone`() async throws {
    let (outcome, _) = try await move(
      Self.copied + [.send("t4 OK done\r\n"), .expect("t5 UID EXPUNGE 5\r\n"), .send("* 1 EXPUNGE\r\nt5 OK done\r\n")],
      capabilities: "IMAP4rev1 UIDPLUS")
    #expect(outcome.removal == .removed && outcome.mapping?.destinationUID(of: 5) == 21)
  }

  @Test func `without UIDPLUS it stays, marked as deleted`() async throws {
    let (outcome, _) = try await move(Self.copied + [.send("t4 OK done\r\n")], capabilities: "IMAP4rev1")
    #expect(outcome.removal == .markedOnly)
  }

  @Test func `what could not be done after the copy is said`() async throws {
    let (unmarked, _) = try await move(
      Self.copied + [.send("t4 NO [NOPERM] no\r\n")], capabilities: "IMAP4rev1 UIDPLUS")
    #expect(unmarked.removal == .notRemoved(IMAPAnswer(status: .no, code: "NOPERM", words: "no")))
    let (unexpunged, _) = try await move(
      Self.copied + [.send("t4 OK done\r\n"), .expect("t5 UID EXPUNGE 5\r\n"), .send("t5 NO no\r\n")],
      capabilities: "IMAP4rev1 UIDPLUS")
    #expect(unexpunged.removal == .markedOnly)
  }

  @Test func `a move that is refused leaves everything as it was`() async throws {
    for (capabilities, command) in [("IMAP4rev1 MOVE", "UID MOVE"), ("IMAP4rev1", "UID COPY")] {
      let (client, stream) = try await SessionFixture.selected(
        [.expect("t3 \(command) 5 \"Done\"\r\n"), .send("t3 NO [OVERQUOTA] full\r\n")], capabilities: capabilities)
      let error = await SessionFixture.failure { () async throws(IMAPError) in
        _ = try await client.move(UIDSet(5), to: Self.done, deadline: Self.deadline)
      }
      #expect(error?.kind == .commandRefused && error?.failureClass == .temporary && stream.isFinished)
      #expect(error?.folder == "Done")
    }
  }

  @Test func `a move without an answer is an error of the connection`() async throws {
    let (client, _) = try await SessionFixture.selected([.expect("t3 UID MOVE 5 \"Done\"\r\n"), .close])
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.move(UIDSet(5), to: Self.done, deadline: Self.deadline)
    }
    #expect(error?.kind == .connectionFailed && error?.connection == .unusable && !client.isUsable)
  }

  @Test func `expunging by UID needs UIDPLUS`() async throws {
    let (client, stream) = try await SessionFixture.selected([], capabilities: "IMAP4rev1")
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.expunge(UIDSet(5), deadline: Self.deadline)
    }
    #expect(error?.kind == .notSupported && error?.connection == .usable && stream.isFinished)
  }

  // MARK: append

  private func append(_ client: IMAPClient, _ chunks: [String], byteCount: Int? = nil) async throws(IMAPError)
    -> AppendedMessage
  {
    var rest = chunks[...]
    return try await client.append(
      to: Self.done, flags: [.seen], date: Timestamp(seconds: 685_298_503),
      byteCount: byteCount ?? chunks.reduce(0) { $0 + $1.utf8.count }, deadline: Self.deadline
    ) { rest.popFirst().map { Array($0.utf8) } }
  }

  private static let announced = "APPEND \"Done\" (\\Seen) \"19-Sep-1991 16:41:43 +0000\" "

  @Test func `a message is announced, sent and found again`() async throws {
    let waiting = try await SessionFixture.opened(
      [
        .expect("t2 \(Self.announced){11}\r\n"), .send("* OK wait\r\n+ go\r\n"), .expect("hello world\r\n"),
        .send("* 4 EXISTS\r\nt2 OK [APPENDUID 38 22] done\r\n"),
      ], capabilities: "IMAP4rev1")
    let stored = try await append(waiting.client, ["hello", "", " world"])
    #expect(stored == AppendedMessage(uidValidity: 38, uid: 22))
    #expect(waiting.stream.isFinished, "\(waiting.stream.state)")
    #expect(waiting.client.transcript?.lines.contains { $0.contains("hello") } == false)
    let direct = try await SessionFixture.opened([
      .expect("t2 \(Self.announced){11+}\r\nhello world\r\n"), .send("t2 OK done\r\n"),
    ])
    #expect(try await append(direct.client, ["hello world"]) == AppendedMessage())
    #expect(direct.stream.isFinished, "\(direct.stream.state)")
  }

  @Test func `a great message waits for the server's word`() async throws {
    let text = String(repeating: "x", count: 70_000)
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 \(Self.announced){70000}\r\n"), .send("t2 NO [TRYCREATE] no such folder\r\n"),
      .expect("t3 \(Self.announced){70000}\r\n"), .send("t3 NO [OVERQUOTA] full\r\n"),
      .expect("t4 NOOP\r\n"), .send("t4 OK done\r\n"),
    ])
    let missing = await SessionFixture.failure { () async throws(IMAPError) in _ = try await append(client, [text]) }
    #expect(missing?.kind == .folderMissing)
    let full = await SessionFixture.failure { () async throws(IMAPError) in _ = try await append(client, [text]) }
    #expect(full?.failureClass == .temporary && full?.connection == .usable)
    _ = try await client.noop(deadline: Self.deadline)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test(arguments: [4, 6]) func `a message of another size than announced is not stored`(byteCount: Int) async throws {
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 \(Self.announced){\(byteCount)+}\r\n")
    ])
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await append(client, ["hello"], byteCount: byteCount)
    }
    #expect(error?.kind == .sourceUnreadable && error?.connection == .unusable && stream.isClosed)
    #expect(!stream.writtenText.hasSuffix("\r\n\r\n"))
  }

  @Test func `a source that fails ends the connection before the message is complete`() async throws {
    let (client, stream) = try await SessionFixture.opened([.expect("t2 \(Self.announced){5+}\r\n")])
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.append(
        to: Self.done, flags: [.seen], date: Timestamp(seconds: 685_298_503), byteCount: 5, deadline: Self.deadline
      ) { throw RecordingSink.Refusal() }
    }
    #expect(error?.kind == .sourceUnreadable && stream.isClosed && !client.isUsable)
  }

  @Test func `a built mail is stored as it is`() async throws {
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 APPEND \"Sent\" (\\Seen) {21+}\r\nSubject: x\r\n\r\nhello\r\n\r\n"), .send("t2 OK done\r\n"),
    ])
    let mail = OutgoingMail(
      stored: .bytes(Array("Subject: x\r\n\r\nhello\r\n".utf8)), messageID: "<a@b>", needs8BitMIME: false,
      needsSMTPUTF8: false)
    _ = try await client.append(mail, to: MailboxName("Sent"), deadline: Self.deadline)
    #expect(stream.isFinished, "\(stream.state)")
  }
}
