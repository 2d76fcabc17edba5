import Certificates
import FlowEngine
import FlowModel
import Synchronization
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

/// The mail sender against a scripted server on loopback.
@Suite struct SenderSessionTests {
  private let tls = TestTLS(names: "DNS:imap.example.com")

  private static func mail(_ number: Int) -> String {
    "From: a@example.org\nMessage-ID: <\(number)@example.org>\nSubject: \(number)\n\nbody \(number)\n"
  }

  private func server(
    capabilities: [String]? = nil, folders: [String: [String]] = ["INBOX": [mail(1), mail(2), mail(3)]],
    isReadOnly: Bool = false, answer: @escaping @Sendable (String, Int) -> String? = { _, _ in nil }
  ) -> IMAPTestServer {
    var behaviour = IMAPTestServer.Behaviour()
    if let capabilities { behaviour.capabilities = ["IMAP4rev1", "AUTH=PLAIN", "SASL-IR"] + capabilities }
    behaviour.tls = tls
    behaviour.isReadOnly = isReadOnly
    behaviour.answer = answer
    return IMAPTestServer(behaviour, folders: folders)
  }

  private func sender(_ server: IMAPTestServer, _ properties: FlowDocument.Properties = []) throws -> any SenderAdapter
  {
    var environment = MailEnvironment(
      credentials: TestCredentials(makeCredential()), certificates: [try Certificate(der: tls.authority.der)],
      trustGeneration: 0)
    environment.redirections[ServerAddress(host: "imap.example.com", port: 993)] = ServerAddress(
      host: "127.0.0.1", port: server.port)
    let flow = try flow(senderDocument(properties))
    return try MailSenderFactory(environment: environment).makeSender(for: try #require(flow.channels.first), in: flow)
  }

  private final class Notes: Sendable {
    let intents = Mutex<[PostProcessingIntent]>([])
    @Sendable func note(_ noted: [(SourceMessageID, PostProcessingIntent)]) {
      intents.withLock { $0 += noted.map(\.1) }
    }
  }

  private func tasks(_ uids: [Int], _ intent: PostProcessingIntent, isResumed: Bool = false) -> [PostProcessingTask] {
    uids.map {
      PostProcessingTask(
        id: SourceMessageID(rawValue: Int64($0)), uid: String($0), intent: intent, isResumed: isResumed)
    }
  }

  private func isDone(_ outcomes: [SourceMessageID: SenderFinish]) -> Bool {
    outcomes.values.allSatisfy { if case .done = $0 { true } else { false } }
  }

  @Test func `mails are found, described and read without a mark`() async throws {
    let server = server()
    let session = try await sender(server).open(isReadOnly: false)
    #expect(try await session.matches() == ["1", "2", "3"])
    let candidates = try await session.candidates(of: ["3", "1", "9"])
    #expect(candidates.map(\.identity.uid) == ["3", "1"])
    #expect(
      candidates.allSatisfy { $0.refusal == nil && $0.identity.internalDate != nil && $0.identity.size ?? 0 > 50 })
    let read = Mutex<[String: RawSourceMessage]>([:])
    let reasons = try await session.fetch(["1", "2", "9"]) { fetched in
      read.withLock { $0[fetched.uid] = try? fetched.message.get() }
    }
    await session.close()
    #expect(reasons == ["9": "it is no longer in the folder"])
    let messages = read.withLock { $0 }
    #expect(messages.keys.sorted() == ["1", "2"])
    #expect(messages["2"]?.content.messageID == "<2@example.org>")
    #expect(messages["2"]?.content.subject == "2")
    #expect(messages["2"]?.raw.textInMemory == Self.mail(2).replacing("\n", with: "\r\n"))
    #expect(server.mails(in: "INBOX").allSatisfy { $0.flags.isEmpty })
    #expect(server.commands.filter { $0.contains("FETCH") }.allSatisfy { $0.contains("PEEK") })
    #expect(server.commands.last == "LOGOUT")
  }

