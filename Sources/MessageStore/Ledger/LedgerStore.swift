import Crypto
import FlowEngine
import Synchronization
import System
import TenantBase

/// The source ledger, the outgoing journal and the mailbox locks of a home: `data/tenant.sqlite` and what lies beside it.
///
/// While it is open, the process is known to others by a lock file of its own: what it has taken is its own as long as it
/// lives, whatever way it ends.
package final class LedgerStore: Sendable {
  let database: TenantDatabase
  let files: LedgerFiles
  let process: LedgerProcess
  /// For the tokens of deliveries; made once for each database.
  let tokenKey: SecretBox
  let mark: LedgerMark
  /// Folders from which something was taken since their poll began.
  let activity = Mutex(LedgerActivity())

  var limits: MessageStoreLimits { database.limits }
  var connection: SQLiteConnection { database.connection }

  /// What this process remembers of its own doing; never needed to be right after a crash.
  struct LedgerActivity {
    /// Polls whose first take has not been marked yet.
    var unmarkedPolls: Set<Int64> = []
    /// Deliveries whose content this process has written itself.
    var writtenDeliveries: Set<Int64> = []
  }

  /// Opens the ledger of a home, and makes what is missing.
  ///
  /// What killed processes left is removed: their files that no row names. Where the ledger turns out to be lost or
  /// older than it was, the folders that were known are held (``OpenSourceFolder/hold``).
  ///
  /// - Parameter folder: the home's `data`.
  package static func open(
    in folder: String, limits: MessageStoreLimits = MessageStoreLimits()
  ) throws -> LedgerStore {
    try LedgerStore(TenantDatabase.open(in: folder, limits: limits), folder: folder)
  }

  /// The same for a home that may have no state yet: nil then, and nothing is made.
  package static func openIfPresent(
    in folder: String, limits: MessageStoreLimits = MessageStoreLimits()
  ) throws -> LedgerStore? {
    guard try FileStatus.exists(TenantDatabase.fileName, in: folder) else { return nil }
    return try open(in: folder, limits: limits)
  }

  private init(_ database: TenantDatabase, folder: String) throws {
    self.database = database
    files = LedgerFiles(folder: folder)
    process = try LedgerProcess(in: files.lockFolder)
    mark = LedgerMark(folder: folder)
    tokenKey = try Self.settle(database, mark, lockFolder: files.lockFolder)
    try removeOrphans()
  }

  /// One transaction; the files that it has made superfluous go after it.
  func write<Result: Sendable>(
    _ action: String, _ body: (borrowing SQLiteSession, inout [String]) throws -> Result
  ) throws -> Result {
    var garbage: [String] = []
    let result = try connection.performAny(.write, action) { session in try body(session, &garbage) }
    for name in garbage { files.discard(name) }
    return result
  }

  func read<Result: Sendable>(
    _ action: String, _ body: (borrowing SQLiteSession) throws -> Result
  ) throws -> Result {
    try connection.performAny(.read, action, body)
  }

  private func removeOrphans() throws {
    let rows = try read("look for left files") { session in
      try session.rows(
        "SELECT file FROM delivery WHERE file IS NOT NULL UNION ALL"
          + " SELECT raw_file FROM source_message WHERE raw_file IS NOT NULL")
    }
    try files.removeOrphans(keeping: Set(rows.compactMap { $0.first?.text }), process)
  }
}
