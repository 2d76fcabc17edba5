import FlowEngine
import Foundation
import MessageStore
import System
import TenantBase
import Testing

struct DeliveryJournalTests {
  private let fixture = LedgerFixture()

  private func key(_ source: SourceMessageID, _ element: String = "End_1", _ lineage: [Int] = []) -> DeliveryKey {
    DeliveryKey(source: source, point: DeliveryPoint(elementID: element, lineage: lineage, ordinal: 2))
  }

  @discardableResult
  private func begin(
    _ key: DeliveryKey, _ bytes: [UInt8], targets: [String] = ["anna@example.org", "bob@example.org"],
    holdsDoubt: Bool = false
  ) throws -> JournaledDelivery {
    var pieces = stride(from: 0, to: bytes.count, by: 10_000).map { Array(bytes[$0..<min($0 + 10_000, bytes.count)]) }
    return try fixture.ledger().begin(
      NewDelivery(
        flowName: "Orders", flowVersion: "3", channelName: "Mail", token: "t", messageID: "<t@x>",
        envelope: Array("envelope".utf8), targets: targets, holdsDoubt: holdsDoubt,
        nextChunk: { pieces.isEmpty ? nil : pieces.removeFirst() }),
      for: key, isSending: !holdsDoubt, now: fixture.start)
  }

  @Test(arguments: [0, 100, 65_536, 65_537, 300_000])
  func `what is stored comes back after a crash, byte for byte`(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let source = try fixture.take("1").message
    let key = key(source, "a/b.c", [1, 0, 22])
    let stored = try begin(key, bytes)
    fixture.crash()
    let found = try #require(try fixture.ledger().find(key))
    #expect(found == stored)
    #expect(found.key == key && found.byteCount == size && found.targets.map(\.outcome.state) == [.sending, .sending])
    #expect(found.flowVersion == "3" && found.envelope == Array("envelope".utf8) && found.messageID == "<t@x>")
    #expect(try fixture.ledger().content(of: found).bytesInMemory == bytes)
    #expect(fixture.names(in: "spool/outgoing").count == (size > 65_536 ? 1 : 0))
    #expect(try fixture.ledger().find(self.key(source, "a/b.c", [1, 0])) == nil)
    #expect(throws: LedgerError.self) { try begin(key, bytes) }
    #expect(fixture.names(in: "spool/outgoing").count == (size > 65_536 ? 1 : 0))
  }

  @Test func `outcomes are kept for each target, and what was accepted stays so`() throws {
    let source = try fixture.take("1").message
    let delivery = try begin(key(source), Array("mail".utf8), holdsDoubt: true)
    #expect(delivery.targets.map(\.outcome.state) == [.pending, .pending])
    let ledger = try fixture.ledger()
    try ledger.record(
      [0: .init(.sent, answer: "250 ok"), 1: .init(.inDoubt, answer: "lost")], in: delivery.number, now: fixture.start)
    try ledger.record([0: .init(.deferred)], in: delivery.number, now: fixture.start)
    fixture.crash()
    let found = try #require(try fixture.ledger().find(key(source)))
    #expect(found.targets.map(\.outcome) == [.init(.sent, answer: "250 ok"), .init(.inDoubt, answer: "lost")])
    let record = try #require(try fixture.ledger().record(of: source))
    #expect(record.hasDoubt)
  }

  @Test(arguments: [100, 100_000])
  func `the bytes go when every target is sent, or the message is done or dropped`(size: Int) throws {
    let ids = try ["1", "2", "3"].map { try fixture.take($0).message }
    let bytes = [UInt8](repeating: 65, count: size)
    let deliveries = try ids.map { try begin(key($0), bytes) }
    let ledger = try fixture.ledger()
    try ledger.record([0: .init(.sent), 1: .init(.refused)], in: deliveries[0].number, now: fixture.start)
    #expect(try ledger.content(of: deliveries[0]).byteCount == size)
    try ledger.record([1: .init(.sent)], in: deliveries[0].number, now: fixture.start)
    try ledger.record([.processed(ids[1]), .postProcessed(ids[1])], now: fixture.start)
    try ledger.drop([ids[2]], now: fixture.start)
    #expect(fixture.names(in: "spool/outgoing").isEmpty)
    for delivery in deliveries {
      let error = #expect(throws: LedgerError.self) { try ledger.content(of: delivery) }
      #expect(error?.kind == .contentLost)
    }
    #expect(try ledger.deliveries(of: ids[0]).first?.targets.map(\.outcome.state) == [.sent, .sent])
  }

