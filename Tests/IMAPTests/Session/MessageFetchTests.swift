import IMAP
import TenantBase
import TestSupport
import Testing
import Wire

/// Keeps what it gets; can refuse or fail.
final class RecordingSink: IncomingMessageSink {
  struct Refusal: Error {}

  private(set) var begun: [UInt64] = []
  private(set) var messages: [UInt64: [UInt8]] = [:]
  private(set) var abandoned: [UInt64] = []
  private(set) var largestPiece = 0
  var declined: Set<UInt64> = []
  var failsAt: UInt64?
  private var current: (uid: UInt64, bytes: [UInt8])?

  func begin(_ message: IncomingMessage) async throws -> Bool {
    begun.append(message.uid)
    if declined.contains(message.uid) { return false }
    current = (message.uid, [])
    return true
  }

  func receive(_ bytes: [UInt8]) async throws {
    largestPiece = max(largestPiece, bytes.count)
    if current?.uid == failsAt { throw Refusal() }
    current?.bytes += bytes
  }

  func end() async throws {
    if let current { messages[current.uid] = current.bytes }
    current = nil
  }

  func abandon() async {
    if let current { abandoned.append(current.uid) }
    current = nil
  }
}

/// FETCH of content in a pipeline, and of summaries.
@Suite struct MessageFetchTests {
  private typealias Step = ScriptedStream.Step

  private static func content(_ count: Int, _ letter: Character = "x") -> String {
    String(repeating: letter, count: count)
  }

  private static func fetch(_ sequence: Int, _ uid: Int, _ text: String) -> Step {
    .send("* \(sequence) FETCH (UID \(uid) BODY[] {\(text.utf8.count)}\r\n\(text))\r\n")
  }

  private static func command(_ tag: Int, _ set: String) -> Step {
    .expect("t\(tag) UID FETCH \(set) (UID BODY.PEEK[])\r\n")
  }

  private func requests(_ uids: UInt64..., size: UInt64? = 10) -> [MessageRequest] {
    uids.map { MessageRequest(uid: $0, expectedSize: size) }
  }

