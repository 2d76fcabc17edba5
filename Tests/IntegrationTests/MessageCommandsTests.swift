import FlowEngine
import MessageStore
import System
import TenantBase
import Testing

/// The commands of the group `messages`, on a ledger that a run has left.
struct MessageCommandsTests {
  private let home: TenantHome
  private let moment = Timestamp(seconds: 1_795_000_000)
  private static let mail = Array("From: anna@example.org\r\nSubject: Order\u{1B}[31m\r\n\r\ntext\r\n".utf8)

  init() throws { home = try TenantHome() }

  /// What a run leaves: 1 failed and is quarantined with its mail, 2 is held, 3 was processed.
  private func makeLedger() throws {
    let store = try LedgerStore.open(in: home.path + "/data")
    let folder = SourceFolder(
      flowName: "Orders", channelID: "MessageFlow_1", account: "orders@imap.example.com:993", folder: "INBOX")
    let inbox = try store.open(folder, validity: "1", now: moment)
    let ids = try ["11", "12", "13"].map {
      try store.take(SourceIdentity(uid: $0), in: inbox, policy: SourcePolicy(), after: [], now: moment).message
    }
    for id in ids {
      let content = SourceContent(
        digest: [UInt8](repeating: UInt8(id.rawValue), count: 32), messageID: "<\(id.rawValue)@x>",
        from: "anna@example.org", subject: "Order \u{1B}[31m\(id.rawValue)")
      _ = try store.match(id, with: content, presentUIDs: nil, policy: SourcePolicy(), now: moment)
    }
    let failure = SourceFailure(
      .permanent, Explanation("the order has no number", places: ["step 'Read'"], cause: "field 7 is empty"))
    _ = try store.fail(ids[0], failure, policy: SourcePolicy(), now: moment)
    try store.quarantine(ids[0], raw: MessageBody(bytes: Self.mail), now: moment)
    var pieces = [Array("mail".utf8)]
    let delivery = try store.begin(
      NewDelivery(
        flowName: "Orders", flowVersion: "3", channelName: "Mail", token: "t", messageID: "<t@x>", envelope: [1],
        targets: ["bob@example.org", "carol@example.org"], holdsDoubt: true, nextChunk: { pieces.popLast() }),
      for: DeliveryKey(source: ids[1], point: DeliveryPoint(elementID: "End_1")), isSending: false, now: moment)
    try store.record(
      [0: .init(.sent, answer: "250 ok"), 1: .init(.inDoubt, answer: "connection lost")], in: delivery.number,
      now: moment)
    _ = try store.fail(
      ids[1], SourceFailure(.outcomeUnknown, Explanation("nobody knows")), policy: SourcePolicy(), now: moment)
    try store.record([.processed(ids[2])], now: moment)
  }

  @discardableResult
  private func run(_ words: [String], exitCode: Int32 = 0, error: String? = nil) async throws -> ProgramResult {
    let result = try await home.run(["messages"] + words)
    #expect(result.exitCode == exitCode, "\(words): \(result.errorText)")
    if let error { #expect(result.errorText.contains(error), "\(result.errorText)") }
    return result
  }

  @Test func `a home without a ledger has no messages, and looking makes none`() async throws {
    #expect(try await run(["list"]).outputText == "No message waits or needs anybody.\n")
    #expect(try await run(["list", "--output", "json"]).outputText.contains(#""messages": []"#))
    try await run(["show", "1"], exitCode: 65, error: "no message 1")
    try await run(["retry", "1"], exitCode: 65, error: "no message 1")
    #expect(try TestFiles.names(in: home.path) == [])
  }

  @Test func `the list has what needs a person first, in safe characters`() async throws {
    try makeLedger()
    let lines = try await run(["list"]).outputText.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("Id  State"))
    #expect(lines[1].hasPrefix("1   QUARANTINED"))
    #expect(lines[1].hasSuffix(#"Order \u{1b}[31m1  the order has no number"#))
    #expect(lines[2].hasPrefix("2   HELD"))
    #expect(lines[3].hasPrefix("3   processed"))
    let held = try await run(["list", "--state", "held", "--output", "json"])
    let message = try #require(try JSONOutput(held)["messages"].elements.first)
    #expect(message["state"].text == "held" && message["flow"].text == "Orders" && message["uid"].text == "12")
    #expect(message["isInDoubt"].flag == true && message["raw"].isNull)
    let short = try await run(["list", "--limit", "1"])
    #expect(short.outputText.hasSuffix("more with --limit\n"))
    #expect(try await run(["list", "--state", "dropped"]).outputText == "No such message.\n")
  }

