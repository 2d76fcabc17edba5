import FlowEngine
import TenantBase

extension StateStore {
  /// The mark for deletion on completion is the claim, too: it is made and looked at in one transaction, goes with the run,
  /// and one that a crash has left counts no longer than a run can last.
  package func take(_ prefix: String, from store: DataStoreName, for scope: StateScope) throws -> DataStoreTaking {
    try connection.perform(.write, "take entries of \(store.title)") { (session) throws(MessageStoreError) in
      let group: [SQLiteValue] = [.text(store.flow ?? ""), .text(store.text), .text(prefix), .text(scope.runID)]
      let oldest = scope.now.advanced(byMilliseconds: -Int64(StateLimits.takenHours) * 3_600_000)
      let other = try session.rows(
        """
        SELECT c.run FROM data_store_completion c JOIN data_store_entry e ON e.id = c.entry
        WHERE \(Self.groupCondition) AND e.run = '' AND c.run <> ?4 AND c.marked_on > ?5 LIMIT 1
        """, group + [.integer(oldest.milliseconds)]
      ).first?.first?.text
      if let other { return .takenByOther(runID: other) }
      let rows = try session.rows(
        """
        SELECT \(Self.entryColumns) FROM data_store_entry e
        WHERE \(Self.groupCondition) AND run IN ('', ?4) AND is_deletion = 0 AND expires_on > ?5
        AND NOT EXISTS (SELECT 1 FROM data_store_completion c WHERE c.entry = e.id AND c.run = ?4)
        AND (run <> '' OR NOT EXISTS (SELECT 1 FROM data_store_entry o WHERE o.flow = e.flow AND o.store = e.store
        AND o.entry = e.entry AND o.run = ?4 AND ?4 <> ''))
        ORDER BY id
        """, group + [.integer(scope.now.milliseconds)])
      var entries: [DataStoreEntry] = []
      for row in rows {
        let entry = try Self.entry(row, session)
        try session.run(
          "DELETE FROM data_store_completion WHERE entry = ?1", [.integer(entry.number.rawValue)])
        try session.run(
          "INSERT INTO data_store_completion (run, entry, marked_on) VALUES (?1, ?2, ?3)",
          [.text(scope.runID), .integer(entry.number.rawValue), .integer(scope.now.milliseconds)])
        entries.append(entry)
      }
      return .taken(entries)
    }
  }

  private static let groupCondition =
    "e.flow = ?1 AND e.store = ?2 AND substr(e.entry, 1, length(?3)) = ?3"
}
