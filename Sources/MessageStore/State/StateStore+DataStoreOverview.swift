import FlowEngine
import TenantBase

/// What people see of data stores and persisted messages.
extension StateStore {
  /// A look from outside of any run.
  package static func outside(at now: Timestamp) -> StateScope {
    StateScope(runID: "", flowName: "", now: now, isTransactional: false)
  }

  /// Global ones first, sorted by flow and name.
  package func dataStores(at now: Timestamp) throws -> [DataStoreSummary] {
    try connection.perform(.read, "read the data stores") { (session) throws(MessageStoreError) in
      let rows = try session.rows(
        """
        SELECT flow, store, count(*), sum(overdue_on <= ?1), sum(byte_count) FROM data_store_entry
        WHERE run = '' AND expires_on > ?1 GROUP BY flow, store ORDER BY flow, store
        """, [.integer(now.milliseconds)])
      var result: [DataStoreSummary] = []
      for row in rows {
        guard row.count == 5, let flow = row[0].text, let store = row[1].text, let entries = row[2].integer,
          let overdue = row[3].integer, let bytes = row[4].integer
        else { throw session.damaged("a data store") }
        result.append(
          DataStoreSummary(
            store: DataStoreName(store, flow: flow.isEmpty ? nil : flow), entryCount: Int(entries),
            overdueCount: Int(overdue), byteCount: Int(bytes)))
      }
      return result
    }
  }

  /// - Returns: how many entries there were.
  package func deleteDataStore(_ store: DataStoreName) throws -> Int {
    let outcome = try connection.perform(.write, "delete \(store.title)") {
      (session) throws(MessageStoreError) -> (count: Int, files: [String]) in
      let key: [SQLiteValue] = [.text(store.flow ?? ""), .text(store.text)]
      let condition = "flow = ?1 AND store = ?2 AND run = ''"
      let count = try session.rows("SELECT count(*) FROM data_store_entry WHERE \(condition)", key).first?.first
      return (Int(count?.integer ?? 0), try Self.deleteEntries(where: condition, key, session))
    }
    try forget(outcome.files)
    return outcome.count
  }
}

extension StateStore: MessageArchive {
  package func persist(
    _ message: StoredMessage, stepID: String, isEncrypted: Bool, for scope: StateScope
  ) throws {
    let subject = "the message of the step '\(PrintableText.escaping(stepID))'"
    let cipher = isEncrypted ? try self.cipher(for: .persistedMessages) : nil
    if isEncrypted, cipher == nil { throw StateError(.noKeystore, subject) }
    let content = try store(
      message, cipher: cipher, place: Self.persistedPlace(scope.runID, scope.flowName, stepID), subject: subject,
      at: scope.now)
    do {
      try connection.perform(.write, "keep \(subject)") { (session) throws(MessageStoreError) in
        try session.run(
          """
          INSERT INTO persisted_message (run, written_in, flow, step, stored_on, expires_on, \(Content.columns))
          VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
          """,
          [
            .text(scope.runID), .text(scope.flowName), .text(stepID), .integer(scope.now.milliseconds),
            .integer(scope.now.advanced(byDays: StateLimits.persistedDays).milliseconds),
          ] + content.values)
      }
    } catch {
      if let file = content.file { try? forget([file]) }
      throw error
    }
  }

  private static func persistedPlace(_ run: String, _ flow: String, _ step: String) -> [String] {
    ["persisted", run, flow, step]
  }

  /// The messages of completed runs, the newest first.
  package func persistedMessages(atMost limit: Int, at now: Timestamp) throws -> [PersistedMessage] {
    try connection.perform(.read, "read the persisted messages") { (session) throws(MessageStoreError) in
      let rows = try session.rows(
        "SELECT \(Self.persistedColumns) FROM persisted_message WHERE run = '' AND expires_on > ?1 "
          + "ORDER BY id DESC LIMIT ?2", [.integer(now.milliseconds), .integer(Int64(limit))])
      var result: [PersistedMessage] = []
      for row in rows { result.append(try Self.persisted(row, session)) }
      return result
    }
  }

  /// nil when there is none of that number.
  package func persistedMessage(_ number: Int64, at now: Timestamp) throws -> PersistedMessage? {
    try persisted(number, at: now)?.0
  }

  /// What a persisted message holds; nil when there is none of that number.
  package func content(ofPersisted number: Int64, at now: Timestamp) throws -> StoredMessage? {
    guard let (message, stored) = try persisted(number, at: now) else { return nil }
    return try self.message(
      stored, purpose: .persistedMessages,
      place: Self.persistedPlace(message.runID, message.flowName, message.stepID), subject: "message \(number)")
  }

  private func persisted(_ number: Int64, at now: Timestamp) throws -> (PersistedMessage, Content)? {
    try connection.perform(.read, "read the persisted message") {
      (session) throws(MessageStoreError) -> (PersistedMessage, Content)? in
      let row = try session.rows(
        "SELECT \(Self.persistedColumns), \(Content.columns) FROM persisted_message "
          + "WHERE id = ?1 AND run = '' AND expires_on > ?2", [.integer(number), .integer(now.milliseconds)]
      ).first
      guard let row else { return nil }
      guard let content = Content(row.dropFirst(8)) else { throw session.damaged("a persisted message") }
      return (try Self.persisted(row, session), content)
    }
  }

  private static let persistedColumns = "id, written_in, flow, step, stored_on, expires_on, byte_count, key_id"

  private static func persisted(
    _ row: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> PersistedMessage {
    guard row.count >= 8, let number = row[0].integer, let run = row[1].text, let flow = row[2].text,
      let step = row[3].text, let stored = row[4].integer, let expires = row[5].integer, let count = row[6].integer
    else { throw session.damaged("a persisted message") }
    return PersistedMessage(
      number: number, runID: run, flowName: flow, stepID: step, storedOn: Timestamp(milliseconds: stored),
      expiresOn: Timestamp(milliseconds: expires), byteCount: Int(count), isEncrypted: row[7].text != nil)
  }
}
