import System
import TenantBase

/// The state of a tenant: `data/tenant.sqlite`.
///
/// WAL with `synchronous=FULL`: what a call has stored is on disk when it returns.
package final class TenantDatabase: Sendable {
  package static let fileName = "tenant.sqlite"
  static let lockName = "tenant.lock"

  let connection: SQLiteConnection
  let limits: MessageStoreLimits

  package var path: String { connection.path }

  /// Opens the database of a home, or makes it: folder 0700, file 0600.
  package static func open(in folder: String, limits: MessageStoreLimits = MessageStoreLimits()) throws
    -> TenantDatabase
  {
    try Folder.create(folder, mode: 0o700)
    let opened = try Folder(opening: folder)
    let hasAbandoned = try opened.entries().contains { $0.hasPrefix(fileName + ".") && $0.hasSuffix(".tmp") }
    if hasAbandoned || !opened.contains(fileName) { try makeFile(in: opened) }
    return try TenantDatabase(FilePath.join(folder, fileName), limits: limits)
  }

  /// Makes the file when it is not there, and removes what processes left that were killed here. The lock keeps others
  /// from doing either meanwhile: what looks abandoned then is.
  private static func makeFile(in folder: borrowing Folder) throws(SystemError) {
    let lock = try folder.lock(lockName, deadline: .after(.seconds(10)))
    defer { withExtendedLifetime(lock) {} }
    try folder.removeAbandoned(of: fileName)
    guard !folder.contains(fileName) else { return }
    // An empty file is an empty database; made by us it is open to us alone, and so are SQLite's files beside it.
    try folder.create(fileName, with: [UInt8]().span)
  }

  /// The database of a home; nil when there is none yet. Nothing is made.
  ///
  /// - Throws: also when the folder may not be entered.
  package static func openIfPresent(
    in folder: String, limits: MessageStoreLimits = MessageStoreLimits()
  ) throws -> TenantDatabase? {
    let path = FilePath.join(folder, fileName)
    return try FileStatus.exists(fileName, in: folder) ? try TenantDatabase(path, limits: limits) : nil
  }

  private init(_ path: String, limits: MessageStoreLimits) throws(MessageStoreError) {
    connection = try SQLiteConnection(opening: path, limits: limits)
    self.limits = limits
    try connection.perform(.setUp, "open the state") { (session) throws(MessageStoreError) in
      let mode = try session.rows("PRAGMA journal_mode = WAL").first?.first?.text
      guard mode == "wal" else {
        throw MessageStoreError(
          .cannotOpen, path: path, action: "open the state",
          detail: "its file system has no shared memory, which the write-ahead log needs")
      }
      for setting in ["synchronous = FULL", "foreign_keys = ON", "cell_size_check = ON", "mmap_size = 0"] {
        try session.run("PRAGMA \(setting)")
      }
    }
    try StoreSchema.bringUpToDate(connection)
  }
}
