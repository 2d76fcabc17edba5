import FlowEngine
import MessageStore
import Synchronization
import System
import TenantBase
import TestSupport
import Testing

@testable import TenantRuntime

/// A poll between a fake mailbox and the real ledger.
@Suite struct SenderPollTests {
  private let folder: TemporaryFolder
  private static let start = Timestamp(seconds: 1_795_000_000)

  init() throws { folder = try TemporaryFolder() }

  /// What the flow got, and how it takes a body.
  private final class Flow: Sendable {
    let bodies = Mutex<[String]>([])
    let kind: FlowFailure.Kind
    let outcome: @Sendable (String) -> FailureClass?

    init(
      _ kind: FlowFailure.Kind = .stepFailed, _ outcome: @escaping @Sendable (String) -> FailureClass? = { _ in nil }
    ) {
      self.kind = kind
      self.outcome = outcome
    }

    @Sendable func run(_ exchange: Exchange) async -> RunReport {
      let body = exchange.body.textInMemory ?? ""
      bodies.withLock { $0.append(body) }
      return RunReport(
        flowName: "Orders", runID: exchange.id, trigger: .timer, startedAt: SenderPollTests.start, duration: .zero,
        failure: outcome(body).map { FlowFailure(kind, class: $0, Explanation("the flow failed on \(body)")) })
    }

    var seen: [String] { bodies.withLock { $0 } }
  }

  private func poll(
    _ sender: FakeSender, _ flow: Flow, ledger: LedgerStore? = nil, free: Int? = nil,
    _ change: (inout PollLimits) -> Void = { _ in }
  ) async throws -> PollReport {
    let ledger = try ledger ?? LedgerStore.open(in: folder("data"))
    var limits = PollLimits()
    change(&limits)
    return await SenderPoll(
      sender: sender, ledger: ledger, locks: ledger, flowName: "Orders", limits: limits, now: { Self.start },
      freeBytes: { free }, process: flow.run
    ).run()
  }

  private static let three = [("1", "a"), ("2", "b"), ("3", "c")]

  @Test func `each message goes through the flow in order, and the source is told after`() async throws {
    let sender = FakeSender(Self.three)
    let flow = Flow()
    let report = try await poll(sender, flow)
    #expect(report.failure == nil)
    #expect(flow.seen == ["a", "b", "c"])
    #expect(report.messages.map(\.status) == [.processed, .processed, .processed])
    #expect(report.messages.allSatisfy { $0.postProcessing != nil && $0.postProcessing?.failure == nil })
    #expect(sender.state.withLock { $0.done } == ["markSeen 1", "markSeen 2", "markSeen 3"])
    let second = try await poll(sender, flow)
    #expect(second.messages.isEmpty && second.doneBefore == 3 && flow.seen.count == 3)
  }

  @Test func `batches are read ahead, and the order stays`() async throws {
    let sender = FakeSender((1...7).map { (String($0), "m\($0)") })
    let flow = Flow()
    let report = try await poll(sender, flow) { $0.batchMessages = 2 }
    #expect(flow.seen == (1...7).map { "m\($0)" })
    #expect(sender.state.withLock { $0.fetches.map(\.count) } == [2, 2, 2, 1])
    #expect(report.count(.processed) == 7)
  }

  @Test func `a poll takes no more than the channel says`() async throws {
    let sender = FakeSender(Self.three, messagesPerPoll: 2)
    let flow = Flow()
    #expect(try await poll(sender, flow).left == 1)
    #expect(flow.seen == ["a", "b"])
    _ = try await poll(sender, flow)
    #expect(flow.seen == ["a", "b", "c"])
  }

  @Test func `a failure of the message counts, and its last attempt keeps it`() async throws {
    let sender = FakeSender(Self.three, policy: SourcePolicy(maximumAttempts: 2))
    let flow = Flow { $0 == "b" ? .permanent : nil }
    let first = try await poll(sender, flow)
    #expect(first.messages.map(\.status) == [.processed, .failed, .processed])
    #expect(first.messages[1].reason == "tried again once more")
    let second = try await poll(sender, flow)
    #expect(second.messages.map(\.status) == [.quarantined])
    let third = try await poll(sender, flow)
    #expect(third.messages.map(\.status) == [.skipped])
    #expect(flow.seen == ["a", "b", "c", "b"])
    #expect(sender.state.withLock { $0.done } == ["markSeen 1", "markSeen 3"])
    let ledger = try LedgerStore.open(in: folder("data"))
    let entry = try #require(second.messages[0].entry)
    #expect(try ledger.rawMail(of: entry)?.textInMemory == "b")
  }

