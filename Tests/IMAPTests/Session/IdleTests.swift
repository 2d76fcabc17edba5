import IMAP
import TenantBase
import TestSupport
import Testing

/// Waiting for news.
@Suite struct IdleTests {
  private typealias Step = ScriptedStream.Step
  private static let later = Deadline.after(.seconds(3600))
  private static let begun: [Step] = [.expect("t3 IDLE\r\n"), .send("+ idling\r\n")]
  private static let ended: [Step] = [.expect("DONE\r\n"), .send("t3 OK done\r\n")]

  private func idle(
    _ steps: [Step], until end: Deadline = later, capabilities: String = SessionFixture.everything,
    change: (inout IMAPConfiguration) -> Void = { _ in }
  ) async throws -> (events: [FolderEvent], error: IMAPError?, client: IMAPClient, stream: ScriptedStream) {
    let (client, stream) = try await SessionFixture.selected(steps, capabilities: capabilities, change: change)
    var events: [FolderEvent] = []
    let error = await SessionFixture.failure { () async throws(IMAPError) in events = try await client.idle(until: end)
    }
    return (events, error, client, stream)
  }

  @Test(arguments: [
    ("* 4 EXISTS\r\n", [FolderEvent.exists(4)]), ("* OK Still here\r\n* 3 EXISTS\r\n* 2 EXPUNGE\r\n", [.removed]),
    ("* 1 FETCH (FLAGS (\\Seen))\r\n", [.flagsChanged]), ("* VANISHED 5\r\n", [.removed]),
    ("* 3 EXPUNGE\r\n* 3 EXISTS\r\n", [.removed]),
  ])
  func `news ends the wait`(news: String, events: [FolderEvent]) async throws {
    let result = try await idle(Self.begun + [.send(news)] + Self.ended)
    #expect(result.error == nil)
    #expect(Array(result.events.prefix(events.count)) == events)
    #expect(result.client.isUsable && result.stream.isFinished, "\(result.stream.state)")
  }

  @Test func `news that comes before the server idles, or was here already, is news`() async throws {
    let early = try await idle([.expect("t3 IDLE\r\n"), .send("* 4 EXISTS\r\n+ idling\r\n")] + Self.ended)
    #expect(early.events == [.exists(4)] && early.stream.isFinished, "\(early.stream.state)")
    let (client, stream) = try await SessionFixture.selected(
      [
        .expect("t3 UID SEARCH ALL\r\n"), .send("* 4 EXISTS\r\n* SEARCH\r\nt3 OK done\r\n"),
      ], capabilities: "IMAP4rev1 IDLE")
    _ = try await client.search(SearchCriteria(), deadline: SessionFixture.deadline)
    #expect(try await client.idle(until: Self.later) == [.exists(4)])
    #expect(stream.isFinished, "nothing is asked for what is known")
  }

  @Test func `at the end of the time there is no news, and the session goes on`() async throws {
    let passed = try await idle([], until: .after(.zero))
    #expect(passed.events.isEmpty && passed.error == nil && passed.stream.isFinished)
  }

  @Test func `a silent IDLE is probed, and the server asked for news it forgot to tell`() async throws {
    // The scripted server's silence is a time-out at once: the probe.
    let result = try await idle(
      Self.begun + Self.ended + [.expect("t4 NOOP\r\n"), .send("* 4 EXISTS\r\nt4 OK done\r\n")])
    #expect(result.events == [.exists(4)] && result.client.isUsable)
    #expect(result.stream.allowances.allSatisfy { $0.time <= .seconds(9 * 60) })
  }

  @Test func `after a probe without news the wait goes on`() async throws {
    let result = try await idle(
      Self.begun + Self.ended + [
        .expect("t4 NOOP\r\n"), .send("t4 OK done\r\n"), .expect("t5 IDLE\r\n"), .send("+ idling\r\n* 1 EXPUNGE\r\n"),
        .expect("DONE\r\n"), .send("t5 OK done\r\n"),
      ])
    #expect(result.events == [.removed] && result.error == nil, "\(result.stream.state)")
  }

  @Test func `a connection that died without a word is noticed`() async throws {
    let result = try await idle(Self.begun + [.expect("DONE\r\n")])
    #expect(result.error?.kind == .connectionFailed && result.error?.failureClass == .temporary)
    #expect(result.stream.isClosed && !result.client.isUsable)
  }

  @Test func `a connection that ends is an error`() async throws {
    for end in [Step.close, .reset, .truncate, .send("* BYE timeout\r\n")] {
      let result = try await idle(Self.begun + [end])
      #expect(result.error?.kind == .connectionFailed || result.error?.kind == .serverClosing)
      #expect(result.stream.isClosed)
    }
  }

  @Test(arguments: ["t3 NO no\r\n", "t3 BAD no\r\n"])
  func `a server that refuses IDLE is asked now and then`(answer: String) async throws {
    let result = try await idle([
      .expect("t3 IDLE\r\n"), .send(answer), .expect("t4 NOOP\r\n"), .send("t4 OK done\r\n"), .expect("t5 NOOP\r\n"),
      .send("* 4 EXISTS\r\nt5 OK done\r\n"),
    ])
    #expect(result.events == [.exists(4)] && result.client.isUsable)
  }

  @Test func `a server that ends IDLE by itself is asked now and then`() async throws {
    let result = try await idle(
      Self.begun + [
        .send("t3 OK enough\r\n"), .expect("t4 NOOP\r\n"), .send("t4 OK done\r\n"), .expect("t5 NOOP\r\n"),
        .send("* 4 EXISTS\r\nt5 OK done\r\n"),
      ])
    #expect(result.events == [.exists(4)] && result.client.isUsable)
  }

  @Test func `without IDLE the server is asked now and then`() async throws {
    let result = try await idle(
      [
        .expect("t3 NOOP\r\n"), .send("t3 OK done\r\n"), .expect("t4 NOOP\r\n"),
        .send("* 2 EXPUNGE\r\n* 4 EXISTS\r\nt4 OK done\r\n"),
      ], capabilities: "IMAP4rev1")
    #expect(result.events == [.removed, .exists(4)])
    #expect(!result.stream.writtenText.contains("IDLE"))
  }

  @Test func `a probe comes well before the 29 minutes of RFC 2177`() {
    #expect(IMAPTimeouts().idleProbe < .seconds(29 * 60))
  }

  @Test func `a flood while idling has its limit`() async throws {
    let flood = String(repeating: "* OK x\r\n", count: 30)
    let result = try await idle(Self.begun + [.send(flood)], change: { $0.limits.unaskedResponses = 20 })
    #expect(result.error?.kind == .tooMuch && result.stream.isClosed)
  }
}
