import TenantBase

/// The tables, as a list of steps: a database of an earlier version takes those that it has not taken.
enum StoreSchema {
  /// `tnt1`, so that no other program's database is taken for ours.
  static let applicationID: Int64 = 0x746E_7431

  /// What brings a database from `user_version` n to n + 1. Never changed once released; new ones are added.
  static let migrations: [[String]] = [
    [
      """
      CREATE TABLE deployed_flow (
        name TEXT NOT NULL PRIMARY KEY,
        version TEXT NOT NULL,
        generation INTEGER NOT NULL CHECK (generation > 0),
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        status TEXT NOT NULL CHECK (status IN ('Deployed', 'Error')),
        deployed_by TEXT NOT NULL,
        deployed_on INTEGER NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE deployed_flow_file (
        flow TEXT NOT NULL REFERENCES deployed_flow (name) ON DELETE CASCADE,
        path TEXT NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (flow, path)
      ) STRICT
      """,
      """
      CREATE TABLE deployed_flow_finding (
        flow TEXT NOT NULL REFERENCES deployed_flow (name) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('error', 'warning')),
        code TEXT NOT NULL,
        file TEXT NOT NULL,
        line INTEGER,
        subject_kind TEXT NOT NULL,
        subject_name TEXT NOT NULL,
        subject_id TEXT NOT NULL,
        subject_type TEXT NOT NULL,
        reason TEXT NOT NULL,
        remedy TEXT,
        PRIMARY KEY (flow, position)
      ) STRICT
      """,
    ],
    ledgerTables,
    stateTables,
  ]

  static var version: Int { migrations.count }

  /// Brings the database to the present version, in one transaction.
  static func bringUpToDate(_ connection: SQLiteConnection) throws(MessageStoreError) {
    let present = try connection.perform(.read, "read the state") { (session) throws(MessageStoreError) in
      try state(session, connection.path)
    }
    guard present != version else { return }
    try connection.perform(.write, "bring the state up to date") { (session) throws(MessageStoreError) in
      // Another process may have done it meanwhile.
      let present = try state(session, connection.path)
      guard present < version else { return }
      for step in migrations[present...] {
        for statement in step { try session.run(statement) }
      }
      try session.run("PRAGMA application_id = \(applicationID)")
      try session.run("PRAGMA user_version = \(version)")
    }
  }

  private static func state(_ session: borrowing SQLiteSession, _ path: String) throws(MessageStoreError) -> Int {
    let owner = try session.rows("PRAGMA application_id").first?.first?.integer ?? 0
    let found = Int(try session.rows("PRAGMA user_version").first?.first?.integer ?? 0)
    let isEmpty = try session.rows("SELECT count(*) FROM sqlite_schema").first?.first == .integer(0)
    guard owner == applicationID || (isEmpty && owner == 0) else {
      throw session.damaged("it is another program's database")
    }
    guard found <= version else {
      throw MessageStoreError(.newer(version: found), path: path, action: "read the state")
    }
    guard found >= 0, !isEmpty || found == 0 else { throw session.damaged("it has a version and no tables") }
    return found
  }
}
