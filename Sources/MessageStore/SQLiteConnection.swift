import CSQLite
import Glibc
import Synchronization
import TenantBase

/// One connection to a SQLite database: every use of it is a transaction.
///
/// `@unchecked`: the handle is used under the lock alone, and SQLite takes it from any thread.
final class SQLiteConnection: @unchecked Sendable {
  private let handle: OpaquePointer
  private let lock = Mutex<Void>(())
  let path: String

  /// - Parameter path: a file that is there.
  init(opening path: String, limits: MessageStoreLimits) throws(MessageStoreError) {
    self.path = path
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard let opened else { throw MessageStoreError(.cannotOpen, path: path, action: "open the state") }
    guard code == SQLITE_OK else {
      let error = Self.error(code, opened, path: path, action: "open the state")
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    let milliseconds = limits.busyTimeout.components.seconds * 1000
    sqlite3_busy_timeout(handle, Int32(clamping: milliseconds))
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(clamping: limits.valueLength))
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    _ = tnt_sqlite3_set_defensive(handle)
  }

  deinit { sqlite3_close_v2(handle) }

  enum Purpose {
    case read
    /// Waits for other writers at its beginning, so that what it reads stays true until its end.
    case write
    /// No transaction: settings of the connection.
    case setUp
  }

  /// Does `body` as one transaction; an error undoes all of it.
  ///
  /// - Parameter action: for the error: `store the flow`.
  func perform<Result: Sendable>(
    _ purpose: Purpose, _ action: String, _ body: (borrowing SQLiteSession) throws(MessageStoreError) -> Result
  ) throws(MessageStoreError) -> Result {
    try lock.withLock { (_) throws(MessageStoreError) -> Result in
      let session = SQLiteSession(handle: handle, path: path, action: action)
      guard purpose != .setUp else { return try body(session) }
      try session.run(purpose == .write ? "BEGIN IMMEDIATE" : "BEGIN")
      do throws(MessageStoreError) {
        let result = try body(session)
        try session.run("COMMIT")
        return result
      } catch {
        // SQLite itself has undone it after some errors; then there is nothing left to undo.
        if sqlite3_get_autocommit(handle) == 0 { try? session.run("ROLLBACK") }
        throw error
      }
    }
  }

  /// The same for a body that fails in more ways than the database does; any error undoes all of it.
  func performAny<Result: Sendable>(
    _ purpose: Purpose, _ action: String, _ body: (borrowing SQLiteSession) throws -> Result
  ) throws -> Result {
    var refusal: (any Error)?
    do throws(MessageStoreError) {
      return try perform(purpose, action) { (session) throws(MessageStoreError) -> Result in
        do { return try body(session) } catch {
          if let error = error as? MessageStoreError { throw error }
          refusal = error
          throw MessageStoreError(.limitExceeded, path: path, action: action)
        }
      }
    } catch {
      throw refusal ?? error
    }
  }

  static func error(_ code: Int32, _ handle: OpaquePointer?, path: String, action: String) -> MessageStoreError {
    // A write-ahead log, or its index, that cannot grow is no SQLITE_FULL.
    let isFull = [ENOSPC, EDQUOT].contains(sqlite3_system_errno(handle))
    let kind: MessageStoreError.Kind =
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED: .busy
      case SQLITE_FULL: .full
      case SQLITE_IOERR where isFull, SQLITE_CANTOPEN where isFull: .full
      case SQLITE_IOERR: .inputOutput
      case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
      case SQLITE_READONLY, SQLITE_PERM: .readOnly
      case SQLITE_CANTOPEN: .cannotOpen
      case SQLITE_TOOBIG: .limitExceeded
      default: .failed(code: code)
      }
    let words = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
    return MessageStoreError(kind, path: path, action: action, detail: words)
  }
}

/// The statements of one transaction.
struct SQLiteSession: ~Copyable {
  fileprivate let handle: OpaquePointer
  fileprivate let path: String
  fileprivate let action: String

  /// Runs one statement that gives no rows.
  func run(_ sql: String, _ values: [SQLiteValue] = []) throws(MessageStoreError) { _ = try rows(sql, values) }

  /// Runs one statement.
  ///
  /// - Parameter values: for its parameters `?1`, `?2`, …
  /// - Returns: all of its rows.
  func rows(_ sql: String, _ values: [SQLiteValue] = []) throws(MessageStoreError) -> [[SQLiteValue]] {
    var result: [[SQLiteValue]] = []
    try forEachRow(sql, values) { result.append($0) }
    return result
  }

  /// The same, one row at a time: for results that are not to be held as a whole.
  func forEachRow(
    _ sql: String, _ values: [SQLiteValue] = [], _ body: ([SQLiteValue]) -> Void
  ) throws(MessageStoreError) {
    var prepared: OpaquePointer?
    try check(sqlite3_prepare_v2(handle, sql, -1, &prepared, nil))
    defer { sqlite3_finalize(prepared) }
    guard let statement = prepared else { return }
    for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1), of: statement) }
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw error(code) }
      body((0..<sqlite3_column_count(statement)).map { Self.column($0, of: statement) })
    }
  }

  /// A row that contradicts what this program writes.
  func damaged(_ detail: String) -> MessageStoreError {
    MessageStoreError(.damaged, path: path, action: action, detail: detail)
  }

  func tooLarge(_ detail: String) -> MessageStoreError {
    MessageStoreError(.limitExceeded, path: path, action: action, detail: detail)
  }

  private func bind(_ value: SQLiteValue, at index: Int32, of statement: OpaquePointer) throws(MessageStoreError) {
    switch value {
    case .null: try check(sqlite3_bind_null(statement, index))
    case .integer(let number): try check(sqlite3_bind_int64(statement, index, number))
    case .text(let text):
      var copy = text
      try check(copy.withUTF8 { tnt_sqlite3_bind_text_copy(statement, index, $0.baseAddress, UInt64($0.count)) })
    case .blob(let bytes):
      // A null pointer would store NULL.
      guard !bytes.isEmpty else { return try check(sqlite3_bind_zeroblob(statement, index, 0)) }
      try check(
        bytes.withUnsafeBytes { tnt_sqlite3_bind_blob_copy(statement, index, $0.baseAddress, UInt64($0.count)) })
    }
  }

  private static func column(_ index: Int32, of statement: OpaquePointer) -> SQLiteValue {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
    case SQLITE_NULL: return .null
    case SQLITE_TEXT:
      guard let start = sqlite3_column_text(statement, index) else { return .text("") }
      let count = Int(sqlite3_column_bytes(statement, index))
      return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
    default:
      let count = Int(sqlite3_column_bytes(statement, index))
      guard let start = sqlite3_column_blob(statement, index), count > 0 else { return .blob([]) }
      return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
    }
  }

  private func check(_ code: Int32) throws(MessageStoreError) {
    guard code == SQLITE_OK else { throw error(code) }
  }

  private func error(_ code: Int32) -> MessageStoreError {
    SQLiteConnection.error(code, handle, path: path, action: action)
  }
}