  @Test func `newest first, and mails marked as deleted are nobody's`() async throws {
    let server = server()
    server.change { $0.folders["INBOX"]?[1].flags = ["\\Deleted"] }
    let session = try await sender(server, [("tenant.order", "newestFirst"), ("selectionReadFlag", "all")])
      .open(isReadOnly: true)
    #expect(try await session.matches() == ["3", "1"])
    await session.close()
    #expect(
      server.commands.contains { $0.hasPrefix("EXAMINE") } && !server.commands.contains { $0.hasPrefix("SELECT") })
  }

  @Test func `a mail over the channel's size is not fetched`() async throws {
    let server = server()
    let session = try await sender(server, [("tenant.maximumSize", "10")]).open(isReadOnly: false)
    let candidates = try await session.candidates(of: ["1"])
    await session.close()
    #expect(candidates.first?.refusal?.hasPrefix("too large: ") == true)
  }

  @Test func `marking and deleting name their mails and nobody else's`() async throws {
    let server = server()
    server.change { $0.folders["INBOX"]?[2].flags = ["\\Deleted"] }
    let session = try await sender(server).open(isReadOnly: false)
    let notes = Notes()
    #expect(isDone(await session.postProcess(tasks([1], PostProcessingIntent(.markSeen)), note: notes.note)))
    #expect(isDone(await session.postProcess(tasks([2], PostProcessingIntent(.delete)), note: notes.note)))
    await session.close()
    #expect(server.mails(in: "INBOX").map(\.uid) == [1, 3])
    #expect(server.mails(in: "INBOX")[0].flags == ["\\Seen"])
    #expect(!server.commands.contains { $0 == "EXPUNGE" || $0 == "CLOSE" })
    #expect(notes.intents.withLock { $0 }.isEmpty)
  }

  @Test func `without UIDPLUS a deleted mail is only marked, and that is said`() async throws {
    let server = server(capabilities: [])
    let session = try await sender(server).open(isReadOnly: false)
    let outcomes = await session.postProcess(tasks([1], PostProcessingIntent(.delete)), note: Notes().note)
    #expect(try await session.matches() == ["2", "3"])
    await session.close()
    guard case .done(let note?) = outcomes.values.first else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(note.contains("UIDPLUS"))
    #expect(server.mails(in: "INBOX").count == 3)
    #expect(!server.commands.contains { $0.contains("EXPUNGE") })
  }

  @Test func `without MOVE the copy is noted before the original goes`() async throws {
    let server = server(capabilities: ["UIDPLUS"], folders: ["INBOX": [Self.mail(1), Self.mail(2)], "Done": []])
    let session = try await sender(server).open(isReadOnly: false)
    let notes = Notes()
    let intent = PostProcessingIntent(.move, target: "Done", detail: "seen")
    #expect(isDone(await session.postProcess(tasks([1, 2], intent), note: notes.note)))
    await session.close()
    #expect(notes.intents.withLock { $0.map(\.action) } == [.removeOriginal, .removeOriginal])
    #expect(server.mails(in: "INBOX").isEmpty)
    #expect(server.mails(in: "Done").map(\.flags) == [["\\Seen"], ["\\Seen"]])
    let order = server.commands.filter { ["UID COPY", "UID STOR", "UID EXPU"].contains(String($0.prefix(8))) }
    #expect(order.map { $0.prefix(8) } == ["UID STOR", "UID COPY", "UID STOR", "UID EXPU"])
  }

  @Test func `a copy that an earlier poll has made is found, and not made twice`() async throws {
    let server = server(
      capabilities: ["UIDPLUS"],
      // The same Message-ID with other bytes is another mail.
      folders: ["INBOX": [Self.mail(1), Self.mail(2)], "Done": [Self.mail(1), Self.mail(2) + "other\n"]])
    // In the order of their names: Done has 1 and 2, INBOX 3 and 4.
    let session = try await sender(server).open(isReadOnly: false)
    let notes = Notes()
    let intent = PostProcessingIntent(.move, target: "Done")
    #expect(isDone(await session.postProcess(tasks([3, 4], intent, isResumed: true), note: notes.note)))
    await session.close()
    #expect(server.mails(in: "INBOX").isEmpty)
    #expect(server.mails(in: "Done").count == 3)
    #expect(server.commands.filter { $0.hasPrefix("UID COPY") }.count == 1)
    #expect(server.commands.contains { $0.hasPrefix("UID COPY 4 ") })
  }

  @Test(
    arguments: ["EXAMINE NO [UNAVAILABLE]", "EXAMINE NO [INUSE]", "EXAMINE NO [NOPERM]", "UID SEARCH NO [UNAVAILABLE]"])
  func `an archive that cannot be searched now leaves the mails for the next poll, without a copy`(refusal: String)
    async throws
  {
    let command = refusal.hasPrefix("EXAMINE") ? "EXAMINE" : "UID SEARCH"
    let words = refusal.dropFirst(command.utf8.count + 1)
    // The second search: the first one has found a copy.
    let refused = command == "EXAMINE" ? 0 : 1
    let server = server(
      capabilities: ["UIDPLUS"], folders: ["INBOX": [Self.mail(1), Self.mail(2)], "Done": [Self.mail(1)]]
    ) { $0.hasPrefix(command) && $1 == refused ? "TAG \(words) not now" : nil }
    let session = try await sender(server).open(isReadOnly: false)
    let intent = PostProcessingIntent(.move, target: "Done")
    let outcomes = await session.postProcess(tasks([2, 3], intent, isResumed: true), note: Notes().note)
    #expect(!isDone(outcomes))
    #expect(server.mails(in: "Done").count == 1 && server.mails(in: "INBOX").count == 2)
    // What follows reaches the source, not the archive.
    #expect(try await session.matches() == ["2", "3"])
    #expect(isDone(await session.postProcess(tasks([2, 3], intent, isResumed: true), note: Notes().note)))
    await session.close()
    #expect(server.mails(in: "Done").count == 2 && server.mails(in: "INBOX").isEmpty)
  }

  @Test func `an archive folder that is not there has no copy`() async throws {
    let server = server(capabilities: ["UIDPLUS"], folders: ["INBOX": [Self.mail(1)]])
    let session = try await sender(server, [("tenant.createFolder", "1")]).open(isReadOnly: false)
    let intent = PostProcessingIntent(.move, target: "Done")
    #expect(isDone(await session.postProcess(tasks([1], intent, isResumed: true), note: Notes().note)))
    await session.close()
    #expect(server.mails(in: "Done").count == 1)
  }

  @Test func `a source that was renumbered meanwhile is not touched`() async throws {
    let server = server(
      capabilities: ["UIDPLUS"], folders: ["INBOX": [Self.mail(1), Self.mail(2)], "Done": [Self.mail(1)]])
    let session = try await sender(server).open(isReadOnly: false)
    server.change { $0.validity = 2 }
    let intent = PostProcessingIntent(.move, target: "Done")
    #expect(!isDone(await session.postProcess(tasks([2, 3], intent, isResumed: true), note: Notes().note)))
    #expect(!isDone(await session.postProcess(tasks([3], PostProcessingIntent(.delete)), note: Notes().note)))
    await session.close()
    #expect(server.mails(in: "INBOX").map(\.flags) == [[], []])
    #expect(server.mails(in: "Done").count == 1)
    #expect(!server.commands.contains { ["UID STOR", "UID COPY", "UID EXPU"].contains(String($0.prefix(8))) })
  }

  @Test func `a move whose answer was lost stays open, and is finished without a second copy`() async throws {
    let server = server(folders: ["INBOX": [Self.mail(1)], "Done": []]) { command, number in
      command.hasPrefix("UID MOVE") && number == 0 ? "+" : nil
    }
    // INBOX comes after Done: its mail has UID 1.
    let sender = try sender(server)
    let first = try await sender.open(isReadOnly: false)
    let intent = PostProcessingIntent(.move, target: "Done")
    #expect(!isDone(await first.postProcess(tasks([1], intent), note: Notes().note)))
    await first.close()
    #expect(server.mails(in: "Done").count == 1)
    let second = try await sender.open(isReadOnly: false)
    #expect(try await second.candidates(of: ["1"]).isEmpty)
    #expect(isDone(await second.postProcess(tasks([1], intent, isResumed: true), note: Notes().note)))
    await second.close()
    #expect(server.mails(in: "Done").count == 1)
  }

  @Test(arguments: [true, false]) func `a missing archive folder is made where the channel wants it`(makes: Bool)
    async throws
  {
    let server = server(folders: ["INBOX": [Self.mail(1)]])
    let session = try await sender(server, [("tenant.createFolder", makes ? "1" : "0"), ("archiveMailFolder", "Done")])
      .open(isReadOnly: false)
    let outcomes = await session.postProcess(
      tasks([1], PostProcessingIntent(.move, target: "Done")), note: Notes().note)
    await session.close()
    #expect(isDone(outcomes) == makes)
    #expect(server.mails(in: "Done").count == (makes ? 1 : 0))
    if case .open(let failure) = outcomes.values.first {
      #expect(failure.failureClass == .configuration)
      #expect(failure.explanation.hints.contains { $0.contains("tenant.createFolder=true") })
    }
  }

  @Test func `a folder that opens for reading only ends the poll before anything is taken`() async throws {
    let server = server(isReadOnly: true)
    let sender = try sender(server)
    let error = await #expect(throws: FlowFailure.self) { try await sender.open(isReadOnly: false) }
    #expect(error?.failureClass == .refused)
    #expect(server.commands.last == "LOGOUT")
  }

  @Test func `a folder that is not there is told with those that are`() async throws {
    let server = server(folders: ["INBOX": [], "Orders": []])
    let sender = try sender(server, [("folder", "Oders")])
    let error = await #expect(throws: FlowFailure.self) { try await sender.open(isReadOnly: false) }
    #expect(error?.failureClass == .configuration)
    #expect(error?.explanation.hints.contains("the mailbox has the folders 'INBOX', 'Orders'") == true)
  }

  @Test func `a connection that ends inside of a mail gives no half mail`() async throws {
    let server = server { command, _ in
      command.contains("BODY.PEEK[]") ? "* 1 FETCH (UID 1 BODY[] {100}\r\nFrom: a@ex" : nil
    }
    let session = try await sender(server).open(isReadOnly: false)
    let reading = Task { try await session.fetch(["1"]) { _ in Issue.record("half a mail") } }
    // The server waits for the next command; the client for the rest: the test ends the wait.
    reading.cancel()
    await #expect(throws: FlowFailure.self) { try await reading.value }
    await session.close()
  }

  @Test func `a sent mail is kept in the folder that the server calls Sent`() async throws {
    let smtpTLS = TestTLS(authority: tls.authority)
    let smtp = MailServer(.init(tls: smtpTLS))
    let server = server(folders: ["INBOX": [], "Sent": []])
    var environment = try environment(for: smtp, tls: smtpTLS)
    environment = MailEnvironment(
      credentials: TestCredentials(makeCredential()),
      certificates: [try Certificate(der: smtpTLS.authority.der), try Certificate(der: tls.authority.der)],
      trustGeneration: 0)
    environment.redirections = [
      ServerAddress(host: "mail.example.com", port: 587): ServerAddress(host: "127.0.0.1", port: smtp.port),
      ServerAddress(host: "imap.example.com", port: 993): ServerAddress(host: "127.0.0.1", port: server.port),
    ]
    let receiver = try makeReceiver(
      [("auth", "loginPlain"), ("user", "mailer"), ("tenant.sentCopy.server", "imap.example.com")], environment)
    let outcome = await receiver.deliver(exchange(body: "text"), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure == nil)
    #expect(outcome.report.notes.contains("a copy is in 'Sent' of imap.example.com:993"))
    await smtp.allEnded()
    let copy = try #require(server.mails(in: "Sent").first)
    #expect(copy.flags == ["\\Seen"])
    #expect(Array(copy.text.utf8) == smtp.mails.first?.bytes)
  }

  @Test func `a copy that cannot be kept is a note, and the mail is sent`() async throws {
    let smtpTLS = TestTLS()
    let smtp = MailServer(.init(tls: smtpTLS))
    let environment = try environment(for: smtp, tls: smtpTLS)
    let receiver = try makeReceiver(
      [
        ("auth", "loginPlain"), ("user", "mailer"), ("tenant.sentCopy.server", "localhost:1"),
        ("timeout", "5000"),
      ], environment)
    let outcome = await receiver.deliver(exchange(body: "text"), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure == nil)
    #expect(outcome.report.notes.contains { $0.hasPrefix("the mail was sent, but no copy of it could be kept") })
  }
}
