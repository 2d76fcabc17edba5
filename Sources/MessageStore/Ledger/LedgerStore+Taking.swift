import FlowEngine
import TenantBase

/// Attempts: their beginning, and the comparison with what is known.
extension LedgerStore {
  package func take(
    _ identity: SourceIdentity, in folder: OpenSourceFolder, policy: SourcePolicy,
    after transitions: [SourceTransition], now: Timestamp
  ) throws -> SourceTaking {
    let (taking, mark) = try write("take a message") { session, garbage in
      try self.apply(transitions, now: now, session, &garbage)
      let mark = try self.moveEpoch(folder.number, session)
      return (try self.taking(identity, in: folder.number, policy, now: now, session), mark)
    }
    writeMark(mark, of: folder.number)
    return taking
  }

  package func take(
    _ identity: SourceIdentity, with content: SourceContent, presentUIDs: Set<String>?, in folder: OpenSourceFolder,
    policy: SourcePolicy, after transitions: [SourceTransition], now: Timestamp
  ) throws -> SourceTaking {
    let (taking, mark) = try write("take a message") { session, garbage in
      try self.apply(transitions, now: now, session, &garbage)
      let mark = try self.moveEpoch(folder.number, session)
      let taking = try self.taking(identity, in: folder.number, policy, now: now, session)
      guard case .taken(let id, let attempt, let isRepeated) = taking else { return (taking, mark) }
      switch try self.matched(id, content, presentUIDs, policy, now: now, session) {
      case .same(let id): return (SourceTaking.taken(id, attempt: attempt, isRepeated: isRepeated), mark)
      case .replaced(let id): return (.taken(id, attempt: 1, isRepeated: false), mark)
      case .known(let known): return (known, mark)
      }
    }
    writeMark(mark, of: folder.number)
    return taking
  }

  private func taking(
    _ identity: SourceIdentity, in folder: Int64, _ policy: SourcePolicy, now: Timestamp,
    _ session: borrowing SQLiteSession
  ) throws -> SourceTaking {
    try refuseHeld(folder, session)
    if let found = try entry(of: identity, in: folder, session) {
      return try begin(found, policy, now: now, session)
    }
    let id = try insert(identity, in: folder, now: now, session)
    return .taken(id, attempt: 1, isRepeated: false)
  }

  package func take(
    _ message: SourceMessageID, policy: SourcePolicy, after transitions: [SourceTransition], now: Timestamp
  ) throws -> SourceTaking {
    try write("take a message") { session, garbage in
      try self.apply(transitions, now: now, session, &garbage)
      let row = try self.row(message, session)
      try self.refuseHeld(row.folder, session)
      return try self.begin(row, policy, now: now, session)
    }
  }

  private func refuseHeld(_ folder: Int64, _ session: borrowing SQLiteSession) throws {
    guard
      let row = try session.rows(
        "SELECT flow, channel, account, folder, hold FROM source_folder WHERE number = ?1", [.integer(folder)]
      ).first
    else { throw session.damaged("a folder of the ledger is gone") }
    if let reason = row[4].text { throw LedgerError.held(try Self.sourceFolder(row, session), reason) }
  }

  /// The entry of that UID, when the message under it can still be the same; else one whose UID is void and that the
  /// server names the same.
  private func entry(
    of identity: SourceIdentity, in folder: Int64, _ session: borrowing SQLiteSession
  ) throws -> SourceRow? {
    let values = [SQLiteValue.integer(folder), .text(identity.uid)]
    if let found = try rows(where: "folder = ?1 AND uid = ?2 AND is_void = 0", values, session).first {
      guard found.identity.contradicts(identity) else { return found }
      try session.run("UPDATE source_message SET is_void = 1 WHERE number = ?1", [.integer(found.id.rawValue)])
    }
    guard let emailID = identity.emailID else { return nil }
    let twin = try rows(
      where: "folder = ?1 AND is_void = 1 AND email_id = ?2 ORDER BY number DESC LIMIT 1",
      [.integer(folder), .text(emailID)], session
    ).first
    if let twin { try rename(twin.id, to: identity, session) }
    return twin
  }

