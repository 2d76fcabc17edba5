import Expressions
import FlowEngine
import TenantBase

extension StateStore: VariableStore {
  package func value(of name: VariableName, for scope: StateScope) throws -> ExpressionValue? {
    try value(of: name, run: scope.runID, at: scope.now)
  }

  package func write(_ value: ExpressionValue, to name: VariableName, for scope: StateScope) throws {
    let stored = StoredValue(value)
    guard stored.text.utf8.count <= StateLimits.variableBytes else {
      throw StateError(.tooLarge(limit: StateLimits.variableBytes), "the value of the \(name.title)")
    }
    let cipher = try cipher(for: .variables)
    let plain = Array(stored.text.utf8)
    let bytes = cipher.map { $0.seal(plain, for: Self.place(of: name, kind: stored.kind)) } ?? plain
    let files = try connection.perform(.write, "write the \(name.title)") { (session) throws(MessageStoreError) in
      let run = scope.isTransactional ? scope.runID : ""
      try session.run(
        """
        INSERT OR REPLACE INTO variable (flow, name, run, kind, value, key_id, written_by, updated_on, expires_on)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """,
        [
          .text(name.flow ?? ""), .text(name.text), .text(run), .text(stored.kind), .blob(bytes),
          .optional(cipher?.keyID), .text(scope.flowName), .integer(scope.now.milliseconds),
          .integer(scope.now.advanced(byDays: StateLimits.variableDays).milliseconds),
        ])
      return scope.isTransactional ? [] : try Self.purge(session, at: scope.now)
    }
    try forget(files)
  }

  // MARK: For people

  /// The variables in force, global ones first, sorted by flow and name.
  package func variables(at now: Timestamp) throws -> [StoredVariable] {
    try connection.perform(.read, "read the variables") { (session) throws(MessageStoreError) in
      let rows = try session.rows(
        """
        SELECT flow, name, written_by, updated_on, expires_on, key_id FROM variable
        WHERE run = '' AND expires_on > ?1 ORDER BY flow, name
        """, [.integer(now.milliseconds)])
      var result: [StoredVariable] = []
      for row in rows {
        guard row.count == 6, let flow = row[0].text, let name = row[1].text, let writer = row[2].text,
          let updated = row[3].integer, let expires = row[4].integer
        else { throw session.damaged("a variable") }
        result.append(
          StoredVariable(
            name: VariableName(name, flow: flow.isEmpty ? nil : flow), writtenBy: writer,
            updatedOn: Timestamp(milliseconds: updated), expiresOn: Timestamp(milliseconds: expires),
            isEncrypted: row[5].text != nil))
      }
      return result
    }
  }

  /// The value in force; nil when there is none.
  package func value(of name: VariableName, at now: Timestamp) throws -> ExpressionValue? {
    try value(of: name, run: "", at: now)
  }

  /// - Returns: false when there is none of that name.
  package func deleteVariable(_ name: VariableName) throws -> Bool {
    try connection.perform(.write, "delete the \(name.title)") { (session) throws(MessageStoreError) in
      let key: [SQLiteValue] = [.text(name.flow ?? ""), .text(name.text)]
      let condition = "WHERE flow = ?1 AND name = ?2 AND run = ''"
      let isThere = try !session.rows("SELECT 1 FROM variable \(condition)", key).isEmpty
      try session.run("DELETE FROM variable \(condition)", key)
      return isThere
    }
  }

  private func value(of name: VariableName, run: String, at now: Timestamp) throws -> ExpressionValue? {
    let row = try connection.perform(.read, "read the \(name.title)") {
      (session) throws(MessageStoreError) -> [SQLiteValue]? in
      try session.rows(
        """
        SELECT kind, value, key_id FROM variable
        WHERE flow = ?1 AND name = ?2 AND run IN ('', ?3) AND expires_on > ?4 ORDER BY run DESC LIMIT 1
        """, [.text(name.flow ?? ""), .text(name.text), .text(run), .integer(now.milliseconds)]
      ).first
    }
    guard let row else { return nil }
    guard row.count == 3, let kind = row[0].text, var bytes = row[1].bytes else {
      throw StateError(.damaged, "the \(name.title)")
    }
    if let keyID = row[2].text {
      let cipher = try cipher(keyID, for: .variables, "the \(name.title)")
      guard let plain = cipher.open(bytes, for: Self.place(of: name, kind: kind)) else {
        throw StateError(.damaged, "the \(name.title)")
      }
      bytes = plain
    }
    guard let value = StoredValue(kind: kind, text: String(decoding: bytes, as: UTF8.self)).value else {
      throw StateError(.damaged, "the \(name.title)")
    }
    return value
  }

  private static func place(of name: VariableName, kind: String) -> [String] {
    ["variable", name.flow ?? "", name.text, kind]
  }
}
