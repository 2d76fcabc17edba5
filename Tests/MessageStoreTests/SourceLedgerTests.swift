import FlowEngine
import Foundation
import MessageStore
import System
import TenantBase
import Testing

struct SourceLedgerTests {
  private let fixture = LedgerFixture()

  @Test func `a message is taken once, processed once and settled`() throws {
    let id = try fixture.take("7").message
    #expect(try fixture.take("8").message != id)
    #expect(try fixture.match(id, "mail") == .same(id))
    let ledger = try fixture.ledger()
    let move = PostProcessingIntent(.move, target: "Archive", detail: "seen")
    try ledger.record([.processed(id)], now: fixture.start)
    #expect(try fixture.take("7") == .processed(id, begun: nil))
    try ledger.record([.postProcessingBegan(id, move)], now: fixture.start)
    #expect(try fixture.take("7") == .processed(id, begun: move))
    let rest = PostProcessingIntent(.removeOriginal, target: "Archive")
    try ledger.record([.postProcessingBegan(id, rest)], now: fixture.start)
    #expect(try fixture.take("7") == .processed(id, begun: rest))
    try ledger.record([.postProcessed(id)], now: fixture.start)
    #expect(try fixture.take("7") == .settled(id, .done))
    let record = try #require(try ledger.record(of: id))
    #expect(record.subject == "mail" && record.from == "anna@example.org" && record.messageID == "<1@x>")
    #expect(record.folder == LedgerFixture.folder && record.attempts == 1)
  }

  /// Between any two calls the process dies: the next one comes to the same end, and nothing is processed twice.
  @Test(arguments: 0..<6)
  func `a crash after any call leads to the same end`(crashAfter: Int) throws {
    var call = 0
    func step() {
      if call == crashAfter { fixture.crash() }
      call += 1
    }
    var processedCount = 0
    for _ in 0..<4 {
      let taking = try fixture.take("7")
      step()
      let intent: PostProcessingIntent?
      switch taking {
      case .taken(let id, _, _):
        try fixture.match(id, "mail")
        step()
        processedCount += 1
        try fixture.ledger().record([.processed(id)], now: fixture.start)
        step()
        intent = nil
      case .processed(_, let begun): intent = begun
      case .settled(_, let state):
        #expect(state == .done)
        #expect(processedCount == 1)
        return
      case .exhausted, .heldAfterCrash, .takenByOther:
        Issue.record("unexpected \(taking)")
        return
      }
      let id = taking.message
      let move = PostProcessingIntent(.move, target: "Done")
      if intent == nil { try fixture.ledger().record([.postProcessingBegan(id, move)], now: fixture.start) }
      step()
      #expect(try fixture.take("7") == .processed(id, begun: move))
      step()
      try fixture.ledger().record([.postProcessed(id)], now: fixture.start)
      step()
    }
    Issue.record("it did not come to its end")
  }

  @Test func `each crash in an attempt counts, until the message is to be quarantined`() throws {
    let policy = SourcePolicy(maximumAttempts: 3)
    let id = try fixture.take("2", policy: policy).message
    for attempt in 2...3 {
      fixture.crash()
      #expect(try fixture.take("2", policy: policy) == .taken(id, attempt: attempt, isRepeated: true))
    }
    for attempts in 3...5 {
      fixture.crash()
      #expect(try fixture.take("2", policy: policy) == .exhausted(id, attempts: attempts))
    }
    fixture.crash()
    #expect(try fixture.take("2", policy: policy) == .settled(id, .quarantined))
  }

  @Test func `a message that may be attempted once is held after a crash`() throws {
    let policy = SourcePolicy(isAtMostOnce: true)
    let id = try fixture.take("1", policy: policy).message
    fixture.crash()
    #expect(try fixture.take("1", policy: policy) == .heldAfterCrash(id))
    #expect(try fixture.take("1", policy: policy) == .settled(id, .held))
    try fixture.ledger().retry([id], now: fixture.start)
    #expect(try fixture.take("1", policy: policy) == .taken(id, attempt: 1, isRepeated: true))
  }

