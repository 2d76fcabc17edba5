import CSQLite
import Expressions
import FlowEngine
import MessageStore
import System
import TenantBase
import Testing

struct NumberRangeTests {
  private var fixture: StateFixture

  init() throws { fixture = try StateFixture() }

  private var database: TenantDatabase { get throws { try fixture.files.open() } }

  private func deploy(
    _ minimum: Int64 = 1, _ maximum: Int64 = 3, rotates: Bool = false, fieldLength: Int = 0
  ) throws {
    try database.deploy(
      [
        NumberRangeRule(
          name: "Invoices", description: "", minimum: minimum, maximum: maximum, rotates: rotates,
          fieldLength: fieldLength)
      ], by: "x", on: fixture.now)
  }

  private func next(_ correlationID: String? = nil) throws -> String? {
    try fixture.store.nextNumber(of: "Invoices", correlationID: correlationID, for: fixture.scope())
  }

  @Test func `numbers go from the minimum to the maximum, and then the range is used up`() throws {
    #expect(try next() == nil)
    try deploy()
    #expect(try [next(), next(), next()] == ["1", "2", "3"])
    #expect(stateFailure { try next() } == .exhausted)
    #expect(try database.numberRanges().first?.next == nil)
    #expect(try database.numberRanges().first?.highestGiven == 3)
  }

  @Test func `a rotating range begins again`() throws {
    try deploy(8, 9, rotates: true)
    #expect(try [next(), next(), next()] == ["8", "9", "8"])
  }

  @Test func `a field length puts zeros in front`() throws {
    try deploy(9, 99999, fieldLength: 5)
    #expect(try [next(), next()] == ["00009", "00010"])
  }

  @Test mutating func `who asks with the same correlation ID gets the same number, for 180 days`() throws {
    try deploy(1, 100)
    #expect(try [next("a"), next("b"), next("a"), next()] == ["1", "2", "1", "3"])
    fixture.now = fixture.now.advanced(byDays: 181)
    #expect(try next("a") == "4")
  }

  @Test func `a range that is deployed again goes on where it was, within its new limits`() throws {
    try deploy(1, 3)
    #expect(try [next(), next()] == ["1", "2"])
    try deploy(1, 10)
    #expect(try next() == "3")
    try deploy(100, 200)
    #expect(try next() == "100")
    try deploy(1, 50)
    #expect(stateFailure { try next() } == .exhausted)
    try deploy(1, 50, rotates: true)
    #expect(try next() == "1")
  }

  @Test func `a number that may have been given is set only by force`() throws {
    try deploy(1, 100)
    for _ in 0..<5 { _ = try next() }
    #expect(try !database.setNextNumber(of: "Invoices", to: 5, allowsRepetition: false))
    #expect(try database.setNextNumber(of: "Invoices", to: 50, allowsRepetition: false))
    #expect(try next() == "50")
    #expect(try database.setNextNumber(of: "Invoices", to: 2, allowsRepetition: true))
    #expect(try next() == "2")
    #expect(try !database.setNextNumber(of: "Nothing", to: 2, allowsRepetition: true))
  }

  @Test func `no number is given twice, however many take them`() async throws {
    try deploy(1, 1000)
    let fixture = fixture
    let given = try await withThrowingTaskGroup(of: [String].self) { group in
      for task in 0..<4 {
        // Each has the database open for itself, as a process has.
        let store = try fixture.reopened()
        group.addTask {
          try (0..<10).compactMap { _ in
            try store.nextNumber(of: "Invoices", correlationID: nil, for: fixture.scope("run\(task)"))
          }
        }
      }
      var all: [String] = []
      for try await numbers in group { all += numbers }
      return all
    }
    #expect(given.count == 40)
    #expect(Set(given).count == 40)
    #expect(try database.numberRanges().first?.next == 41)
  }

  @Test func `an undeployed range is gone`() throws {
    try deploy()
    try database.undeployNumberRanges(["Invoices", "Nothing"])
    #expect(try next() == nil)
    #expect(try database.numberRanges().isEmpty)
  }
}

