import CSQLite
import FlowEngine
import Foundation
import MessageStore
import System
import TenantBase
import Testing

/// Several processes on one home, crashes of the disk, and a ledger that is not the one that was used.
struct LedgerProcessTests {
  private let fixture = LedgerFixture()

  @Test func `what one process has taken, another one leaves alone until the first one ends`() throws {
    let id = try fixture.take("1").message
    var other: LedgerStore? = try fixture.other()
    func takeByOther() throws -> SourceTaking? {
      guard let other else { return nil }
      return try other.take(
        SourceIdentity(uid: "1"), in: fixture.inbox(of: other), policy: SourcePolicy(), after: [], now: fixture.start)
    }
    #expect(try takeByOther() == .takenByOther(id))
    let error = #expect(throws: LedgerError.self) { try other?.drop([id], now: fixture.start) }
    #expect(error?.failureClass == .temporary)
    fixture.crash()
    #expect(try takeByOther() == .taken(id, attempt: 2, isRepeated: true))
    #expect(try fixture.take("1") == .takenByOther(id))
    other = nil
    #expect(try fixture.take("1") == .taken(id, attempt: 3, isRepeated: true))
  }

  @Test func `two processes that share a folder take each message once`() async throws {
    let stores = [try fixture.ledger(), try fixture.other()]
    let folders = try stores.map { try fixture.inbox(of: $0) }
    let start = fixture.start
    let taken = try await withThrowingTaskGroup(of: [SourceMessageID].self) { group in
      for (store, folder) in zip(stores, folders) {
        group.addTask {
          var mine: [SourceMessageID] = []
          for uid in 0..<20 {
            let taking = try store.take(
              SourceIdentity(uid: "\(uid)"), in: folder, policy: SourcePolicy(), after: [], now: start)
            if case .taken(let id, _, _) = taking { mine.append(id) }
          }
          return mine
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(taken.count == 20 && Set(taken).count == 20)
  }

  @Test func `a mailbox is locked until its holder lets go, and the second one is told who it is`() throws {
    let ledger = try fixture.ledger()
    let other = try fixture.other()
    let inbox = LockedMailbox(server: "imap.example.com:993", user: "orders", folder: "INBOX")
    func lock(_ store: LedgerStore, _ mailbox: LockedMailbox, at moment: Timestamp) throws -> MailboxLockOutcome {
      try store.lock(mailbox, for: "Orders", timeout: .seconds(900), now: moment)
    }
    var lease: (any MailboxLease)?
    guard case .locked(let taken) = try lock(ledger, inbox, at: fixture.start) else {
      Issue.record("it was not locked")
      return
    }
    lease = taken
    let later = fixture.start.advanced(byMilliseconds: 600_000)
    guard case .heldBy(let holder) = try lock(other, inbox, at: later) else {
      Issue.record("it was locked twice")
      return
    }
    #expect(holder.process == Surroundings.processIdentifier && holder.since == fixture.start)
    #expect(holder.flowName == "Orders" && !holder.isOverdue)
    let muchLater = fixture.start.advanced(byMilliseconds: 1_000_000)
    guard case .heldBy(let overdue) = try lock(other, inbox, at: muchLater) else { return }
    #expect(overdue.isOverdue)
    try lease?.renew(now: muchLater)
    guard case .heldBy(let renewed) = try lock(other, inbox, at: muchLater) else { return }
    #expect(!renewed.isOverdue && renewed.since == fixture.start)
    let sent = LockedMailbox(server: "imap.example.com:993", user: "orders", folder: "Sent")
    guard case .locked = try lock(other, sent, at: later) else {
      Issue.record("another folder was locked")
      return
    }
    withExtendedLifetime(lease) {}
  }

  @Test func `a lock ends with its lease`() throws {
    let inbox = LockedMailbox(server: "imap.example.com:993", user: "orders", folder: "INBOX")
    for _ in 0..<2 {
      guard
        case .locked = try fixture.ledger().lock(inbox, for: "Orders", timeout: .seconds(1), now: fixture.start)
      else {
        Issue.record("it was still locked")
        return
      }
    }
  }

  @Test func `a process leaves no lock file behind, and removes those of killed ones`() throws {
    _ = try fixture.ledger()
    #expect(fixture.names(in: "locks").filter { $0.hasPrefix("process-") }.count == 1)
    fixture.crash()
    #expect(fixture.names(in: "locks").filter { $0.hasPrefix("process-") }.isEmpty)
    try FileContents.create(fixture.folder + "/locks/process-0123456789abcdef", with: [UInt8]())
    _ = try fixture.ledger()
    #expect(!fixture.names(in: "locks").contains("process-0123456789abcdef"))
  }

  // MARK: another ledger than the one that was used

  @Test func `the first use of a home holds nothing, and neither does the next`() throws {
    #expect(try fixture.inbox().hold == nil)
    try fixture.take("1")
    fixture.crash()
    #expect(try fixture.inbox().hold == nil)
    try fixture.take("2")
    fixture.crash()
    #expect(try fixture.inbox().hold == nil)
    #expect(try fixture.ledger().heldFolders().isEmpty)
  }

  enum Loss: CaseIterable {
    case database, mark, restoredDatabase, restoredWithoutMark
  }

  @Test(arguments: Loss.allCases)
  func `a ledger that is lost or restored holds the folders that were known`(loss: Loss) throws {
    try fixture.take("1")
    fixture.crash()
    let files = ["tenant.sqlite", "tenant.sqlite-wal", "tenant.sqlite-shm"]
    let saved = files.map { try? FileContents.read(fixture.folder + "/" + $0, limit: 1 << 24) }
    try fixture.take("2")
    fixture.crash()
    let opened = try Folder(opening: fixture.folder)
    switch loss {
    case .mark: try opened.remove("ledger.mark")
    case .database: for name in files { try opened.remove(name) }
    case .restoredDatabase, .restoredWithoutMark:
      for (name, bytes) in zip(files, saved) {
        try opened.remove(name)
        if let bytes { try opened.replace(name, with: bytes) }
      }
      if loss == .restoredWithoutMark { try opened.remove("ledger.mark") }
    }
    let hold = try #require(try fixture.inbox().hold)
    #expect(!hold.isEmpty)
    let error = #expect(throws: LedgerError.self) { try fixture.take("3") }
    #expect(error?.kind == .heldFolder && error?.failureClass == .configuration)
    // It stays so until a person says otherwise.
    fixture.crash()
    #expect(try fixture.inbox().hold == hold)
    let held = try #require(try fixture.ledger().heldFolders().first)
    #expect(held.folder == LedgerFixture.folder && held.reason == hold)
    // A folder that was never known is free.
    let fresh = SourceFolder(flowName: "New", channelID: "c", account: "a", folder: "INBOX")
    #expect(try fixture.ledger().open(fresh, validity: "1", now: fixture.start).hold == nil)
    try fixture.ledger().release([held.number])
    fixture.crash()
    #expect(try fixture.inbox().hold == nil)
    try fixture.take("3")
    fixture.crash()
    #expect(try fixture.inbox().hold == nil)
  }

  // MARK: the disk

  /// The files as they are after each call, and cut in the middle of what the call wrote: what an earlier call has
  /// stored is there, and the database is whole.
  @Test func `a torn write loses nothing that a call had stored`() throws {
    let wal = fixture.folder + "/tenant.sqlite-wal"
    let main = fixture.folder + "/tenant.sqlite"
    let id = try fixture.take("1").message
    try fixture.match(id, "mail")
    var before = try FileContents.read(wal, limit: 1 << 24)
    let calls: [(SourceMessageState, SourceMessageState, () throws -> Void)] = [
      (.taken, .processed, { try fixture.ledger().record([.processed(id)], now: fixture.start) }),
      (
        .processed, .postProcessing,
        {
          try fixture.ledger().record([.postProcessingBegan(id, PostProcessingIntent(.delete))], now: fixture.start)
        }
      ),
      (.postProcessing, .done, { try fixture.ledger().record([.postProcessed(id)], now: fixture.start) }),
    ]
    for (old, new, call) in calls {
      try call()
      let database = try FileContents.read(main, limit: 1 << 24)
      let after = try FileContents.read(wal, limit: 1 << 24)
      #expect(after.count > before.count)
      for cut in stride(from: before.count, through: after.count, by: 997) + [after.count - 1, after.count] {
        #expect(try state(of: id, database, Array(after[..<cut])) == (cut == after.count ? new : old))
      }
      // A page of the log that was written wrong.
      var broken = after
      broken[before.count + 100] ^= 0x55
      #expect(try state(of: id, database, broken) == old)
      before = after
    }
  }

  private func state(of id: SourceMessageID, _ database: [UInt8], _ wal: [UInt8]) throws -> SourceMessageState? {
    let copy = LedgerFixture()
    try Folder.create(copy.folder)
    try FileContents.create(copy.folder + "/tenant.sqlite", with: database)
    try FileContents.create(copy.folder + "/tenant.sqlite-wal", with: wal)
    try FileContents.create(
      copy.folder + "/ledger.mark", with: FileContents.read(fixture.folder + "/ledger.mark", limit: 1 << 20))
    return try copy.state(id)
  }

  @Test func `a full disk takes nothing and says so`() throws {
    let done = try fixture.take("1").message
    let ledger = try fixture.ledger()
    let path = fixture.folder + "/tenant.sqlite"
    var blocker: OpaquePointer?
    try #require(sqlite3_open(path, &blocker) == SQLITE_OK)
    defer { sqlite3_close(blocker) }
    // A trigger fails as a disk does: in the middle of a transaction.
    let trigger = "CREATE TRIGGER t BEFORE INSERT ON source_message BEGIN SELECT raise(ABORT, 'no space'); END"
    try #require(sqlite3_exec(blocker, trigger, nil, nil, nil) == SQLITE_OK)
    let folder = try fixture.inbox()
    #expect(throws: MessageStoreError.self) {
      try ledger.take(
        SourceIdentity(uid: "2"), in: folder, policy: SourcePolicy(), after: [.processed(done)], now: fixture.start)
    }
    #expect(try fixture.state(done) == .taken)
    #expect(try fixture.inbox().known["2"] == nil)
    try #require(sqlite3_exec(blocker, "DROP TRIGGER t", nil, nil, nil) == SQLITE_OK)
    try fixture.take("2", after: [.processed(done)])
    #expect(try fixture.state(done) == .processed)
  }

  @Test func `a database of the version before takes the ledger's tables and keeps its flows`() throws {
    let path = fixture.folder + "/tenant.sqlite"
    let store = try TenantDatabase.open(in: fixture.folder)
    try store.deploy(
      [
        NewFlowDeployment(
          name: "A", version: "7", digest: [UInt8](repeating: 1, count: 32), status: .deployed, findings: [],
          files: [])
      ], by: "x", on: fixture.start)
    var database: OpaquePointer?
    try #require(sqlite3_open(path, &database) == SQLITE_OK)
    for table in Self.tables(of: database) where !table.hasPrefix("deployed_flow") {
      try #require(sqlite3_exec(database, "DROP TABLE \(table)", nil, nil, nil) == SQLITE_OK)
    }
    try #require(sqlite3_exec(database, "PRAGMA user_version = 1", nil, nil, nil) == SQLITE_OK)
    sqlite3_close(database)
    let id = try fixture.take("1").message
    #expect(try fixture.state(id) == .taken)
    #expect(try TenantDatabase.open(in: fixture.folder).deployedFlow(named: "A")?.version == "7")
  }

  /// The newest first, so that a table goes before those that it refers to.
  private static func tables(of database: OpaquePointer?) -> [String] {
    var statement: OpaquePointer?
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid DESC"
    sqlite3_prepare_v2(database, query, -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    var names: [String] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      if let name = sqlite3_column_text(statement, 0) { names.append(String(cString: name)) }
    }
    return names
  }
}