  @Test func `failures count by their kind`() throws {
    let policy = SourcePolicy(maximumAttempts: 2)
    let ledger = try fixture.ledger()
    let id = try fixture.take("1", policy: policy).message
    func fail(_ kind: SourceFailure.Kind, at moment: Timestamp) throws -> SourceVerdict {
      try ledger.fail(id, SourceFailure(kind, problem), policy: policy, now: moment)
    }
    for number in 0..<20 {
      let moment = fixture.start.advanced(byMilliseconds: Int64(number) * 60_000)
      guard case .again(let left, let notBefore?) = try fail(.temporary, at: moment) else {
        Issue.record("a failure for now counted")
        return
      }
      #expect(left == 2)
      let wait = notBefore.milliseconds - moment.milliseconds
      #expect(wait >= 60_000 && wait <= 3_960_000)
      #expect(try fixture.take("1", policy: policy) == .taken(id, attempt: 1, isRepeated: true))
    }
    #expect(try fail(.counted, at: fixture.start) == .again(attemptsLeft: 1, notBefore: nil))
    let record = try #require(try ledger.record(of: id))
    #expect(record.failure == SourceFailure(.counted, problem))
    #expect(try fixture.take("1", policy: policy) == .taken(id, attempt: 2, isRepeated: true))
    #expect(try fail(.counted, at: fixture.start) == .quarantine)
    #expect(try fixture.take("1", policy: policy) == .exhausted(id, attempts: 2))
  }

  @Test func `failures for now end after their time, and not because a clock jumped`() throws {
    let ledger = try fixture.ledger()
    let id = try fixture.take("1").message
    let failure = SourceFailure(.temporary, problem)
    let year: Int64 = 365 * 24 * 3_600_000
    for jump in [0, year, 0, -year, year] {
      let moment = fixture.start.advanced(byMilliseconds: jump)
      guard case .again = try ledger.fail(id, failure, policy: SourcePolicy(), now: moment) else {
        Issue.record("a jump of the clock ended it")
        return
      }
      try fixture.take("1")
    }
    var verdict = SourceVerdict.held
    for number in 0..<12 {
      let moment = fixture.start.advanced(byMilliseconds: Int64(number) * 24 * 3_600_000)
      verdict = try ledger.fail(id, failure, policy: SourcePolicy(), now: moment)
      if verdict == .quarantine { break }
      try fixture.take("1")
    }
    #expect(verdict == .quarantine)
  }

