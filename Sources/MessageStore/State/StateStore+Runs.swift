import FlowEngine
import TenantBase

extension StateStore: RunStateKeeper {
  package func completeState(ofRun runID: String, at now: Timestamp) throws {
    // Most runs have written nothing; then nobody waits for the disk.
    guard try hasState(ofRun: runID) else { return }
    let outcome = try connection.perform(.write, "complete the state of the run") {
      (session) throws(MessageStoreError) -> (files: [String], duplicate: (DataStoreName, String)?) in
      var files = try Self.purge(session, at: now)
      if let duplicate = try Self.duplicate(ofRun: runID, session) { return (files, duplicate) }
      let run: [SQLiteValue] = [.text(runID)]
      try session.run(
        "DELETE FROM variable WHERE run = '' AND (flow, name) IN (SELECT flow, name FROM variable WHERE run = ?1)", run)
      try session.run("UPDATE variable SET run = '' WHERE run = ?1", run)
      let replaced =
        "run = '' AND (flow, store, entry) IN (SELECT flow, store, entry FROM data_store_entry WHERE run = ?1)"
      files += try Self.deleteEntries(where: replaced, run, session)
      try session.run("DELETE FROM data_store_entry WHERE run = ?1 AND is_deletion = 1", run)
      try session.run("UPDATE data_store_entry SET run = '' WHERE run = ?1", run)
      files += try Self.deleteEntries(
        where: "run = '' AND id IN (SELECT entry FROM data_store_completion WHERE run = ?1)", run, session)
      try session.run("DELETE FROM data_store_completion WHERE run = ?1", run)
      try session.run("UPDATE persisted_message SET run = '' WHERE run = ?1", run)
      return (files, nil)
    }
    try forget(outcome.files)
    if let (store, entry) = outcome.duplicate {
      throw StateError(.duplicateEntry, DataStoreEntry.title(of: entry, in: store))
    }
  }

  package func abandonState(ofRun runID: String, at now: Timestamp) throws {
    guard try hasState(ofRun: runID) else { return }
    let files = try connection.perform(.write, "abandon the state of the run") { (session) throws(MessageStoreError) in
      let run: [SQLiteValue] = [.text(runID)]
      try session.run("DELETE FROM variable WHERE run = ?1", run)
      try session.run("DELETE FROM data_store_completion WHERE run = ?1", run)
      return try Self.deleteEntries(where: "run = ?1", run, session)
        + Self.deletePersisted(where: "run = ?1", run, session) + Self.purge(session, at: now)
    }
    try forget(files)
  }

  private func hasState(ofRun runID: String) throws(MessageStoreError) -> Bool {
    try connection.perform(.read, "read the state of the run") { (session) throws(MessageStoreError) in
      for table in ["variable", "data_store_entry", "data_store_completion", "persisted_message"] {
        if try !session.rows("SELECT 1 FROM \(table) WHERE run = ?1 LIMIT 1", [.text(runID)]).isEmpty { return true }
      }
      return false
    }
  }

  /// An entry that the run adds and that has come into force meanwhile.
  private static func duplicate(
    ofRun runID: String, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> (DataStoreName, String)? {
    let row = try session.rows(
      """
      SELECT new.flow, new.store, new.entry FROM data_store_entry new
      JOIN data_store_entry old ON old.flow = new.flow AND old.store = new.store AND old.entry = new.entry
      WHERE new.run = ?1 AND old.run = '' AND new.is_deletion = 0 AND new.replaces = 0 LIMIT 1
      """, [.text(runID)]
    ).first
    guard let row else { return nil }
    guard let flow = row[0].text, let store = row[1].text, let entry = row[2].text else {
      throw session.damaged("an entry of a data store")
    }
    return (DataStoreName(store, flow: flow.isEmpty ? nil : flow), entry)
  }

  // MARK: Removal

  /// - Returns: the files that nothing refers to any more.
  static func deleteEntries(
    where condition: String, _ values: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [String] {
    try delete(from: "data_store_entry", where: condition, values, session)
  }

  static func deletePersisted(
    where condition: String, _ values: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [String] {
    try delete(from: "persisted_message", where: condition, values, session)
  }

  private static func delete(
    from table: String, where condition: String, _ values: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [String] {
    let rows = try session.rows("SELECT file FROM \(table) WHERE file IS NOT NULL AND \(condition)", values)
    try session.run("DELETE FROM \(table) WHERE \(condition)", values)
    return rows.compactMap { $0.first?.text }
  }

  /// Removes what has expired, what interrupted runs left, and files that were never finished.
  static func purge(
    _ session: borrowing SQLiteSession, at now: Timestamp
  ) throws(MessageStoreError) -> [String] {
    let present: [SQLiteValue] = [.integer(now.milliseconds)]
    let unfinished: [SQLiteValue] = [
      .integer(now.advanced(byDays: -StateLimits.unfinishedDays).milliseconds)
    ]
    try session.run("DELETE FROM variable WHERE expires_on <= ?1 AND run = ''", present)
    try session.run("DELETE FROM variable WHERE run <> '' AND updated_on < ?1", unfinished)
    var files = try deleteEntries(where: "expires_on <= ?1 AND run = ''", present, session)
    files += try deleteEntries(where: "run <> '' AND stored_on < ?1", unfinished, session)
    try session.run("DELETE FROM data_store_completion WHERE marked_on < ?1", unfinished)
    files += try deletePersisted(where: "expires_on <= ?1", present, session)
    files += try deletePersisted(where: "run <> '' AND stored_on < ?1", unfinished, session)
    let forgotten = try session.rows(
      """
      SELECT name FROM state_file f WHERE made_on < ?1
      AND NOT EXISTS (SELECT 1 FROM data_store_entry e WHERE e.file = f.name)
      AND NOT EXISTS (SELECT 1 FROM persisted_message p WHERE p.file = f.name)
      """, unfinished)
    return files + forgotten.compactMap { $0.first?.text }.filter { !files.contains($0) }
  }
}
