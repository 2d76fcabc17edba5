import FlowEngine
import TenantBase

extension DataStoreEntry {
  /// `entry 'a' of the global data store 'b'`.
  package static func title(of id: String, in store: DataStoreName) -> String {
    "entry '\(PrintableText.escaping(id, limit: 300))' of \(store.title)"
  }

  package var title: String { Self.title(of: id, in: store) }
}

extension StateStore: DataStore {
  package func put(_ entry: NewDataStoreEntry, for scope: StateScope) throws {
    let title = DataStoreEntry.title(of: entry.id, in: entry.store)
    let cipher = entry.isEncrypted ? try self.cipher(for: .dataStore) : nil
    if entry.isEncrypted, cipher == nil, !entry.mayStayPlain { throw StateError(.noKeystore, title) }
    // Before a large body is written for nothing; it counts again below.
    if !entry.replaces, try self.entry(entry.id, in: entry.store, for: scope) != nil {
      throw StateError(.duplicateEntry, title)
    }
    let content = try store(
      StoredMessage(body: entry.body, headers: entry.headers), cipher: cipher,
      place: Self.place(of: entry.id, in: entry.store), subject: title, at: scope.now)
    do {
      let files = try connection.perform(.write, "store the \(title)") {
        (session) throws(MessageStoreError) -> [String]? in
        let purged = try Self.purge(session, at: scope.now)
        return try Self.insert(entry, content, for: scope, session).map { purged + $0 }
      }
      guard let files else { throw StateError(.duplicateEntry, title) }
      try forget(files)
    } catch {
      if let file = content.file { try? forget([file]) }
      throw error
    }
  }