  @Test func `a permanent failure needs no further attempt`() throws {
    let id = try fixture.take("1").message
    let ledger = try fixture.ledger()
    #expect(
      try ledger.fail(id, SourceFailure(.permanent, problem), policy: SourcePolicy(), now: fixture.start)
        == .quarantine)
    fixture.crash()
    #expect(try fixture.take("1") == .exhausted(id, attempts: 5))
  }

  @Test func `an attempt that was abandoned does not count`() throws {
    let id = try fixture.take("1").message
    try fixture.ledger().record([.abandoned(id)], now: fixture.start)
    #expect(try fixture.take("1") == .taken(id, attempt: 1, isRepeated: true))
  }

  @Test(arguments: [10, 200_000])
  func `a quarantined mail keeps its bytes until it is dropped`(size: Int) throws {
    let bytes = [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0) })
    let id = try fixture.take("1").message
    _ = try fixture.ledger().fail(
      id, SourceFailure(.permanent, problem), policy: SourcePolicy(), now: fixture.start)
    try fixture.ledger().quarantine(id, raw: MessageBody(bytes: bytes), now: fixture.start)
    fixture.crash()
    let ledger = try fixture.ledger()
    #expect(try ledger.rawMail(of: id)?.bytesInMemory == bytes)
    #expect(fixture.names(in: "quarantine").count == (size > 65_536 ? 1 : 0))
    let record = try #require(try ledger.records(in: nil, limit: 10).first)
    #expect(record.state == .quarantined && record.raw?.byteCount == size && record.failure?.explanation == problem)
    #expect(try fixture.take("1") == .settled(id, .quarantined))

    try ledger.retry([id], now: fixture.start)
    #expect(try ledger.retries(in: fixture.inbox()).map(\.id) == [id])
    #expect(try ledger.rawMail(of: id)?.bytesInMemory == bytes)
    #expect(
      try ledger.take(id, policy: SourcePolicy(), after: [], now: fixture.start)
        == .taken(id, attempt: 1, isRepeated: true))
    try ledger.record([.abandoned(id)], now: fixture.start)
    try ledger.drop([id], now: fixture.start)
    #expect(try ledger.rawMail(of: id) == nil)
    #expect(fixture.names(in: "quarantine").isEmpty)
    #expect(try fixture.take("1") == .settled(id, .dropped))
    #expect(throws: LedgerError.self) { try ledger.retry([id], now: fixture.start) }
  }

  @Test func `several transitions are stored or none`() throws {
    let ids = try ["1", "2"].map { try fixture.take($0).message }
    let ledger = try fixture.ledger()
    let unknown = SourceMessageID(rawValue: 99)
    #expect(throws: LedgerError.self) {
      try ledger.record([.processed(ids[0]), .processed(unknown)], now: fixture.start)
    }
    #expect(try fixture.state(ids[0]) == .taken)
    #expect(throws: LedgerError.self) { try fixture.take("3", after: [.postProcessed(ids[1])]) }
    #expect(try fixture.inbox().known["3"] == nil)
    try fixture.take("3", after: [.processed(ids[0]), .postProcessed(ids[0]), .processed(ids[1])])
    #expect(try fixture.state(ids[0]) == .done)
    #expect(try fixture.state(ids[1]) == .processed)
  }

  /// From each state each transition: what it leads to; nil where it is refused.
  @Test func `what a state does not allow is refused`() throws {
    let intent = PostProcessingIntent(.delete)
    let table: [(SourceMessageState, [SourceMessageState?])] = [
      // processed, postProcessingBegan, postProcessed, abandoned
      (.taken, [.processed, nil, nil, .failed]),
      (.processed, [.processed, .postProcessing, .done, .processed]),
      (.postProcessing, [.postProcessing, .postProcessing, .done, .postProcessing]),
      (.done, [.done, .done, .done, .done]),
      (.failed, [nil, nil, nil, .failed]), (.waiting, [nil, nil, nil, .waiting]),
      (.quarantined, [nil, nil, nil, .quarantined]), (.held, [nil, nil, nil, .held]),
      (.dropped, [nil, nil, nil, .dropped]),
    ]
    let ledger = try fixture.ledger()
    for (row, (state, results)) in table.enumerated() {
      for (column, expected) in results.enumerated() {
        let id = try message("\(row).\(column)", in: state)
        let transitions: [SourceTransition] = [
          .processed(id), .postProcessingBegan(id, intent), .postProcessed(id), .abandoned(id),
        ]
        if let expected {
          try ledger.record([transitions[column]], now: fixture.start)
          #expect(try fixture.state(id) == expected, "\(transitions[column]) of \(state)")
        } else {
          #expect(throws: LedgerError.self) { try ledger.record([transitions[column]], now: fixture.start) }
          #expect(try fixture.state(id) == state)
        }
      }
    }
  }

  private func message(_ uid: String, in state: SourceMessageState) throws -> SourceMessageID {
    let ledger = try fixture.ledger()
    let policy = SourcePolicy(isAtMostOnce: state == .held)
    let id = try fixture.take(uid, policy: policy).message
    let now = fixture.start
    switch state {
    case .taken: break
    case .failed: _ = try ledger.fail(id, SourceFailure(.counted, problem), policy: policy, now: now)
    case .waiting: try ledger.retry([id], now: now)
    case .processed: try ledger.record([.processed(id)], now: now)
    case .postProcessing:
      try ledger.record([.processed(id), .postProcessingBegan(id, PostProcessingIntent(.delete))], now: now)
    case .done: try ledger.record([.processed(id), .postProcessed(id)], now: now)
    case .quarantined: try ledger.quarantine(id, raw: nil, now: now)
    case .held: _ = try fixture.take(uid, policy: policy)
    case .dropped: try ledger.drop([id], now: now)
    }
    #expect(try fixture.state(id) == state)
    return id
  }

  // MARK: identity

  @Test func `a changed UIDVALIDITY voids the UIDs, and what matches is not processed again`() throws {
    let done = try fixture.done("1", "one")
    let failed = try fixture.take("2").message
    try fixture.match(failed, "two", messageID: "<2@x>")
    _ = try fixture.ledger().fail(
      failed, SourceFailure(.counted, problem), policy: SourcePolicy(), now: fixture.start)

    let folder = try fixture.inbox("4294967297")
    #expect(folder.voidedCount == 2 && folder.unmatchedCount == 2 && folder.known.isEmpty)
    #expect(try fixture.inbox("4294967297").voidedCount == 0)
    let first = try fixture.take("2", validity: "4294967297").message
    #expect(first != done && first != failed)
    #expect(try fixture.match(first, "one") == .known(.settled(done, .done)))
    #expect(try fixture.ledger().record(of: first) == nil)
    let second = try fixture.take("3", validity: "4294967297").message
    #expect(
      try fixture.match(second, "two", messageID: "<2@x>") == .known(.taken(failed, attempt: 2, isRepeated: true)))
    let third = try fixture.take("4", validity: "4294967297").message
    #expect(try fixture.match(third, "three") == .same(third))
    let again = try fixture.inbox("4294967297")
    #expect(again.unmatchedCount == 0)
    let known = try fixture.ledger().known(["2", "3", "4", "5"], in: again)
    #expect(known.mapValues(\.id) == ["2": done, "3": failed, "4": third])
    // What is over is not held with the folder: it would grow with every mail.
    #expect(again.known.mapValues(\.id) == ["3": failed, "4": third])
  }

  @Test func `the same bytes with another Message-ID, or under a UID beside the first, are another message`() throws {
    let done = try fixture.done("1", "one")
    let copy = try fixture.take("2").message
    #expect(try fixture.match(copy, "one", present: ["1", "2"]) == .same(copy))
    _ = try fixture.inbox("2")
    let other = try fixture.take("9", validity: "2").message
    #expect(try fixture.match(other, "one", messageID: "<other@x>") == .same(other))
    let moved = try fixture.take("10", validity: "2").message
    #expect(try fixture.match(moved, "one").message == done)
  }

  @Test func `a UID that is gone from the folder can come back as another one`() throws {
    let done = try fixture.done("1", "one")
    let id = try fixture.take("5").message
    #expect(try fixture.match(id, "one", present: ["5"]) == .known(.settled(done, .done)))
    #expect(try fixture.take("5") == .settled(done, .done))
  }

  @Test func `a UID with other bytes is another message`() throws {
    let first = try fixture.take("1").message
    try fixture.match(first, "one")
    fixture.crash()
    #expect(try fixture.take("1") == .taken(first, attempt: 2, isRepeated: true))
    guard case .replaced(let second) = try fixture.match(first, "other", messageID: "<other@x>") else {
      Issue.record("it was not replaced")
      return
    }
    #expect(second != first)
    let known = try fixture.inbox().known["1"]
    #expect(known?.id == second && known?.attempts == 1)
    let old = try #require(try fixture.ledger().record(of: first))
    #expect(old.hasVoidUID && old.attempts == 1 && old.state == .failed)
  }

  @Test func `a UID whose size differs from what was known is another message`() throws {
    let first = try fixture.take("1", size: 10).message
    try fixture.ledger().record([.processed(first), .postProcessed(first)], now: fixture.start)
    #expect(try fixture.take("1", size: 10) == .settled(first, .done))
    let second = try fixture.take("1", size: 11)
    #expect(second == .taken(second.message, attempt: 1, isRepeated: false) && second.message != first)
  }

  @Test func `an EMAILID finds its entry after a change of the UIDVALIDITY`() throws {
    let ledger = try fixture.ledger()
    func take(_ uid: String, _ validity: String) throws -> SourceTaking {
      try ledger.take(
        SourceIdentity(uid: uid, emailID: "M1"), in: fixture.inbox(validity), policy: SourcePolicy(), after: [],
        now: fixture.start)
    }
    let id = try take("1", "1").message
    try ledger.record([.processed(id), .postProcessed(id)], now: fixture.start)
    #expect(try take("4", "2") == .settled(id, .done))
    #expect(try ledger.known(["4"], in: fixture.inbox("2"))["4"]?.id == id)
  }

  /// Both ways of beginning an attempt come to the same, whatever was before.
  @Test func `a message that was read already is taken and compared at once`() throws {
    let done = try fixture.done("1", "one")
    let ledger = try fixture.ledger()
    func take(_ uid: String, _ text: String, _ validity: String = "1") throws -> SourceTaking {
      try ledger.take(
        SourceIdentity(uid: uid), with: content(text), presentUIDs: nil, in: fixture.inbox(validity),
        policy: SourcePolicy(), after: [], now: fixture.start)
    }
    #expect(try take("1", "one") == .settled(done, .done))
    let fresh = try take("2", "two")
    #expect(fresh == .taken(fresh.message, attempt: 1, isRepeated: false))
    #expect(try take("2", "two") == .taken(fresh.message, attempt: 2, isRepeated: true))
    let other = try take("2", "other")
    #expect(other == .taken(other.message, attempt: 1, isRepeated: false) && other.message != fresh.message)
    #expect(try take("9", "one", "2") == .settled(done, .done))
    #expect(try ledger.record(of: other.message)?.subject == "other")
  }

  @Test func `flows and folders are counted apart`() throws {
    let first = try fixture.take("1").message
    let ledger = try fixture.ledger()
    var other = LedgerFixture.folder
    other = SourceFolder(
      flowName: "Invoices", channelID: other.channelID, account: other.account, folder: other.folder)
    let opened = try ledger.open(other, validity: "1", now: fixture.start)
    #expect(opened.known.isEmpty)
    let taking = try ledger.take(
      SourceIdentity(uid: "1"), in: opened, policy: SourcePolicy(), after: [], now: fixture.start)
    #expect(taking.message != first)
  }

  @Test func `final entries are forgotten after 90 days, and only when they are asked for`() throws {
    let done = try fixture.done("1", "one")
    let open = try fixture.take("2").message
    let ledger = try fixture.ledger()
    let day: Int64 = 24 * 3_600_000
    let folder = try fixture.inbox()
    let soon = fixture.start.advanced(byMilliseconds: 89 * day)
    let late = fixture.start.advanced(byMilliseconds: 91 * day)
    #expect(try ledger.expired(in: folder, now: soon, limit: 10).isEmpty)
    #expect(try ledger.expired(in: folder, now: late, limit: 10).map(\.id) == [done])
    #expect(throws: LedgerError.self) { try ledger.forget([done, open]) }
    #expect(try fixture.state(done) == .done)
    try ledger.forget([done])
    #expect(try ledger.record(of: done) == nil)
  }

  @Test func `entries whose mails stay do not keep later ones from being forgotten`() throws {
    let ids = try (1...5).map { try fixture.done("\($0)", "text \($0)") }
    let late = fixture.start.advanced(byMilliseconds: 91 * 24 * 3_600_000)
    let folder = try fixture.inbox()
    func next() throws -> [SourceMessageID] {
      try fixture.ledger().expired(in: folder, now: late, limit: 2).map(\.id)
    }
    #expect(try next() == Array(ids[0...1]))
    // Another process goes on where the last one ended.
    fixture.crash()
    #expect(try next() == Array(ids[2...3]))
    try fixture.ledger().forget([ids[3]])
    #expect(try next() == [ids[4]])
    #expect(try next() == Array(ids[0...1]))
    #expect(try next() == [ids[2], ids[4]])
    #expect(try next().isEmpty)
    #expect(try next() == Array(ids[0...1]))
  }
}
