import Expressions
import FlowEngine
import MessageStore
import System
import TenantBase
import Testing

struct DataStoreTests {
  private var fixture: StateFixture
  private let name = DataStoreName("Store", flow: nil)

  init() throws { fixture = try StateFixture() }

  private var store: StateStore { fixture.store }

  private func ids(_ scope: StateScope, limit: Int = 100) throws -> [String] {
    try store.entries(in: name, atMost: limit, for: scope).map(\.id)
  }

  @Test func `an entry keeps body and headers, and stores are apart`() throws {
    var entry = fixture.entry("1", "<a>1</a>")
    entry.headers = [StoredHeader("Subject", .text("Größe")), StoredHeader("Count", .integer(3))]
    try store.put(entry, for: fixture.scope())
    try store.put(fixture.entry("1", "<b/>", flow: "Orders"), for: fixture.scope())
    let found = try #require(try store.entry("1", in: name, for: fixture.scope("run2")))
    #expect(found.writtenBy == "Orders" && found.runID == "run1" && found.byteCount == 8)
    #expect(found.storedOn == fixture.now && found.expiresOn == fixture.now.advanced(byDays: 30))
    let message = try #require(try store.message(of: found))
    #expect(message.body.textInMemory == "<a>1</a>")
    #expect(message.headers == entry.headers)
    #expect(try store.entry("1", in: DataStoreName("Other", flow: nil), for: fixture.scope()) == nil)
    #expect(try store.dataStores(at: fixture.now).map(\.store.flow) == [nil, "Orders"])
  }

  @Test func `an entry of the same id is a duplicate, and is replaced only on request`() throws {
    try store.put(fixture.entry("1", "<a/>"), for: fixture.scope())
    #expect(stateFailure { try store.put(fixture.entry("1", "<b/>"), for: fixture.scope()) } == .duplicateEntry)
    #expect(try fixture.text("1", fixture.scope()) == "<a/>")
    var entry = fixture.entry("1", "<c/>")
    entry.replaces = true
    try store.put(entry, for: fixture.scope())
    #expect(try fixture.text("1", fixture.scope()) == "<c/>")
    #expect(try ids(fixture.scope()) == ["1"])
  }

  @Test func `a transaction is seen by its run alone, and takes effect as a whole`() throws {
    let run = fixture.scope("run1", isTransactional: true)
    for id in ["1", "2"] { try store.put(fixture.entry(id, "<old/>"), for: fixture.scope("run0")) }
    try store.put(fixture.entry("3", "<new/>"), for: run)
    #expect(try store.delete("1", in: name, for: run))
    #expect(try !store.delete("1", in: name, for: run))
    try store.put(fixture.entry("1", "<again/>"), for: run)
    #expect(try store.delete("2", in: name, for: run))
    #expect(Set(try ids(run)) == ["1", "3"])
    #expect(try fixture.text("1", run) == "<again/>")
    #expect(try ids(fixture.scope("run2")) == ["1", "2"])
    #expect(try fixture.text("1", fixture.scope("run2")) == "<old/>")
    try store.completeState(ofRun: "run1", at: fixture.now)
    #expect(Set(try ids(fixture.scope("run2"))) == ["1", "3"])
    #expect(try fixture.text("1", fixture.scope("run2")) == "<again/>")
  }

  @Test func `a failed run's transaction leaves everything as it was`() throws {
    let run = fixture.scope("run1", isTransactional: true)
    try store.put(fixture.entry("1", "<old/>"), for: fixture.scope("run0"))
    try store.put(fixture.entry("2"), for: run)
    try store.delete("1", in: name, for: run)
    try store.abandonState(ofRun: "run1", at: fixture.now)
    #expect(try ids(fixture.scope("run1")) == ["1"])
  }

  @Test func `an entry that another run has added meanwhile fails the whole completion`() throws {
    let run = fixture.scope("run1", isTransactional: true)
    try store.put(fixture.entry("1", "<mine/>"), for: run)
    try store.put(fixture.entry("2"), for: run)
    try store.put(fixture.entry("1", "<theirs/>"), for: fixture.scope("run2"))
    #expect(stateFailure { try store.completeState(ofRun: "run1", at: fixture.now) } == .duplicateEntry)
    #expect(try ids(fixture.scope("run3")) == ["1"])
    #expect(try fixture.text("1", fixture.scope("run3")) == "<theirs/>")
    try store.abandonState(ofRun: "run1", at: fixture.now)
  }

