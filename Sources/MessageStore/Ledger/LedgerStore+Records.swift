import FlowEngine
import TenantBase

extension LedgerStore: MessageRecords {
  package func records(in states: Set<SourceMessageState>?, limit: Int) throws -> [MessageRecord] {
    let wanted = states ?? Set(SourceMessageState.allCases.filter { !$0.isFinal })
    // Names of our own, not of a person.
    let names = wanted.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
    return try read("read the ledger") { session in
      let rows = try self.rows(
        where: "state IN (\(names)) ORDER BY CASE WHEN state = 'quarantined' THEN 0 WHEN state = 'held' THEN 1"
          + " WHEN \(Self.doubt) THEN 2 ELSE 3 END, changed DESC, number DESC LIMIT ?1",
        [.integer(Int64(max(0, limit)))], session)
      var records: [MessageRecord] = []
      for row in rows { records.append(try self.record(row, session)) }
      return records
    }
  }

  private static let doubt =
    "EXISTS (SELECT 1 FROM delivery JOIN delivery_target ON delivery = delivery.number"
    + " WHERE source = source_message.number AND delivery_target.state = 'inDoubt')"

  package func record(of message: SourceMessageID) throws -> MessageRecord? {
    try read("read the ledger") { session in
      guard
        let row = try self.rows(where: "number = ?1", [.integer(message.rawValue)], session).first
      else { return nil }
      return try self.record(row, session)
    }
  }

  private func record(_ row: SourceRow, _ session: borrowing SQLiteSession) throws -> MessageRecord {
    guard
      let folder = try session.rows(
        "SELECT flow, channel, account, folder FROM source_folder WHERE number = ?1", [.integer(row.folder)]
      ).first
    else { throw session.damaged("a folder of the ledger is gone") }
    let doubt = try session.rows(
      "SELECT 1 FROM source_message WHERE number = ?1 AND \(Self.doubt)", [.integer(row.id.rawValue)])
    return MessageRecord(
      id: row.id, folder: try Self.sourceFolder(folder, session), identity: row.identity, hasVoidUID: row.isVoid,
      state: row.state, attempts: row.attempts, messageID: row.messageID, from: row.sender, subject: row.subject,
      digest: row.digest, firstSeen: row.firstSeen, changed: row.changed, notBefore: row.notBefore,
      intent: row.intent, failure: row.failure,
      raw: row.rawSize.map {
        MessageRecord.KeptMail(byteCount: $0, path: row.rawFile.map { files.path(of: $0) })
      }, hasDoubt: !doubt.isEmpty)
  }

  package func deliveries(of message: SourceMessageID) throws -> [JournaledDelivery] {
    try read("read the journal") { session in
      try self.deliveries(where: "source = ?1", [.integer(message.rawValue)], session)
    }
  }

  // MARK: what a person does

  package func retry(_ messages: [SourceMessageID], now: Timestamp) throws {
    try write("have messages tried again") { session, _ in
      for message in messages {
        let row = try self.row(message, session)
        try self.refuseBusy(row, "have it tried again")
        switch row.state {
        case .processed, .postProcessing, .done:
          throw LedgerError.wrongState(message, row.state, "have it tried again: it was processed")
        case .dropped: throw LedgerError.wrongState(message, row.state, "have it tried again: it was given up")
        case .taken, .failed, .waiting, .quarantined, .held: break
        }
        try self.change(
          message,
          "state = 'waiting', attempts = 0, owner = NULL, failing_since = NULL, temporary_failures = 0,"
            + " not_before = NULL", now: now, session)
        try session.run(
          "UPDATE delivery_target SET state = 'pending', since = ?2 WHERE state IN ('refused', 'inDoubt', 'sending')"
            + " AND delivery IN (SELECT number FROM delivery WHERE source = ?1)",
          [.integer(message.rawValue), .integer(now.milliseconds)])
      }
    }
  }

  package func drop(_ messages: [SourceMessageID], now: Timestamp) throws {
    try write("give messages up") { session, garbage in
      for message in messages {
        let row = try self.row(message, session)
        try self.refuseBusy(row, "give it up")
        if row.state.isFinal { continue }
        try self.change(message, "state = 'dropped', owner = NULL, not_before = NULL", now: now, session)
        try self.releaseContents(of: message, session, &garbage)
      }
    }
  }

  private func refuseBusy(_ row: SourceRow, _ action: String) throws {
    guard let owner = row.owner, process.isAlive(owner), owner != process.token,
      [.taken, .processed, .postProcessing].contains(row.state)
    else { return }
    throw LedgerError(
      .wrongState(row.state), .temporary,
      Explanation("message \(row.id.rawValue) is under way in another process: cannot \(action)"))
  }

  package func heldFolders() throws -> [HeldFolder] {
    try read("read the ledger") { session in
      var held: [HeldFolder] = []
      let rows = try session.rows(
        "SELECT flow, channel, account, folder, number, hold FROM source_folder WHERE hold IS NOT NULL ORDER BY number")
      for row in rows {
        guard let number = row[4].integer, let reason = row[5].text else {
          throw session.damaged("a folder of the ledger")
        }
        held.append(HeldFolder(number: number, folder: try Self.sourceFolder(row, session), reason: reason))
      }
      return held
    }
  }

  package func release(_ folders: [Int64]) throws {
    try write("release folders") { session, _ in
      for folder in folders {
        try session.run("UPDATE source_folder SET hold = NULL WHERE number = ?1", [.integer(folder)])
      }
    }
  }
}