  @Test func `a server that is away is no fault of the message`() async throws {
    let sender = FakeSender([("1", "a")], policy: SourcePolicy(maximumAttempts: 1))
    for failure in [FailureClass.unreachable, .temporary, .refused, .configuration] {
      let report = try await poll(sender, Flow(.channelFailed) { _ in failure })
      #expect(report.messages.map(\.status) == [.failed])
    }
    #expect(try await poll(sender, Flow()).messages.map(\.status) == [.processed])
  }

  @Test(arguments: [FailureClass.configuration, .refused, .badInput, .permanent])
  func `what a step cannot do with a message counts, whatever it lacked`(failure: FailureClass) async throws {
    let sender = FakeSender([("1", "a")], policy: SourcePolicy(maximumAttempts: 2))
    #expect(try await poll(sender, Flow { _ in failure }).messages.map(\.status) == [.failed])
    #expect(try await poll(sender, Flow { _ in failure }).messages.map(\.status) == [.quarantined])
  }

  @Test func `a message that failed takes no place of a fresh one`() async throws {
    let sender = FakeSender([("1", "a"), ("2", "b")], messagesPerPoll: 1)
    let flow = Flow { $0 == "a" ? .permanent : nil }
    #expect(try await poll(sender, flow).left == 1)
    #expect(try await poll(sender, flow).left == 1)
    #expect(try await poll(sender, flow).left == 0)
    #expect(flow.seen == ["a", "b", "a"])
  }

  @Test(arguments: [true, false])
  func `a lost copy fails alone, or is fetched again, and the poll goes on`(isInMailbox: Bool) async throws {
    let large = "a" + String(repeating: "x", count: 300_000)
    let sender = FakeSender([("1", large)], policy: SourcePolicy(maximumAttempts: 1))
    let quarantined = try await poll(sender, Flow { _ in .permanent })
    let entry = try #require(quarantined.messages[0].entry)
    let kept = folder("data/quarantine")
    for name in try Folder(opening: kept).entries() { try Folder(opening: kept).remove(name) }
    try LedgerStore.open(in: folder("data")).retry([entry], now: Self.start)
    sender.state.withLock { $0.mails = (isInMailbox ? [("1", large)] : []) + [("2", "b")] }
    let flow = Flow()
    let report = try await poll(sender, flow)
    #expect(report.failure == nil)
    #expect(flow.seen == (isInMailbox ? [large, "b"] : ["b"]))
    #expect(report.messages.map(\.status) == [isInMailbox ? .processed : .failed, .processed])
    #expect(report.messages[0].entry == entry)
    if !isInMailbox {
      #expect(report.messages[0].failure?.explanation.hints.contains { $0.contains("messages drop") } == true)
    }
  }

  @Test func `a mail that cannot be read is kept at once`() async throws {
    let sender = FakeSender([("1", "unreadable"), ("2", "b")])
    let flow = Flow()
    let report = try await poll(sender, flow)
    #expect(report.messages.map(\.status) == [.quarantined, .processed])
    #expect(flow.seen == ["b"])
    #expect(report.messages[0].failureClasses == [.permanent])
  }

  @Test func `what a person asks for is taken from the kept copy`() async throws {
    let sender = FakeSender([("1", "a")], policy: SourcePolicy(maximumAttempts: 1))
    let quarantined = try await poll(sender, Flow { _ in .permanent })
    let entry = try #require(quarantined.messages[0].entry)
    sender.state.withLock { $0.mails = [] }
    try LedgerStore.open(in: folder("data")).retry([entry], now: Self.start)
    let flow = Flow()
    let report = try await poll(sender, flow)
    #expect(report.messages.map(\.status) == [.processed])
    #expect(flow.seen == ["a"])
    // The source has it no more: nothing is done there.
    #expect(sender.state.withLock { $0.done } == [])
    #expect(try await poll(sender, flow).messages.isEmpty)
  }

  @Test func `a source that could not be told is told at the next poll, and the flow has it once`() async throws {
    let sender = FakeSender(Self.three)
    sender.state.withLock { $0.finishes = false }
    let flow = Flow()
    let first = try await poll(sender, flow)
    #expect(first.messages.allSatisfy { $0.status == .processed && $0.postProcessing?.failure != nil })
    sender.state.withLock { $0.finishes = true }
    let second = try await poll(sender, flow)
    #expect(second.messages.map(\.status) == [.finished, .finished, .finished])
    #expect(second.messages.map(\.subject) == ["a", "b", "c"])
    #expect(sender.state.withLock { $0.done } == ["markSeen 1 again", "markSeen 2 again", "markSeen 3 again"])
    #expect(flow.seen.count == 3)
  }