struct StateUpgradeTests {
  /// The tables of the first version, which knew deployed flows alone.
  private let firstVersion = """
    CREATE TABLE deployed_flow (name TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL,
      generation INTEGER NOT NULL CHECK (generation > 0), digest BLOB NOT NULL CHECK (length(digest) = 32),
      status TEXT NOT NULL CHECK (status IN ('Deployed', 'Error')), deployed_by TEXT NOT NULL,
      deployed_on INTEGER NOT NULL) STRICT;
    CREATE TABLE deployed_flow_file (flow TEXT NOT NULL REFERENCES deployed_flow (name) ON DELETE CASCADE,
      path TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (flow, path)) STRICT;
    CREATE TABLE deployed_flow_finding (flow TEXT NOT NULL REFERENCES deployed_flow (name) ON DELETE CASCADE,
      position INTEGER NOT NULL, severity TEXT NOT NULL CHECK (severity IN ('error', 'warning')), code TEXT NOT NULL,
      file TEXT NOT NULL, line INTEGER, subject_kind TEXT NOT NULL, subject_name TEXT NOT NULL,
      subject_id TEXT NOT NULL, subject_type TEXT NOT NULL, reason TEXT NOT NULL, remedy TEXT,
      PRIMARY KEY (flow, position)) STRICT;
    INSERT INTO deployed_flow VALUES ('Orders', '1', 1, zeroblob(32), 'Deployed', 'x', 0);
    PRAGMA application_id = 0x746E7431; PRAGMA user_version = 1;
    """

  @Test func `a database of the first version keeps its flows and takes the new tables`() throws {
    let files = StoreFixture()
    try Folder.create(files.folder)
    var database: OpaquePointer?
    try #require(sqlite3_open(files.folder + "/tenant.sqlite", &database) == SQLITE_OK)
    try #require(sqlite3_exec(database, firstVersion, nil, nil, nil) == SQLITE_OK)
    sqlite3_close(database)
    let store = StateStore(
      database: try files.open(), folder: files.folder, keys: NoStateKeys(),
      spool: BodySpool(folder: files.folder + "/spool"))
    #expect(try files.open().deployedFlows().map(\.name) == ["Orders"])
    let scope = StateScope(runID: "r", flowName: "Orders", now: Timestamp(seconds: 0), isTransactional: false)
    try store.write(.text("a"), to: VariableName("v", flow: nil), for: scope)
    #expect(try store.value(of: VariableName("v", flow: nil), for: scope) == .text("a"))
  }
}

struct MessageArchiveTests {
  private var fixture: StateFixture

  init() throws { fixture = try StateFixture() }

  private func persist(_ text: String, run: String, isEncrypted: Bool = false) throws {
    try fixture.store.persist(
      StoredMessage(body: MessageBody(text: text), headers: [StoredHeader("A", .text("b"))]), stepID: "AfterMapping",
      isEncrypted: isEncrypted, for: fixture.scope(run))
  }

  @Test func `a message is kept from when its run completes`() throws {
    try persist("one", run: "run1")
    try persist("two", run: "run2")
    #expect(try fixture.store.persistedMessages(atMost: 10, at: fixture.now).isEmpty)
    try fixture.store.completeState(ofRun: "run1", at: fixture.now)
    try fixture.store.abandonState(ofRun: "run2", at: fixture.now)
    let kept = try #require(try fixture.store.persistedMessages(atMost: 10, at: fixture.now).first)
    #expect(kept.runID == "run1" && kept.stepID == "AfterMapping" && kept.byteCount == 3)
    let content = try #require(try fixture.store.content(ofPersisted: kept.number, at: fixture.now))
    #expect(content.body.textInMemory == "one")
    #expect(content.headers == [StoredHeader("A", .text("b"))])
    #expect(try fixture.store.persistedMessages(atMost: 10, at: fixture.now).count == 1)
  }

  @Test func `it is kept for 90 days, encrypted when the step says so`() throws {
    #expect(stateFailure { try persist("x", run: "run1", isEncrypted: true) } == .noKeystore)
    fixture.keys.add("key1")
    try persist("hidden-canary", run: "run1", isEncrypted: true)
    try fixture.store.completeState(ofRun: "run1", at: fixture.now)
    #expect(try !fixture.isOnDisk("hidden-canary"))
    #expect(try fixture.store.persistedMessages(atMost: 1, at: fixture.now.advanced(byDays: 89)).count == 1)
    #expect(try fixture.store.persistedMessages(atMost: 1, at: fixture.now.advanced(byDays: 90)).isEmpty)
  }
}