  @Test func `what is to go on completion goes when the run completes, and stays when it fails`() throws {
    try store.put(fixture.entry("1"), for: fixture.scope("run0"))
    let entry = try #require(try store.entry("1", in: name, for: fixture.scope()))
    try store.deleteOnCompletion([entry.number], for: fixture.scope("run1"))
    #expect(try ids(fixture.scope("run1")) == ["1"])
    try store.abandonState(ofRun: "run1", at: fixture.now)
    #expect(try ids(fixture.scope("run1")) == ["1"])
    try store.deleteOnCompletion([entry.number], for: fixture.scope("run2"))
    try store.completeState(ofRun: "run2", at: fixture.now)
    #expect(try ids(fixture.scope()).isEmpty)
  }

  @Test func `an entry that was replaced since it was read is not deleted on completion`() throws {
    try store.put(fixture.entry("1", "<read/>"), for: fixture.scope("run0"))
    let entry = try #require(try store.entry("1", in: name, for: fixture.scope()))
    try store.deleteOnCompletion([entry.number], for: fixture.scope("run1"))
    var newer = fixture.entry("1", "<newer/>")
    newer.replaces = true
    try store.put(newer, for: fixture.scope("run2"))
    try store.completeState(ofRun: "run1", at: fixture.now)
    #expect(try fixture.text("1", fixture.scope()) == "<newer/>")
  }

  @Test func `entries come the oldest first, up to the limit`() throws {
    for id in ["c", "a", "b"] { try store.put(fixture.entry(id), for: fixture.scope()) }
    #expect(try ids(fixture.scope()) == ["c", "a", "b"])
    #expect(try ids(fixture.scope(), limit: 2) == ["c", "a"])
  }

  @Test mutating func `entries are overdue, then expire, and then their id is free`() throws {
    try store.put(fixture.entry("1"), for: fixture.scope())
    let stored = fixture.now
    #expect(try store.dataStores(at: stored).map(\.overdueCount) == [0])
    #expect(try store.dataStores(at: stored.advanced(byDays: 2)).map(\.overdueCount) == [1])
    fixture.now = stored.advanced(byDays: 30)
    #expect(try store.entry("1", in: name, for: fixture.scope()) == nil)
    #expect(try store.dataStores(at: fixture.now).isEmpty)
    try store.put(fixture.entry("1", "<b/>"), for: fixture.scope())
    #expect(try fixture.text("1", fixture.scope()) == "<b/>")
  }

  @Test func `what is to be encrypted needs a keystore, and is not readable on disk`() throws {
    let secret = fixture.entry("1", "<hidden-canary/>", isEncrypted: true)
    #expect(stateFailure { try store.put(secret, for: fixture.scope()) } == .noKeystore)
    fixture.keys.add("key1")
    var entry = secret
    entry.headers = [StoredHeader("Token", .text("header-canary"))]
    try store.put(entry, for: fixture.scope())
    try store.put(fixture.entry("2", "<open-canary/>"), for: fixture.scope())
    #expect(try !fixture.isOnDisk("hidden-canary"))
    #expect(try !fixture.isOnDisk("header-canary"))
    #expect(try fixture.isOnDisk("open-canary"))
    #expect(try fixture.text("1", fixture.scope()) == "<hidden-canary/>")
    fixture.keys.forget()
    #expect(stateFailure { try fixture.text("1", fixture.scope()) } == .keyMissing(id: "key1"))
  }

  @Test func `an encrypted entry opens under its own id only`() throws {
    fixture.keys.add("key1")
    for id in ["1", "2"] { try store.put(fixture.entry(id, "<\(id)/>", isEncrypted: true), for: fixture.scope()) }
    try fixture.execute(
      "UPDATE data_store_entry SET body = (SELECT body FROM data_store_entry WHERE entry = '2') WHERE entry = '1'")
    #expect(stateFailure { try fixture.text("1", fixture.scope()) } == .damaged)
    #expect(try fixture.text("2", fixture.scope()) == "<2/>")
  }

  @Test func `a deleted data store is empty`() throws {
    for id in ["1", "2"] { try store.put(fixture.entry(id), for: fixture.scope()) }
    #expect(try store.deleteDataStore(name) == 2)
    #expect(try store.dataStores(at: fixture.now).isEmpty)
  }
}

/// Bodies too large for the database.
struct LargeEntryTests {
  private var fixture: StateFixture
  private let name = DataStoreName("Store", flow: nil)
  /// One byte more than is kept in memory, of a pattern that shows every misplaced piece.
  private let bytes = (0...MessageBody.memoryLimit).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  init() throws { fixture = try StateFixture() }

