import Testing

@testable import IMAP

@Suite struct UIDSetTests {
  private static let texts: [(uids: [UInt64], text: String)] = [
    ([], ""), ([7], "7"), ([1, 2, 3, 4, 7, 9, 10], "1:4,7,9:10"), ([9, 1, 3, 2, 1], "1:3,9"),
    ([4_294_967_295, 4_294_967_296], "4294967295:4294967296"),
  ]

  @Test(arguments: texts) func `a set is written ascending and compact`(uids: [UInt64], text: String) {
    #expect(UIDSet(uids).wireText == text)
    if !uids.isEmpty { #expect(UIDSet(wire: text.utf8) == UIDSet(uids)) }
  }

  @Test func `ranges are joined where they touch or overlap`() {
    #expect(UIDSet(ranges: [5...9, 1...2, 3...4, 8...12]).ranges == [1...12])
    #expect(UIDSet(ranges: [1...10, 2...3, 12...12]).ranges == [1...10, 12...12])
    var set = UIDSet(5...6)
    set.insert(7)
    set.insert(3)
    set.insert(6)
    #expect(set.ranges == [3...3, 5...7])
    set.formUnion(UIDSet(4))
    #expect(set.ranges == [3...7])
  }

  @Test func `a set is asked without being written out`() {
    let set = UIDSet(ranges: [3...5, 9...9, 20...UInt64.max])
    #expect(set.contains(3) && set.contains(5) && set.contains(9) && set.contains(1 << 40))
    #expect(!set.contains(2) && !set.contains(6) && !set.contains(19))
    #expect(set.count == .max)
    #expect(UIDSet(ranges: [3...5, 9...9]).count == 4)
    #expect(UIDSet(ranges: [0...UInt64.max]).count == .max)
    #expect(Array(UIDSet(ranges: [3...5, 9...9]).numbers) == [3, 4, 5, 9])
    #expect(Array(UIDSet().numbers) == [])
    #expect(Array(UIDSet(from: UInt64.max - 1).numbers) == [UInt64.max - 1, UInt64.max])
    #expect(set.prefix(4).ranges == [3...5, 9...9])
    #expect(set.prefix(5).ranges == [3...5, 9...9, 20...20])
    #expect(set.prefix(0).isEmpty)
  }

  @Test func `the end may be open`() {
    #expect(UIDSet(from: 17).wireText == "17:*")
    #expect(UIDSet.all.wireText == "1:*")
    #expect(UIDSet(wire: "17:*".utf8) == UIDSet(from: 17))
    #expect(UIDSet(wire: "*:17".utf8) == UIDSet(from: 17))
    #expect(UIDSet(wire: "*".utf8)?.wireText == "*")
  }

  private static let malformed = [
    "", ",", "1,", ",1", "1:", ":1", "1:2:3", "a", "-1", "1 2", "9223372036854775808", "99999999999999999999", "1:*1",
    "**",
    "1,,2",
  ]

  @Test(arguments: malformed) func `what is no set is refused`(text: String) {
    #expect(UIDSet(wire: text.utf8) == nil)
  }

  @Test func `a long set goes out in pieces`() throws {
    let set = UIDSet((0..<5000).map { 1_000_000_000 + $0 * 2 })
    let chunks = set.chunks()
    #expect(chunks.count > 50)
    #expect(chunks.allSatisfy { $0.wireText.utf8.count <= UIDSet.chunkLength })
    #expect(UIDSet(ranges: chunks.flatMap(\.ranges)) == set)
    #expect(zip(chunks, chunks.dropFirst()).allSatisfy { ($0.last ?? 0) < ($1.first ?? 0) })
    // A command line with the longest names of items stays below 1,000 bytes.
    let longest = try #require(chunks.first)
    let command = try IMAPCommand.uidFetch(longest, [.uid, .flags, .size, .section(.wholeMessage)])
      .encoded(tag: "T1000000", dialect: IMAPDialect())
    #expect(CommandText.written(command).utf8.count < 1000)
    #expect(UIDSet().chunks().isEmpty)
    #expect(UIDSet([1, 3, 5]).chunks(length: 1).map(\.wireText) == ["1", "3", "5"])
    #expect(UIDSet([1, 3, 5]).chunks(length: 3).map(\.wireText) == ["1,3", "5"])
  }
}