  @Test func `a processed message that is gone from the source is done`() async throws {
    let sender = FakeSender([("1", "a")])
    sender.state.withLock { $0.finishes = false }
    _ = try await poll(sender, Flow())
    sender.state.withLock { state in
      state.finishes = true
      state.mails = []
    }
    let report = try await poll(sender, Flow())
    #expect(report.messages.map(\.status) == [.finished])
    #expect(report.messages[0].reason == "it is no longer in the folder")
    #expect(try await poll(sender, Flow()).messages.isEmpty)
  }

  @Test func `a renumbered folder is matched by content`() async throws {
    let sender = FakeSender(Self.three)
    let flow = Flow()
    _ = try await poll(sender, flow)
    sender.state.withLock { state in
      state.validity = "2"
      state.mails = [("7", "a"), ("8", "b"), ("9", "c"), ("10", "d")]
    }
    let report = try await poll(sender, flow)
    #expect(flow.seen == ["a", "b", "c", "d"])
    #expect(report.notes.contains { $0.contains("UIDVALIDITY") })
    #expect(report.messages.map(\.status) == [.skipped, .skipped, .skipped, .processed])
  }

  @Test func `a number given to another mail is another mail`() async throws {
    let sender = FakeSender([("1", "a")])
    let flow = Flow()
    _ = try await poll(sender, flow)
    sender.state.withLock { $0.mails = [("1", "something else")] }
    _ = try await poll(sender, flow)
    #expect(flow.seen == ["a", "something else"])
  }

  @Test func `a connection lost between batches leaves what is done, and the rest`() async throws {
    let sender = FakeSender((1...6).map { (String($0), "m\($0)") })
    sender.state.withLock { $0.fetchesBeforeLoss = 1 }
    let flow = Flow()
    let report = try await poll(sender, flow) { $0.batchMessages = 2 }
    #expect(report.failure?.failureClass == .unreachable)
    #expect(flow.seen == ["m1", "m2"])
    #expect(report.count(.processed) == 2)
    sender.state.withLock { $0.fetchesBeforeLoss = .max }
    _ = try await poll(sender, flow)
    #expect(flow.seen == (1...6).map { "m\($0)" })
  }

  @Test func `a full disk stops the poll before it fetches`() async throws {
    let sender = FakeSender(Self.three)
    let flow = Flow()
    let report = try await poll(sender, flow, free: 1 << 20)
    #expect(report.failure?.failureClass == .temporary)
    #expect(report.failure?.explanation.summary == "the poll stops: the disk is full")
    #expect(sender.state.withLock { $0.fetches }.isEmpty && flow.seen.isEmpty)
    #expect(report.left == 3)
  }

  @Test func `a mailbox that is being polled is left alone, and who has it is told`() async throws {
    let ledger = try LedgerStore.open(in: folder("data"))
    let sender = FakeSender(Self.three)
    let outcome = try ledger.lock(
      sender.source().mailbox, for: "Other", timeout: .seconds(60), now: Self.start)
    guard case .locked(let lease) = outcome else {
      Issue.record("not locked")
      return
    }
    let report = try await poll(sender, Flow(), ledger: ledger)
    #expect(report.failure?.failureClass == .temporary)
    #expect(report.failure?.explanation.cause?.contains("flow 'Other'") == true)
    #expect(sender.state.withLock { $0.sessions } == 0)
    withExtendedLifetime(lease) {}
  }

  @Test func `an interrupted poll takes nothing more`() async throws {
    let sender = FakeSender(Self.three)
    let interrupted = Task { () -> PollReport in
      withUnsafeCurrentTask { $0?.cancel() }
      return try await poll(sender, Flow())
    }
    let report = try await interrupted.value
    #expect(report.failure?.failureClass == .temporary)
    #expect(report.messages.isEmpty && report.left == 3)
    #expect(try await poll(sender, Flow()).count(.processed) == 3)
  }

  @Test func `a large message is a batch of its own`() {
    var limits = PollLimits()
    limits.batchBytes = 100
    limits.batchMessages = 3
    let sizes = [10, 20, 500, 30, 30, 30, 30, 90, 20]
    let batches = MessageBatch.batches(
      of: sizes.enumerated().map { SourceIdentity(uid: String($0.offset), size: $0.element) }, limits: limits)
    #expect(batches.map { $0.identities.compactMap(\.size) } == [[10, 20], [500], [30, 30, 30], [30], [90], [20]])
  }
}