  @Test func `show tells all, with each recipient and the cause`() async throws {
    try makeLedger()
    let first = try await run(["show", "1"]).outputText
    #expect(first.contains("last failure: the order has no number\n  at: step 'Read'\n  cause: field 7 is empty\n"))
    #expect(first.contains("in the database"))
    #expect(first.contains("tenant messages retry 1\n"))
    let second = try await run(["show", "2"]).outputText
    #expect(second.contains("delivery by Mail (End_1, flow version 3)  <t@x>\n  sent      bob@example.org"))
    #expect(second.contains("in doubt  carol@example.org"))
    let json = try JSONOutput(try await run(["show", "2", "--output", "json"]))
    let targets = json["deliveries"].elements.first?["targets"].elements ?? []
    #expect(targets.map { $0["state"].text } == ["sent", "inDoubt"])
    try await run(["show", "9"], exitCode: 65, error: "no message 9")
  }

  @Test func `the kept mail comes out byte for byte`() async throws {
    try makeLedger()
    #expect(try await run(["show", "1", "--raw"]).output == Self.mail)
    try await run(["show", "3", "--raw"], exitCode: 65, error: "no copy of message 3 is kept")
  }

  @Test func `retry gives back all attempts, drop gives up`() async throws {
    try makeLedger()
    let retried = try await run(["retry", "1", "2"])
    #expect(retried.outputText.contains("Message 1 is taken again by the next run of 'Orders'\n"))
    #expect(retried.errorText.contains("tenant run-iflow Orders\n"))
    #expect(try await run(["list", "--state", "waiting"]).outputText.contains("to be retried"))
    try await run(["retry", "3"], exitCode: 65, error: "it was processed")
    // All or none.
    try await run(["drop", "1", "99", "--yes"], exitCode: 65, error: "no message 99")
    try await run(["drop", "1"], exitCode: 64, error: "--yes")
    try await run(["drop", "1", "3", "--yes"])
    #expect(try await run(["list", "--state", "dropped"]).outputText.split(separator: "\n").count == 3)
    try await run(["show", "1", "--raw"], exitCode: 65, error: "no copy")
    try await run(["retry", "1"], exitCode: 65, error: "given up")
  }

  @Test func `a mail whose kept copy is lost is not taken again, and that is said at once`() async throws {
    let data = home.path + "/data"
    let store = try LedgerStore.open(in: data)
    let folder = SourceFolder(
      flowName: "Orders", channelID: "MessageFlow_1", account: "orders@imap.example.com:993", folder: "INBOX")
    let inbox = try store.open(folder, validity: "1", now: moment)
    let id = try store.take(SourceIdentity(uid: "1"), in: inbox, policy: SourcePolicy(), after: [], now: moment).message
    let failure = SourceFailure(.permanent, Explanation("the order has no number"))
    _ = try store.fail(id, failure, policy: SourcePolicy(), now: moment)
    // Too large for the database.
    try store.quarantine(id, raw: MessageBody(bytes: [UInt8](repeating: 65, count: 200_000)), now: moment)
    let kept = try Folder(opening: data + "/quarantine")
    for name in try kept.entries() { try kept.remove(name) }
    try await run(["retry", "1"], exitCode: 1, error: "its kept copy is lost")
    #expect(try store.record(of: id)?.state == .quarantined)
  }

  @Test func `a held folder is told and released`() async throws {
    try makeLedger()
    TestFiles.removeAll(home.path + "/data/ledger.mark")
    let list = try await run(["list"]).outputText
    #expect(list.hasPrefix("HELD folder 1  Orders, orders@imap.example.com:993, 'INBOX'\n"))
    #expect(list.contains("tenant messages release 1\n"))
    try await run(["release", "2"], exitCode: 65, error: "folder 2 is not held")
    #expect(try await run(["release", "--all"]).outputText.hasPrefix("Released  Orders"))
    #expect(try await run(["release", "--all"]).outputText == "No folder is held\n")
  }

  @Test(
    "wrong usage is told",
    arguments: [
      ["show", "x"], ["show", "0"], ["show"], ["show", "1", "--raw", "--output", "json"], ["retry"], ["drop"],
      ["drop", "-1"], ["release"], ["release", "1", "--all"], ["list", "--state", "lost"], ["list", "--limit", "0"],
    ])
  func usage(_ words: [String]) async throws {
    let result = try await run(words, exitCode: 64)
    #expect(result.errorText.contains("tenant:   example: tenant messages "))
    #expect(result.output.isEmpty)
  }
}