  @Test func `files that no row names go at the next opening, those of others stay`() throws {
    let source = try fixture.take("1").message
    let delivery = try begin(key(source), [UInt8](repeating: 1, count: 100_000))
    fixture.crash()
    let place = fixture.folder + "/spool/outgoing/"
    let left = ["0123456789abcdef-0123456789abcdef.eml", "0123456789abcdef-0123456789abcdef.eml.tmp"]
    for name in left + ["notes.txt"] { try FileContents.create(place + name, with: [1, 2, 3]) }
    #expect(try fixture.ledger().content(of: delivery).byteCount == 100_000)
    #expect(fixture.names(in: "spool/outgoing").count == 2)
    #expect(fixture.names(in: "spool/outgoing").contains("notes.txt"))
  }

  @Test func `a stored mail that was changed or is gone is never sent`() throws {
    let source = try fixture.take("1").message
    let delivery = try begin(key(source), [UInt8](repeating: 1, count: 100_000))
    fixture.crash()
    let path = fixture.folder + "/spool/outgoing/" + (try #require(fixture.names(in: "spool/outgoing").first))
    try FileContents.replace(path, with: [UInt8](repeating: 2, count: 100_000))
    #expect(throws: LedgerError.self) { try fixture.ledger().content(of: delivery) }
    try FileContents.replace(path, with: [1])
    #expect(throws: LedgerError.self) { try fixture.ledger().content(of: delivery) }
  }

  @Test func `a token is the same for the same delivery, and for no other`() throws {
    let first = try fixture.take("1").message
    let second = try fixture.take("2").message
    func token(_ key: DeliveryKey, _ version: String = "1", _ targets: [String] = ["a", "b"]) throws -> String {
      try fixture.ledger().token(for: key, flowVersion: version, targets: targets)
    }
    let made = try token(key(first))
    #expect(made.count == 32 && made.allSatisfy(\.isHexDigit))
    fixture.crash()
    #expect(try token(key(first)) == made)
    #expect(try token(key(first), "1", ["b", "a"]) == made)
    let others = try [
      token(key(second)), token(key(first, "End_2")), token(key(first, "End_1", [1])), token(key(first), "2"),
      token(key(first), "1", ["a"]), token(key(first), "1", ["ab"]),
    ]
    #expect(Set(others + [made]).count == 7)
    let elsewhere = LedgerFixture()
    #expect(
      try elsewhere.ledger().token(for: key(elsewhere.take("1").message), flowVersion: "1", targets: ["a", "b"])
        != made)
  }

  @Test func `a doubt holds the message where the channel says so, and counts where not`() throws {
    for (uid, holds) in [("1", true), ("2", false)] {
      let source = try fixture.take(uid).message
      let delivery = try begin(key(source), [1], holdsDoubt: holds)
      let ledger = try fixture.ledger()
      try ledger.record([0: .init(.sent), 1: .init(.inDoubt)], in: delivery.number, now: fixture.start)
      let verdict = try ledger.fail(
        source, SourceFailure(.outcomeUnknown, problem), policy: SourcePolicy(), now: fixture.start)
      #expect(verdict == (holds ? .held : .again(attemptsLeft: 4, notBefore: nil)))
      try ledger.retry([source], now: fixture.start)
      #expect(try ledger.deliveries(of: source).first?.targets.map(\.outcome.state) == [.sent, .pending])
    }
  }
}