  private var store: StateStore { fixture.store }

  private func content(_ id: String) throws -> [UInt8]? {
    guard let entry = try store.entry(id, in: name, for: fixture.scope()), let message = try store.message(of: entry)
    else { return nil }
    var reader = message.body.makeReader()
    var all: [UInt8] = []
    while let chunk = try reader.nextChunk(atMost: 100_000) { all += chunk }
    return all
  }

  @Test(arguments: [false, true])
  func `a large body lies in a file of its own, which goes with it`(isEncrypted: Bool) throws {
    if isEncrypted { fixture.keys.add("key1") }
    var entry = fixture.entry("1", MessageBody(bytes: bytes), isEncrypted: isEncrypted)
    try store.put(entry, for: fixture.scope())
    #expect(fixture.bodyFiles.count == 1)
    #expect(FileStatus.mode(of: fixture.files.folder + "/store/" + fixture.bodyFiles[0]).map { $0 & 0o777 } == 0o600)
    #expect(try content("1") == bytes)
    entry.replaces = true
    try store.put(entry, for: fixture.scope())
    #expect(fixture.bodyFiles.count == 1)
    #expect(try content("1") == bytes)
    #expect(try store.delete("1", in: name, for: fixture.scope()))
    #expect(fixture.bodyFiles.isEmpty)
  }

  @Test func `a changed, cut or exchanged piece of an encrypted file is damage`() throws {
    fixture.keys.add("key1")
    try store.put(fixture.entry("1", MessageBody(bytes: bytes), isEncrypted: true), for: fixture.scope())
    let path = fixture.files.folder + "/store/" + fixture.bodyFiles[0]
    let good = try FileContents.read(path, limit: 1 << 24)
    let piece = 256 * 1024 + 40
    #expect(good.count == bytes.count + 5 * 40)
    var changed = good
    changed[good.count / 2] ^= 1
    let exchanged = good[piece..<2 * piece] + good[..<piece] + good[(2 * piece)...]
    for bad in [changed, Array(good.dropLast()), Array(good[..<(4 * piece)]), Array(exchanged)] {
      try FileContents.replace(path, with: bad)
      #expect(stateFailure { try content("1") } == .damaged)
    }
    try FileContents.replace(path, with: good)
    #expect(try content("1") == bytes)
  }

  @Test func `a failed run's file goes at once, one of a killed run after two days`() throws {
    var fixture = fixture
    let body = MessageBody(bytes: bytes)
    try store.put(fixture.entry("1", body), for: fixture.scope("run1", isTransactional: true))
    #expect(fixture.bodyFiles.count == 1)
    try store.abandonState(ofRun: "run1", at: fixture.now)
    #expect(fixture.bodyFiles.isEmpty)
    // Killed before it ended: the rows stay, and nobody sees them.
    try store.put(fixture.entry("1", body), for: fixture.scope("run2", isTransactional: true))
    try store.write(.text("x"), to: VariableName("v", flow: nil), for: fixture.scope("run2", isTransactional: true))
    #expect(try store.dataStores(at: fixture.now).isEmpty)
    fixture.now = fixture.now.advanced(byDays: 3)
    try fixture.reopened().put(fixture.entry("2"), for: fixture.scope("run3"))
    #expect(fixture.bodyFiles.isEmpty)
    #expect(try store.value(of: VariableName("v", flow: nil), for: fixture.scope("run2")) == nil)
  }

  @Test func `a file that was never entered goes after two days`() throws {
    var fixture = fixture
    try store.put(fixture.entry("1", MessageBody(bytes: bytes)), for: fixture.scope())
    // As a process leaves it that was killed between the file and its entry.
    try fixture.execute("DELETE FROM data_store_entry")
    try store.put(fixture.entry("2"), for: fixture.scope())
    #expect(fixture.bodyFiles.count == 1)
    fixture.now = fixture.now.advanced(byDays: 3)
    try store.put(fixture.entry("3"), for: fixture.scope())
    #expect(fixture.bodyFiles.isEmpty)
  }

  @Test func `an expired entry's file goes with it`() throws {
    var fixture = fixture
    try store.put(fixture.entry("1", MessageBody(bytes: bytes)), for: fixture.scope())
    fixture.now = fixture.now.advanced(byDays: 30)
    try store.put(fixture.entry("2"), for: fixture.scope())
    #expect(fixture.bodyFiles.isEmpty)
  }
}
