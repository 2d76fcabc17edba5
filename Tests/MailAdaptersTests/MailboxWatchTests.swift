import FlowEngine
import Synchronization
import TenantBase
import Testing

@testable import MailAdapters

@Suite struct MailboxWatchTests {
  /// A session that lives and has news as a test says.
  private final class FakeSession: WatchedSession, SenderSession {
    struct State {
      var isUsable = true
      var news: [Bool?] = []
      var closings = 0
    }

    let state: Mutex<State>

    /// - Parameter news: what each wait finds; nil loses the connection.
    init(news: [Bool?] = []) { state = Mutex(State(news: news)) }

    var senderSession: any SenderSession { self }
    var isUsable: Bool { state.withLock { $0.isUsable } }

    func hasNews(until end: Deadline) async throws -> Bool {
      let next: Bool? = state.withLock { $0.news.isEmpty ? false : $0.news.removeFirst() }
      guard let next else {
        state.withLock { $0.isUsable = false }
        throw CancellationError()
      }
      return next
    }

    func close() async {
      state.withLock {
        $0.isUsable = false
        $0.closings += 1
      }
    }

    let facts = SenderSessionFacts()
    let postProcessing: PostProcessingIntent? = nil
    func matches() async throws -> [String] { [] }
    func allUIDs() async throws -> [String] { [] }
    func candidates(of uids: [String]) async throws -> [SenderCandidate] { [] }
    func fetch(
      _ uids: [String], take: @escaping @Sendable (FetchedSourceMessage) -> Void
    ) async throws -> [String: String] { [:] }
    func postProcess(
      _ tasks: [PostProcessingTask],
      note: @escaping @Sendable ([(SourceMessageID, PostProcessingIntent)]) async throws -> Void
    ) async -> [SourceMessageID: SenderFinish] { [:] }
  }

  private final class Log: Sendable {
    let waits = Mutex<[Duration]>([])
    let openings = Mutex(0)
  }

  private func watch(
    keeps: Bool = true, waits: Bool = true, log: Log = Log(), _ opens: @escaping @Sendable (Int) throws -> FakeSession
  ) -> MailboxWatch {
    MailboxWatch(
      keepsConnection: keeps, waitsForMail: waits, backOff: WatchBackOff(chance: { 1 }),
      clock: .init { duration in log.waits.withLock { $0.append(duration) } }
    ) {
      let number = log.openings.withLock { openings in
        defer { openings += 1 }
        return openings
      }
      return try opens(number)
    }
  }

  @Test func `the wait grows with every failure up to its end, and half of it is chance`() {
    var sure = WatchBackOff(chance: { 0 })
    var full = WatchBackOff(chance: { 1 })
    #expect((0..<4).map { _ in full.next() } == [.seconds(5), .seconds(10), .seconds(20), .seconds(40)])
    #expect(sure.next() == .milliseconds(2_500))
    for _ in 0..<40 { _ = full.next() }
    #expect(full.next() == .seconds(900))
    full.succeeded()
    #expect(full.next() == .seconds(5))
  }

  @Test func `a kept connection serves poll after poll`() async throws {
    let log = Log()
    let watch = watch(log: log) { _ in FakeSession() }
    for _ in 0..<3 {
      _ = try await watch.lend()
      await watch.giveBack()
    }
    #expect(log.openings.withLock { $0 } == 1)
    await watch.close()
  }

  @Test func `a channel that disconnects gets a connection for each poll`() async throws {
    let log = Log()
    let watch = watch(keeps: false, log: log) { _ in FakeSession() }
    for _ in 0..<3 {
      _ = try await watch.lend()
      await watch.giveBack()
    }
    #expect(log.openings.withLock { $0 } == 3)
  }

  @Test func `a lost connection is opened again after a wait that grows`() async throws {
    let log = Log()
    let watch = watch(log: log) { number in
      if number < 3 { throw CancellationError() }
      return FakeSession()
    }
    for _ in 0..<3 { await #expect(throws: CancellationError.self) { _ = try await watch.lend() } }
    _ = try await watch.lend()
    #expect(log.waits.withLock { $0 } == [.seconds(10), .seconds(20), .seconds(40)])
    #expect(log.openings.withLock { $0 } == 4)
  }

  @Test func `news end the wait before its time`() async throws {
    let session = FakeSession(news: [false, true])
    let watch = watch { _ in session }
    _ = try await watch.lend()
    #expect(try await watch.wait(until: .after(.seconds(600))) == .news)
  }

  @Test func `a connection lost while waiting is left to the next poll`() async throws {
    let session = FakeSession(news: [nil])
    let log = Log()
    let watch = watch(log: log) { _ in session }
    _ = try await watch.lend()
    #expect(try await watch.wait(until: .after(.seconds(600))) == .time)
    #expect(session.state.withLock { $0.closings } == 1)
    #expect(log.waits.withLock { $0.count } == 1)
  }

  @Test func `without IDLE asked for, only the time counts`() async throws {
    let log = Log()
    let watch = watch(waits: false, log: log) { _ in FakeSession(news: [true]) }
    _ = try await watch.lend()
    #expect(try await watch.wait(until: .after(.seconds(600))) == .time)
  }
}