  private func fetch(
    _ requests: [MessageRequest], _ steps: [Step], sink: RecordingSink = RecordingSink(), pieces: Int = .max,
    change: (inout IMAPConfiguration) -> Void = { _ in }
  ) async throws -> (
    outcomes: [UInt64: FetchOutcome], error: IMAPError?, sink: RecordingSink, stream: ScriptedStream, client: IMAPClient
  ) {
    let (client, stream) = try await SessionFixture.selected(steps, pieces: pieces, change: change)
    var outcomes: [UInt64: FetchOutcome] = [:]
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      outcomes = try await client.fetchMessages(requests, into: sink, deadline: SessionFixture.deadline)
    }
    return (outcomes, error, sink, stream, client)
  }

  @Test(arguments: [1, 7, Int.max]) func `small messages come in one command, in the server's order`(pieces: Int)
    async throws
  {
    let result = try await fetch(
      requests(5, 7, 6),
      [
        Self.command(3, "5:7"), Self.fetch(3, 7, "seven"), .send("* 9 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"),
        Self.fetch(1, 5, "five"), .send("* 2 FETCH (BODY[] \"six\" UID 6 FLAGS (\\Recent))\r\nt3 OK done\r\n"),
      ], pieces: pieces)
    #expect(result.error == nil)
    #expect(result.outcomes == [5: .delivered, 6: .delivered, 7: .delivered])
    #expect(result.sink.begun == [7, 5, 6])
    #expect(result.sink.messages[7] == Array("seven".utf8) && result.sink.messages[6] == Array("six".utf8))
    #expect(result.client.selectedFolder?.messageCount == 9)
    #expect(result.stream.isFinished, "\(result.stream.state)")
    #expect(result.client.transcript?.lines.contains { $0.contains("seven") || $0.contains("six") } == false)
  }

  @Test func `commands are under way together, within the window`() async throws {
    // Three of 100 bytes fit into the window of 250 only two at a time.
    let result = try await fetch(
      requests(1, 2, 3, size: 100),
      [
        Self.command(3, "1"), Self.command(4, "2"), Self.fetch(1, 1, "a"), .send("t3 OK done\r\n"),
        Self.command(5, "3"), Self.fetch(2, 2, "b"), .send("t4 OK done\r\n"), Self.fetch(3, 3, "c"),
        .send("t5 OK done\r\n"),
      ],
      change: {
        $0.limits.fetchBatchBytes = 100
        $0.limits.fetchWindowBytes = 250
      })
    #expect(result.outcomes.count == 3 && result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `the number of commands under way, and of messages in one, has an end`() async throws {
    let result = try await fetch(
      requests(1, 2, 3, 4, 5, size: nil),
      [
        Self.command(3, "1:2"), Self.command(4, "3:4"), .send("t3 OK done\r\n"), Self.command(5, "5"),
        .send("t4 OK done\r\nt5 OK done\r\n"),
      ],
      change: {
        $0.limits.fetchBatchMessages = 2
        $0.limits.fetchWindowCommands = 2
      })
    #expect(result.outcomes.values.allSatisfy { $0 == .gone } && result.outcomes.count == 5)
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `a great message goes through in pieces`() async throws {
    let text = Self.content(200_000)
    let result = try await fetch(
      requests(5, size: 200_000), [Self.command(3, "5"), Self.fetch(1, 5, text), .send("t3 OK done\r\n")], pieces: 9000)
    #expect(result.sink.messages[5]?.count == 200_000)
    #expect(result.sink.largestPiece <= 65_536)
    #expect(result.outcomes == [5: .delivered])
  }

  @Test(arguments: [Step.close, .reset, .truncate])
  func `TRUNC: a message that is cut off is never ended`(end: ScriptedStream.Step) async throws {
    for size in [20, 100_000] {
      let result = try await fetch(
        requests(5, 6),
        [
          Self.command(3, "5:6"), Self.fetch(1, 5, "whole"),
          .send("* 2 FETCH (UID 6 BODY[] {\(size)}\r\n\(Self.content(size - 1))"), end,
        ])
      #expect(result.error?.kind == .connectionFailed && result.error?.failureClass == .temporary)
      #expect(result.sink.messages.keys.sorted() == [5])
      #expect(result.sink.abandoned == (size > 65_536 ? [6] : []))
      #expect(result.stream.isClosed && !result.client.isUsable)
    }
  }

  @Test func `a message whose line is broken behind its content is never ended`() async throws {
    let result = try await fetch(
      requests(6, size: 100_000),
      [Self.command(3, "6"), .send("* 2 FETCH (UID 6 BODY[] {100000}\r\n\(Self.content(100_000))"), .close])
    #expect(result.error != nil)
    #expect(result.sink.messages.isEmpty && result.sink.abandoned == [6])
  }

  @Test func `when the UID comes behind the content, messages are fetched one at a time`() async throws {
    let great = Self.content(70_000)
    func behind(_ uid: Int) -> Step { .send("* \(uid) FETCH (BODY[] {70000}\r\n\(great) UID \(uid))\r\n") }
    let result = try await fetch(
      requests(1, 2, size: 70_000),
      [
        Self.command(3, "1:2"), behind(1), behind(2), .send("t3 OK done\r\n"), Self.command(4, "1"), behind(1),
        .send("t4 OK done\r\n"), Self.command(5, "2"), behind(2), .send("t5 OK done\r\n"),
      ])
    #expect(result.error == nil)
    #expect(result.outcomes == [1: .delivered, 2: .delivered])
    #expect(result.sink.messages[2]?.count == 70_000 && result.sink.begun == [1, 2])
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `content that could not be told apart is not taken for gone`() async throws {
    let great = Self.content(70_000)
    func behind(_ uid: Int) -> Step { .send("* \(uid) FETCH (BODY[] {70000}\r\n\(great) UID \(uid))\r\n") }
    let result = try await fetch(
      requests(1, 2, size: 70_000),
      [
        Self.command(3, "1"), Self.command(4, "2"), behind(1), behind(2), .send("t3 OK done\r\nt4 OK done\r\n"),
        Self.command(5, "2"), behind(2), .send("t5 OK done\r\n"), Self.command(6, "1"), .send("t6 OK done\r\n"),
      ], change: { $0.limits.fetchBatchMessages = 1 })
    #expect(result.error == nil)
    #expect(result.outcomes == [1: .gone, 2: .delivered])
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `a session that is cut at any byte delivers whole messages or none`() async throws {
    let script = Array(
      ("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\nt1 OK [READ-WRITE] done\r\n"
        + "* 1 FETCH (UID 1 BODY[] {8}\r\nabc\r\ndef FLAGS ())\r\n* 2 FETCH (UID 2 BODY[] \"two\")\r\nt2 OK done\r\n")
        .utf8)
    for end in 0...script.count {
      let stream = ScriptedStream([.sendBytes(Array(script[..<end])), .close], security: SessionFixture.tls)
      let client = SessionFixture.client(stream)
      let sink = RecordingSink()
      let error = await SessionFixture.failure { () async throws(IMAPError) in
        try await client.open(authenticator: nil, deadline: SessionFixture.deadline)
        _ = try await client.select(.inbox, deadline: SessionFixture.deadline)
        _ = try await client.fetchMessages(requests(1, 2), into: sink, deadline: SessionFixture.deadline)
      }
      #expect((error == nil) == (end == script.count), "cut at \(end)")
      #expect(error == nil || error?.kind == .connectionFailed && stream.isClosed)
      for (uid, bytes) in sink.messages { #expect(bytes.count == (uid == 1 ? 8 : 3), "cut at \(end)") }
    }
  }

  @Test func `content of another message than the one asked for is never taken for it`() async throws {
    let result = try await fetch(
      requests(1, size: 70_000),
      [Self.command(3, "1"), .send("* 1 FETCH (BODY[] {70000}\r\n\(Self.content(70_000)) UID 9)\r\nt3 OK done\r\n")])
    #expect(result.error?.kind == .unexpectedResponse)
    #expect(result.sink.messages.isEmpty && result.sink.abandoned == [1])
  }

  @Test func `what nobody asked for is passed over, and nothing is taken twice`() async throws {
    let result = try await fetch(
      requests(5),
      [
        Self.command(3, "5"), Self.fetch(9, 99, "other"), Self.fetch(9, 98, Self.content(70_000)),
        Self.fetch(1, 5, "mine"), Self.fetch(1, 5, "again"),
        .send("* 1 FETCH (UID 5 BODY[HEADER] \"h\")\r\nt3 OK done\r\n"),
      ])
    #expect(result.sink.begun == [5] && result.sink.messages == [5: Array("mine".utf8)])
    #expect(result.outcomes == [5: .delivered])
  }

  @Test func `a server that gives no content has not given an empty mail`() async throws {
    let result = try await fetch(
      requests(1, 2, 3) + [MessageRequest(uid: 4, expectedSize: 0), MessageRequest(uid: 5)],
      [
        Self.command(3, "1:5"), .send("* 1 FETCH (UID 1 BODY[] NIL)\r\n* 2 FETCH (UID 2 BODY[] \"\")\r\n"),
        .send("* 4 FETCH (UID 4 BODY[] {0}\r\n)\r\n* 5 FETCH (UID 5 BODY[] {0}\r\n)\r\nt3 OK done\r\n"),
      ])
    #expect(
      result.outcomes == [1: .withoutContent, 2: .withoutContent, 3: .gone, 4: .delivered, 5: .withoutContent])
    #expect(result.sink.messages == [4: []])
  }

  @Test func `a command that fails for one of several is tried for each`() async throws {
    let result = try await fetch(
      requests(1, 2, 3),
      [
        Self.command(3, "1:3"), Self.fetch(1, 1, "one"),
        .send("t3 NO Some of the requested messages no longer exist\r\n"),
        Self.command(4, "2"), .send("t4 NO [SERVERBUG] no\r\n"), Self.command(5, "3"), Self.fetch(3, 3, "three"),
        .send("t5 OK done\r\n"),
      ])
    #expect(result.error == nil && result.client.isUsable)
    #expect(result.outcomes[1] == .delivered && result.outcomes[3] == .delivered)
    #expect(result.outcomes[2] == .refused(IMAPAnswer(status: .no, code: "SERVERBUG", words: "no")))
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `a message over the limit is not asked for`() async throws {
    let result = try await fetch(
      [MessageRequest(uid: 1, expectedSize: 2000), MessageRequest(uid: 2, expectedSize: 1000)],
      [Self.command(3, "2"), Self.fetch(2, 2, "b"), .send("t3 OK done\r\n")],
      change: { $0.limits.response.message = 1000 })
    #expect(result.outcomes == [1: .tooLarge(2000), 2: .delivered])
    #expect(result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `a receiver can decline a message`() async throws {
    let sink = RecordingSink()
    sink.declined = [1, 2]
    let result = try await fetch(
      requests(1, 2, 3),
      [
        Self.command(3, "1:3"), Self.fetch(1, 1, "small"), Self.fetch(2, 2, Self.content(70_000)),
        Self.fetch(3, 3, "c"),
        .send("t3 OK done\r\n"),
      ], sink: sink)
    #expect(result.outcomes == [1: .declined, 2: .declined, 3: .delivered])
    #expect(sink.messages.keys.sorted() == [3])
  }

  @Test func `a receiver that fails ends the fetch and the connection`() async throws {
    for size in [10, 70_000] {
      let sink = RecordingSink()
      sink.failsAt = 2
      let result = try await fetch(
        requests(1, 2),
        [
          Self.command(3, "1:2"), Self.fetch(1, 1, "small"), Self.fetch(2, 2, Self.content(size)),
          .send("t3 OK done\r\n"),
        ], sink: sink)
      #expect(result.error?.kind == .sinkFailed && result.error?.connection == .unusable)
      #expect(sink.messages.keys.sorted() == [1] && sink.abandoned == [2])
      #expect(result.stream.isClosed)
    }
  }

  @Test func `FLOOD: a fetch has its limit too`() async throws {
    let flood = (0..<30).map { "* \($0 + 1) FETCH (FLAGS ())\r\n" }.joined()
    let result = try await fetch(
      requests(1), [Self.command(3, "1"), .send(flood)], change: { $0.limits.unaskedResponses = 20 })
    #expect(result.error?.kind == .tooMuch && result.stream.isClosed)
  }

  @Test func `no message is asked for twice, and none is no command`() async throws {
    let twice = try await fetch(requests(5, 5, 0), [Self.command(3, "5"), Self.fetch(1, 5, "x"), .send("t3 OK\r\n")])
    #expect(twice.outcomes == [5: .delivered] && twice.stream.isFinished, "\(twice.stream.state)")
    let none = try await fetch([], [])
    #expect(none.outcomes.isEmpty && none.stream.isFinished)
  }

  // MARK: summaries

  private static let items = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)] EMAILID)"

  @Test func `summaries say what is known before the content`() async throws {
    let (client, stream) = try await SessionFixture.selected([
      .expect("t3 UID FETCH 5,7 \(Self.items)\r\n"),
      .send(
        "* 1 FETCH (FLAGS (\\Seen) UID 5 INTERNALDATE \"19-Sep-1991 16:41:43 +0000\" RFC822.SIZE 181614 "
          + "EMAILID (M6d99ac3275bb4e) BODY[HEADER.FIELDS (MESSAGE-ID)] {30}\r\nMessage-Id:\r\n <a@b.example>\r\n\r\n)\r\n"
      ),
      .send("* 1 FETCH (UID 5 FLAGS (\\Seen \\Flagged))\r\n* 3 FETCH (FLAGS ())\r\n"),
      .send("* 2 FETCH (UID 7 RFC822.SIZE 0 BODY[HEADER.FIELDS (MESSAGE-ID)] \"\")\r\n"),
      .send("* 4 FETCH (UID 99 RFC822.SIZE 1)\r\nt3 OK done\r\n"),
    ])
    var found: [MessageSummary] = []
    try await client.fetchSummaries([7, 5], deadline: SessionFixture.deadline) { found.append($0) }
    #expect(found.map(\.uid) == [5, 7])
    #expect(found[0].size == 181_614 && found[0].messageID == "<a@b.example>" && found[0].flags == [.seen])
    #expect(found[0].emailID == "M6d99ac3275bb4e" && found[0].internalDate?.seconds == 685_298_503)
    #expect(found[1].messageID == nil && found[1].size == 0)
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `summaries are asked for in batches, and command lines stay short`() async throws {
    let uids = (0..<400).map { UInt64($0 * 2 + 1_000_001) }
    let stream = ScriptedStream(
      SessionFixture.opening("IMAP4rev1") + SessionFixture.selection
        + (3..<7).flatMap { tag -> [Step] in
          [.expectLine(prefix: "t\(tag) UID FETCH "), .send("t\(tag) OK done\r\n")]
        }, security: SessionFixture.tls)
    let client = SessionFixture.client(stream)
    try await client.open(authenticator: SessionFixture.authenticator, deadline: SessionFixture.deadline)
    _ = try await client.select(.inbox, deadline: SessionFixture.deadline)
    try await client.fetchSummaries(uids, deadline: SessionFixture.deadline) { _ in }
    #expect(stream.writes.allSatisfy { $0.count <= 1000 })
    #expect(stream.isFinished, "\(stream.state)")
  }

  @Test func `summaries that fail in part are told, those that fail are errors`() async throws {
    let (client, _) = try await SessionFixture.selected([
      .expectLine(prefix: "t3 UID FETCH"), .send("* 1 FETCH (UID 5 RFC822.SIZE 1)\r\nt3 NO some are gone\r\n"),
      .expectLine(prefix: "t4 UID FETCH"), .send("t4 NO [UNAVAILABLE] no\r\n"), .expectLine(prefix: "t5 UID FETCH"),
      .send("* 1 FETCH (UID 5 RFC822.SIZE 1)\r\n"),
    ])
    var count = 0
    try await client.fetchSummaries([5, 6], deadline: SessionFixture.deadline) { _ in count += 1 }
    #expect(count == 1)
    let refused = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.fetchSummaries([5], deadline: SessionFixture.deadline) { _ in }
    }
    #expect(refused?.kind == .commandRefused && refused?.failureClass == .temporary && client.isUsable)
    let failed = await SessionFixture.failure { () async throws(IMAPError) in
      try await client.fetchSummaries([5], deadline: SessionFixture.deadline) { _ in throw RecordingSink.Refusal() }
    }
    #expect(failed?.kind == .sinkFailed && !client.isUsable)
  }

  @Test func `the structure of a message is asked for by UID`() async throws {
    let (client, stream) = try await SessionFixture.selected([
      .expect("t3 UID FETCH 5 (UID BODYSTRUCTURE)\r\n"),
      .send("* 1 FETCH (UID 5 BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 731 16))\r\nt3 OK done\r\n"),
      .expectLine(prefix: "t4 UID FETCH 6"), .send("t4 OK done\r\n"),
    ])
    #expect(try await client.fetchStructure(5, deadline: SessionFixture.deadline)?.subtype == "plain")
    #expect(try await client.fetchStructure(6, deadline: SessionFixture.deadline) == nil)
    #expect(stream.isFinished, "\(stream.state)")
  }
}
