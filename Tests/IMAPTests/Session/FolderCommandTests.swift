import IMAP
import TenantBase
import TestSupport
import Testing

@Suite struct FolderCommandTests {
  private typealias Step = ScriptedStream.Step

  @Test(arguments: [1, Int.max]) func `SELECT tells what the server says of the folder`(pieces: Int) async throws {
    let (client, stream) = try await SessionFixture.selected([], pieces: pieces)
    let folder = try #require(client.selectedFolder)
    #expect(folder.uidValidity == 81 && folder.uidNext == 20 && folder.messageCount == 3)
    #expect(folder.access == .readWrite && folder.keepsUIDs)
    #expect(folder.keeps(.seen) && !folder.keeps(.flagged) && folder.keeps(IMAPFlag("$Done")))
    #expect(stream.isFinished, "\(stream.state)")
  }

  private func select(_ answer: String, access: FolderAccess = .readWrite) async throws -> SelectedFolder {
    let command = access == .readWrite ? "SELECT" : "EXAMINE"
    let (client, stream) = try await SessionFixture.opened([.expect("t2 \(command) \"INBOX\"\r\n"), .send(answer)])
    defer { #expect(stream.isFinished, "\(stream.state)") }
    return try await client.select(.inbox, access, deadline: SessionFixture.deadline)
  }

  @Test func `what a server leaves out or gets wrong is lived with`() async throws {
    let bare = try await select("t2 OK done\r\n")
    #expect(bare.uidValidity == nil && bare.uidNext == nil && bare.permanentFlags == nil && bare.keeps(.flagged))
    let zero = try await select("* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 0] x\r\n* OK [UNSEEN 0] x\r\nt2 OK done\r\n")
    #expect(zero.uidValidity == 0 && zero.uidNext == nil)
    let great = try await select("* OK [UIDVALIDITY 1666390893380]\r\nt2 OK [READ-WRITE]\r\n")
    #expect(great.uidValidity == 1_666_390_893_380)
    let loose = try await select("* NO [UIDNOTSTICKY] x\r\nt2 OK done\r\n")
    #expect(!loose.keepsUIDs)
    let gmail = try await select("* OK [HIGHESTMODSEQ 126550]\r\nt2 OK [READ-WRITE] INBOX selected. (Success)\r\n")
    #expect(gmail.access == .readWrite)
    let after = try await select("* 9 EXISTS\r\n* OK [CLOSED] before\r\n* 2 EXISTS\r\nt2 OK done\r\n")
    #expect(after.messageCount == 2)
    let shrinking = try await select("* 1 EXISTS\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nt2 OK done\r\n")
    #expect(shrinking.messageCount == 0)
  }

  @Test func `a folder opened for reading only takes no changes`() async throws {
    #expect(try await select("t2 OK [READ-ONLY] done\r\n", access: .readOnly).access == .readOnly)
    let demoted = try await select("t2 OK [READ-ONLY] shared\r\n")
    #expect(demoted.access == .readOnly && !demoted.keeps(.seen))
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 EXAMINE \"INBOX\"\r\n"), .send("t2 OK [READ-ONLY] done\r\n"),
    ])
    _ = try await client.select(.inbox, .readOnly, deadline: SessionFixture.deadline)
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.store(FlagChange(.add, [.seen]), for: UIDSet(1), deadline: SessionFixture.deadline)
    }
    #expect(error?.kind == .folderReadOnly && error?.connection == .usable && error?.failureClass == .refused)
    #expect(error?.explanation.summary.contains("'INBOX'") == true)
    #expect(stream.isFinished, "nothing was sent: \(stream.state)")
  }

  @Test(arguments: [
    ("NO [NONEXISTENT] none", IMAPError.Kind.folderMissing, FailureClass.permanent),
    ("NO Mailbox doesn't exist: Orders/2026", .folderMissing, .permanent),
    ("NO [INUSE] locked", .commandRefused, .temporary), ("NO [NOPERM] no", .commandRefused, .refused),
    ("NO no", .commandRefused, .permanent), ("BAD what", .commandRejected, .permanent),
  ])
  func `a folder that is refused leaves the connection usable and no folder open`(
    answer: String, kind: IMAPError.Kind, failureClass: FailureClass
  ) async throws {
    let (client, _) = try await SessionFixture.selected([
      .expect("t3 SELECT \"Orders/2026\"\r\n"), .send("t3 \(answer)\r\n"),
    ])
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.select(MailboxName("Orders/2026"), deadline: SessionFixture.deadline)
    }
    #expect(error?.kind == kind && error?.failureClass == failureClass && error?.connection == .usable)
    #expect(error?.explanation.summary.contains("'Orders/2026'") == true)
    #expect(client.isUsable && client.selectedFolder == nil)
  }

  @Test func `folders are listed once each, with their roles where the server knows them`() async throws {
    let answer =
      "* LIST (\\Sent \\HasNoChildren) \"/\" \"Sent\"\r\n* LIST () \"/\" \"Entw&APw-rfe\"\r\n* LIST () \"/\" Sent\r\n"
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 LIST \"\" \"*\" RETURN (SPECIAL-USE)\r\n"), .send(answer + "t2 OK done\r\n"),
    ])
    let folders = try await client.listFolders(specialUse: true, deadline: SessionFixture.deadline)
    #expect(folders.map(\.name.text) == ["Sent", "Entw\u{FC}rfe"])
    #expect(folders[0].attributes.contains(.sent))
    #expect(stream.isFinished)
  }

  @Test(arguments: ["t2 BAD what\r\n", "t2 NO no\r\n", "t2 OK nothing\r\n"])
  func `a server that refuses SPECIAL-USE, or lists nothing then, is asked without`(answer: String) async throws {
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 LIST \"\" \"*\" RETURN (SPECIAL-USE)\r\n"), .send(answer),
      .expect("t3 LIST \"\" \"*\"\r\n"), .send("* LIST () \"/\" INBOX\r\nt3 OK done\r\n"),
    ])
    #expect(try await client.listFolders(specialUse: true, deadline: SessionFixture.deadline).count == 1)
    #expect(stream.isFinished)
  }

  @Test func `NAMESPACE is a help and no condition`() async throws {
    let (client, _) = try await SessionFixture.opened([
      .expect("t2 NAMESPACE\r\n"), .send("t2 BAD User is authenticated but not connected.\r\n"),
      .expect("t3 NAMESPACE\r\n"), .send("* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\nt3 OK done\r\n"),
      .expect("t4 NAMESPACE\r\n"), .reset,
    ])
    #expect(try await client.namespaces(deadline: SessionFixture.deadline) == nil)
    let found = try await client.namespaces(deadline: SessionFixture.deadline)
    #expect(found?.personal.first?.prefix.text == "INBOX.")
    let dropped = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.namespaces(deadline: SessionFixture.deadline)
    }
    #expect(dropped?.kind == .connectionFailed && !client.isUsable)
    let (without, stream) = try await SessionFixture.opened([], capabilities: "IMAP4rev1")
    #expect(try await without.namespaces(deadline: SessionFixture.deadline) == nil && stream.isFinished)
  }

  @Test func `STATUS may be empty`() async throws {
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 STATUS \"Done\" (MESSAGES UIDNEXT)\r\n"), .send("* STATUS Done ()\r\nt2 OK done\r\n"),
      .expect("t3 STATUS \"Done\" (MESSAGES UIDNEXT)\r\n"),
      .send("* STATUS \"Done\" (MESSAGES 4 UIDNEXT 0 )\r\nt3 OK done\r\n"),
      .expect("t4 STATUS \"Done\" (MESSAGES UIDNEXT)\r\n"),
      .send("t4 OK done\r\n"),
    ])
    let items: [MailboxStatusItem] = [.messages, .uidNext]
    #expect(try await client.status(of: MailboxName("Done"), items, deadline: SessionFixture.deadline).messages == nil)
    #expect(try await client.status(of: MailboxName("Done"), items, deadline: SessionFixture.deadline).messages == 4)
    #expect(try await client.status(of: MailboxName("Done"), items, deadline: SessionFixture.deadline).messages == nil)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `a folder that exists already is as good as a new one`() async throws {
    let (client, stream) = try await SessionFixture.opened([
      .expect("t2 CREATE \"Done\"\r\n"), .send("t2 OK done\r\n"), .expect("t3 CREATE \"Done\"\r\n"),
      .send("t3 NO [ALREADYEXISTS] there\r\n"), .expect("t4 CREATE \"Done\"\r\n"), .send("t4 NO [OVERQUOTA] full\r\n"),
    ])
    #expect(try await client.createFolder(MailboxName("Done"), deadline: SessionFixture.deadline))
    #expect(try await !client.createFolder(MailboxName("Done"), deadline: SessionFixture.deadline))
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.createFolder(MailboxName("Done"), deadline: SessionFixture.deadline)
    }
    #expect(error?.explanation.cause == "the mailbox has no room left" && error?.failureClass == .temporary)
    #expect(stream.isFinished)
  }

  @Test func `a folder name with a line end is refused, and nothing is sent`() async throws {
    let (client, stream) = try await SessionFixture.opened([])
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.createFolder(MailboxName("a\r\nt3 DELETE b"), deadline: SessionFixture.deadline)
    }
    #expect(error?.kind == .invalidArgument && error?.connection == .usable && client.isUsable)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `leaving a folder never expunges`() async throws {
    let unselect = try await SessionFixture.selected([.expect("t3 UNSELECT\r\n"), .send("t3 OK done\r\n")])
    try await unselect.client.unselect(deadline: SessionFixture.deadline)
    #expect(unselect.client.selectedFolder == nil && unselect.stream.isFinished)
    let without = try await SessionFixture.selected([], capabilities: "IMAP4rev1")
    try await without.client.unselect(deadline: SessionFixture.deadline)
    #expect(without.stream.isFinished, "no CLOSE: \(without.stream.state)")
    let reading = try await SessionFixture.opened(
      [
        .expect("t2 EXAMINE \"INBOX\"\r\n"), .send("t2 OK [READ-ONLY] done\r\n"), .expect("t3 CLOSE\r\n"),
        .send("t3 OK done\r\n"),
      ], capabilities: "IMAP4rev1")
    _ = try await reading.client.select(.inbox, .readOnly, deadline: SessionFixture.deadline)
    try await reading.client.unselect(deadline: SessionFixture.deadline)
    #expect(reading.client.selectedFolder == nil && reading.stream.isFinished)
  }
}
