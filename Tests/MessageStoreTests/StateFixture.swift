import CSQLite
import Crypto
import FlowEngine
import MessageStore
import Synchronization
import System
import TenantBase
import Testing

/// Keys of one test; the newest encrypts.
final class TestKeys: StateKeySource {
  private let keys = Mutex<[StateKey]>([])

  func add(_ id: String) {
    keys.withLock { $0.append(StateKey(id: id, secret: SecretBox(SecretBytes.random(count: 32)))) }
  }

  func forget() { keys.withLock { $0 = [] } }
  func currentKey() -> StateKey? { keys.withLock { $0.last } }
  func key(named id: String) -> StateKey? { keys.withLock { keys in keys.first { $0.id == id } } }
}

/// A store in a folder of one test, with a clock that stands still until it is moved.
struct StateFixture {
  let files = StoreFixture()
  let keys = TestKeys()
  let store: StateStore
  var now = Timestamp(milliseconds: 1_795_168_780_000)

  init() throws { store = try Self.open(files, keys) }

  /// As another process would open it.
  func reopened() throws -> StateStore { try Self.open(files, keys) }

  private static func open(_ files: StoreFixture, _ keys: TestKeys) throws -> StateStore {
    StateStore(
      database: try files.open(), folder: files.folder, keys: keys, spool: BodySpool(folder: files.folder + "/spool"))
  }

  func scope(_ run: String = "run1", flow: String = "Orders", isTransactional: Bool = false) -> StateScope {
    StateScope(runID: run, flowName: flow, now: now, isTransactional: isTransactional)
  }

  func entry(
    _ id: String, _ text: String = "<a/>", store: String = "Store", flow: String? = nil, isEncrypted: Bool = false
  ) -> NewDataStoreEntry {
    entry(id, MessageBody(text: text), store: store, flow: flow, isEncrypted: isEncrypted)
  }

  func entry(
    _ id: String, _ body: MessageBody, store: String = "Store", flow: String? = nil, isEncrypted: Bool = false
  ) -> NewDataStoreEntry {
    var entry = NewDataStoreEntry(
      store: DataStoreName(store, flow: flow), id: id, body: body, overdueOn: now.advanced(byDays: 2),
      expiresOn: now.advanced(byDays: 30))
    entry.isEncrypted = isEncrypted
    return entry
  }

  /// The text of an entry, as this run sees it.
  func text(_ id: String, _ scope: StateScope, store name: String = "Store") throws -> String? {
    guard let entry = try store.entry(id, in: DataStoreName(name, flow: nil), for: scope) else { return nil }
    return try store.message(of: entry)?.body.textInMemory
  }

  /// The files beside the database.
  var bodyFiles: [String] {
    let folder = files.folder + "/store"
    return FileStatus.isFolder(folder) ? (try? Folder(opening: folder).entries()) ?? [] : []
  }

  /// Whether this text stands anywhere in the database's files.
  func isOnDisk(_ text: String) throws -> Bool {
    let wanted = Array(text.utf8)
    for name in try Folder(opening: files.folder).entries() where name.hasPrefix("tenant.sqlite") {
      let bytes = try FileContents.read(files.folder + "/" + name, limit: 1 << 26)
      if ByteSearch.firstIndex(of: wanted, in: bytes) { return true }
    }
    return false
  }

  func execute(_ sql: String) throws {
    var database: OpaquePointer?
    try #require(sqlite3_open(files.folder + "/tenant.sqlite", &database) == SQLITE_OK)
    defer { sqlite3_close(database) }
    try #require(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK)
  }
}

extension ByteSearch {
  fileprivate static func firstIndex(of wanted: [UInt8], in bytes: [UInt8]) -> Bool {
    var position = 0
    while let start = firstIndex(of: wanted[0], in: bytes, from: position) {
      if bytes[start...].starts(with: wanted) { return true }
      position = start + 1
    }
    return false
  }
}

func stateFailure(_ body: () throws -> some Any) -> StateError.Kind? {
  do {
    _ = try body()
    return nil
  } catch { return (error as? StateError)?.kind }
}