  /// - Returns: the files of what it takes the place of; nil when there is such an entry and it must not be replaced.
  private static func insert(
    _ entry: NewDataStoreEntry, _ content: Content, for scope: StateScope, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [String]? {
    let key = key(entry.id, entry.store)
    let own = try session.rows(
      "SELECT is_deletion, replaces FROM data_store_entry WHERE \(keyCondition) AND run = ?4",
      key + [.text(scope.runID)]
    ).first
    let isDeletedHere = own?.first == .integer(1)
    let inForce = try session.rows("SELECT 1 FROM data_store_entry WHERE \(keyCondition) AND run = ''", key)
    let isThere = own == nil ? !inForce.isEmpty : !isDeletedHere
    if isThere, !entry.replaces { return nil }
    let replaces = entry.replaces || isDeletedHere || own?.last == .integer(1)
    var files = try deleteEntries(where: "\(keyCondition) AND run = ?4", key + [.text(scope.runID)], session)
    if !scope.isTransactional { files += try deleteEntries(where: "\(keyCondition) AND run = ''", key, session) }
    let columns =
      "flow, store, entry, run, is_deletion, replaces, written_in, written_by, stored_on, overdue_on, expires_on"
    try session.run(
      """
      INSERT INTO data_store_entry (\(columns), \(Content.columns))
      VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
      """,
      key + [
        .text(scope.isTransactional ? scope.runID : ""), .integer(replaces ? 1 : 0), .text(scope.runID),
        .text(scope.flowName), .integer(scope.now.milliseconds), .integer(entry.overdueOn.milliseconds),
        .integer(entry.expiresOn.milliseconds),
      ] + content.values)
    return files
  }

  package func entry(_ id: String, in store: DataStoreName, for scope: StateScope) throws -> DataStoreEntry? {
    try connection.perform(.read, "read the \(DataStoreEntry.title(of: id, in: store))") {
      (session) throws(MessageStoreError) in
      try Self.visible(id, store, for: scope, session)
    }
  }

  package func entries(
    in store: DataStoreName, atMost limit: Int, for scope: StateScope
  ) throws -> [DataStoreEntry] {
    try connection.perform(.read, "read \(store.title)") { (session) throws(MessageStoreError) in
      let rows = try session.rows(
        """
        SELECT \(Self.entryColumns), is_deletion FROM data_store_entry e
        WHERE flow = ?1 AND store = ?2 AND run IN ('', ?3) AND is_deletion = 0 AND expires_on > ?4
        AND (run <> '' OR NOT EXISTS (SELECT 1 FROM data_store_entry o WHERE o.flow = e.flow AND o.store = e.store
        AND o.entry = e.entry AND o.run = ?3 AND ?3 <> ''))
        ORDER BY id LIMIT ?5
        """,
        [
          .text(store.flow ?? ""), .text(store.text), .text(scope.runID), .integer(scope.now.milliseconds),
          .integer(Int64(limit)),
        ])
      var result: [DataStoreEntry] = []
      for row in rows { result.append(try Self.entry(row, session)) }
      return result
    }
  }

  package func message(of entry: DataStoreEntry) throws -> StoredMessage? {
    let content = try connection.perform(.read, "read the \(entry.title)") {
      (session) throws(MessageStoreError) -> Content? in
      let row = try session.rows(
        "SELECT \(Content.columns) FROM data_store_entry WHERE id = ?1", [.integer(entry.number.rawValue)]
      ).first
      guard let row else { return nil }
      guard let content = Content(row[...]) else { throw session.damaged("an entry of a data store") }
      return content
    }
    guard let content else { return nil }
    return try message(
      content, purpose: .dataStore, place: Self.place(of: entry.id, in: entry.store), subject: "the \(entry.title)")
  }

  @discardableResult
  package func delete(_ id: String, in store: DataStoreName, for scope: StateScope) throws -> Bool {
    let title = DataStoreEntry.title(of: id, in: store)
    let outcome = try connection.perform(.write, "delete the \(title)") {
      (session) throws(MessageStoreError) -> (wasThere: Bool, files: [String]) in
      guard try Self.visible(id, store, for: scope, session) != nil else { return (false, []) }
      let key = Self.key(id, store)
      var files = try Self.deleteEntries(
        where: "\(Self.keyCondition) AND run = ?4", key + [.text(scope.runID)], session)
      guard scope.isTransactional else {
        files += try Self.deleteEntries(where: "\(Self.keyCondition) AND run = ''", key, session)
        return (true, files)
      }
      try session.run(
        """
        INSERT INTO data_store_entry (flow, store, entry, run, is_deletion, replaces, written_in, written_by, stored_on,
        overdue_on, expires_on, byte_count, body, headers)
        VALUES (?1, ?2, ?3, ?4, 1, 1, ?4, ?5, ?6, ?6, ?7, 0, x'', x'')
        """,
        key + [
          .text(scope.runID), .text(scope.flowName), .integer(scope.now.milliseconds), .integer(.max),
        ])
      return (true, files)
    }
    try forget(outcome.files)
    return outcome.wasThere
  }

  package func deleteOnCompletion(_ entries: [DataStoreEntry.Number], for scope: StateScope) throws {
    guard !entries.isEmpty else { return }
    try connection.perform(.write, "mark entries for deletion") { (session) throws(MessageStoreError) in
      for entry in entries {
        try session.run(
          "INSERT OR IGNORE INTO data_store_completion (run, entry, marked_on) VALUES (?1, ?2, ?3)",
          [.text(scope.runID), .integer(entry.rawValue), .integer(scope.now.milliseconds)])
      }
    }
  }

  // MARK: Rows

  static let keyCondition = "flow = ?1 AND store = ?2 AND entry = ?3"

  static func key(_ id: String, _ store: DataStoreName) -> [SQLiteValue] {
    [.text(store.flow ?? ""), .text(store.text), .text(id)]
  }

  private static func place(of id: String, in store: DataStoreName) -> [String] {
    ["data-store", store.flow ?? "", store.text, id]
  }

  static let entryColumns =
    "id, flow, store, entry, written_in, written_by, stored_on, overdue_on, expires_on, byte_count, key_id"

  /// What the run has written stands before what is in force.
  private static func visible(
    _ id: String, _ store: DataStoreName, for scope: StateScope, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> DataStoreEntry? {
    let row = try session.rows(
      """
      SELECT \(entryColumns), is_deletion FROM data_store_entry
      WHERE \(keyCondition) AND run IN ('', ?4) AND expires_on > ?5 ORDER BY run DESC LIMIT 1
      """, key(id, store) + [.text(scope.runID), .integer(scope.now.milliseconds)]
    ).first
    guard let row, row.last != .integer(1) else { return nil }
    return try entry(row, session)
  }

  static func entry(_ row: [SQLiteValue], _ session: borrowing SQLiteSession) throws(MessageStoreError)
    -> DataStoreEntry
  {
    guard row.count >= 11, let number = row[0].integer, let flow = row[1].text, let store = row[2].text,
      let id = row[3].text, let run = row[4].text, let writer = row[5].text, let stored = row[6].integer,
      let overdue = row[7].integer, let expires = row[8].integer, let count = row[9].integer
    else { throw session.damaged("an entry of a data store") }
    return DataStoreEntry(
      number: DataStoreEntry.Number(rawValue: number), store: DataStoreName(store, flow: flow.isEmpty ? nil : flow),
      id: id, runID: run, writtenBy: writer, storedOn: Timestamp(milliseconds: stored),
      overdueOn: Timestamp(milliseconds: overdue), expiresOn: Timestamp(milliseconds: expires), byteCount: Int(count),
      isEncrypted: row[10].text != nil)
  }
}