  private func insert(
    _ identity: SourceIdentity, in folder: Int64, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> SourceMessageID {
    let rows = try session.rows(
      "INSERT INTO source_message (folder, uid, email_id, size, internal_date, state, attempts, owner, first_seen,"
        + " changed) VALUES (?1, ?2, ?3, ?4, ?5, 'taken', 1, ?6, ?7, ?7) RETURNING number",
      [
        .integer(folder), .text(identity.uid), .optional(identity.emailID), .optional(identity.size),
        identity.internalDate.map { .integer($0.milliseconds) } ?? .null, .text(process.token),
        .integer(now.milliseconds),
      ])
    guard let number = rows.first?.first?.integer else { throw session.damaged("a message has no number") }
    return SourceMessageID(rawValue: number)
  }

  /// Gives an entry the UID under which its message is found now.
  private func rename(
    _ message: SourceMessageID, to identity: SourceIdentity, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) {
    try session.run(
      "UPDATE source_message SET uid = ?2, is_void = 0, size = coalesce(?3, size),"
        + " internal_date = coalesce(?4, internal_date), email_id = coalesce(?5, email_id) WHERE number = ?1",
      [
        .integer(message.rawValue), .text(identity.uid), .optional(identity.size),
        identity.internalDate.map { .integer($0.milliseconds) } ?? .null, .optional(identity.emailID),
      ])
  }

  /// What an attempt at an entry that is there already comes to.
  private func begin(
    _ row: SourceRow, _ policy: SourcePolicy, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws -> SourceTaking {
    switch row.state {
    case .done, .dropped, .quarantined, .held: return .settled(row.id, row.state)
    case .processed, .postProcessing:
      if isOthers(row) { return .takenByOther(row.id) }
      if row.owner != process.token {
        try change(row.id, "owner = ?3", [.text(process.token)], now: now, session)
      }
      return .processed(row.id, begun: row.intent)
    case .taken:
      if isOthers(row) { return .takenByOther(row.id) }
      guard !policy.isAtMostOnce else { return try hold(row, now: now, session) }
      return try attempt(row, policy, now: now, session)
    case .failed, .waiting: return try attempt(row, policy, now: now, session)
    }
  }

  private func isOthers(_ row: SourceRow) -> Bool {
    guard let owner = row.owner, owner != process.token else { return false }
    return process.isAlive(owner)
  }

  private func attempt(
    _ row: SourceRow, _ policy: SourcePolicy, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws -> SourceTaking {
    let budget = min(max(1, policy.maximumAttempts), Int(Int32.max))
    guard row.attempts < budget + limits.quarantineAttempts else {
      // Even fetching it has ended every attempt: it is put aside without its bytes, and the source keeps them.
      try change(row.id, "state = 'quarantined', owner = NULL", now: now, session)
      return .settled(row.id, .quarantined)
    }
    let (attempts, _) = row.attempts.addingReportingOverflow(1)
    try change(
      row.id, "state = 'taken', attempts = ?3, owner = ?4, not_before = NULL",
      [.integer(Int64(attempts)), .text(process.token)], now: now, session)
    if attempts > budget { return .exhausted(row.id, attempts: row.attempts) }
    return .taken(row.id, attempt: attempts, isRepeated: true)
  }

  private func hold(
    _ row: SourceRow, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> SourceTaking {
    let explanation = Explanation(
      "the attempt was cut off, and the channel repeats none",
      hints: ["have it tried again, or give it up: tenant messages retry \(row.id.rawValue), or drop"])
    try change(
      row.id, "state = 'held', owner = NULL, failure_kind = ?3, failure = ?4",
      [.text(SourceFailure.Kind.outcomeUnknown.rawValue), .text(ExplanationText.text(of: explanation))], now: now,
      session)
    return .heldAfterCrash(row.id)
  }

  // MARK: comparison

  package func match(
    _ message: SourceMessageID, with content: SourceContent, presentUIDs: Set<String>?, policy: SourcePolicy,
    now: Timestamp
  ) throws -> SourceMatch {
    try write("compare a message") { session, _ in
      try self.matched(message, content, presentUIDs, policy, now: now, session)
    }
  }

  private func matched(
    _ message: SourceMessageID, _ content: SourceContent, _ presentUIDs: Set<String>?, _ policy: SourcePolicy,
    now: Timestamp, _ session: borrowing SQLiteSession
  ) throws -> SourceMatch {
    let row = try row(message, session)
    guard row.state == .taken else { throw LedgerError.wrongState(message, row.state, "compare it") }
    if let digest = row.digest {
      if digest == content.digest { return .same(message) }
      return try replace(row, with: content, presentUIDs, policy, now: now, session)
    }
    if let known = try twin(of: row, content, presentUIDs, session) {
      return .known(try merge(row, into: known, policy, now: now, session))
    }
    try store(content, of: message, now: now, session)
    return .same(message)
  }

  private func store(
    _ content: SourceContent, of message: SourceMessageID, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) {
    try change(
      message, "digest = ?3, message_id = ?4, sender = ?5, subject = ?6",
      [
        .blob(content.digest), .optional(content.messageID.map { String($0.prefix(limits.summaryLength)) }),
        .text(String(content.from.prefix(limits.summaryLength))),
        .text(String(content.subject.prefix(limits.summaryLength))),
      ], now: now, session)
  }

  /// An entry of the same bytes, Message-ID and INTERNALDATE whose own UID is gone.
  private func twin(
    of row: SourceRow, _ content: SourceContent, _ presentUIDs: Set<String>?, _ session: borrowing SQLiteSession
  ) throws -> SourceRow? {
    let candidates = try rows(
      where: "folder = ?1 AND digest = ?2 AND number <> ?3 ORDER BY is_void DESC, number",
      [.integer(row.folder), .blob(content.digest), .integer(row.id.rawValue)], session)
    return candidates.first { other in
      let isGone = other.isVoid || presentUIDs.map { !$0.contains(other.identity.uid) } ?? false
      let stored = content.messageID.map { String($0.prefix(limits.summaryLength)) }
      return isGone && other.messageID == stored && !Self.differ(other.identity.internalDate, row.identity.internalDate)
    }
  }

  private static func differ(_ left: Timestamp?, _ right: Timestamp?) -> Bool {
    if let left, let right { left != right } else { false }
  }

  /// The entry that was just made for a message goes, and the older one takes its place.
  private func merge(
    _ row: SourceRow, into known: SourceRow, _ policy: SourcePolicy, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws -> SourceTaking {
    try session.run("DELETE FROM source_message WHERE number = ?1", [.integer(row.id.rawValue)])
    try rename(known.id, to: row.identity, session)
    return try begin(known, policy, now: now, session)
  }

  /// The UID was given to another message: the entry keeps what it knows, without a UID.
  private func replace(
    _ row: SourceRow, with content: SourceContent, _ presentUIDs: Set<String>?, _ policy: SourcePolicy,
    now: Timestamp, _ session: borrowing SQLiteSession
  ) throws -> SourceMatch {
    try change(
      row.id, "is_void = 1, state = 'failed', owner = NULL, attempts = ?3", [.integer(Int64(max(0, row.attempts - 1)))],
      now: now, session)
    let id = try insert(row.identity, in: row.folder, now: now, session)
    let fresh = try self.row(id, session)
    if let known = try twin(of: fresh, content, presentUIDs, session) {
      return .known(try merge(fresh, into: known, policy, now: now, session))
    }
    try store(content, of: id, now: now, session)
    return .replaced(id)
  }
}
