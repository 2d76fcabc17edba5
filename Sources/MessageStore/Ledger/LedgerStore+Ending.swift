import FlowEngine
import System
import TenantBase

/// How attempts end.
extension LedgerStore: SourceLedger {
  package func record(_ transitions: [SourceTransition], now: Timestamp) throws {
    guard !transitions.isEmpty else { return }
    try write("note what became of messages") { session, garbage in
      try self.apply(transitions, now: now, session, &garbage)
    }
  }

  func apply(
    _ transitions: [SourceTransition], now: Timestamp, _ session: borrowing SQLiteSession, _ garbage: inout [String]
  ) throws {
    for transition in transitions {
      switch transition {
      case .processed(let id): try markProcessed(try row(id, session), now: now, session)
      case .postProcessingBegan(let id, let intent): try note(intent, of: try row(id, session), now: now, session)
      case .postProcessed(let id): try finish(try row(id, session), now: now, session, &garbage)
      case .abandoned(let id): try abandon(try row(id, session), now: now, session)
      }
    }
  }

  private func markProcessed(
    _ row: SourceRow, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws {
    switch row.state {
    case .taken:
      try change(
        row.id,
        "state = 'processed', failure_kind = NULL, failure = NULL, failing_since = NULL, temporary_failures = 0",
        now: now, session)
    case .processed, .postProcessing, .done: return
    case .failed, .waiting, .quarantined, .held, .dropped:
      throw LedgerError.wrongState(row.id, row.state, "note it as processed")
    }
  }

  private func note(
    _ intent: PostProcessingIntent, of row: SourceRow, now: Timestamp, _ session: borrowing SQLiteSession
  ) throws {
    switch row.state {
    case .processed, .postProcessing:
      guard row.state == .processed || row.intent != intent else { return }
      try change(
        row.id, "state = 'postProcessing', intent = ?3, intent_target = ?4, intent_detail = ?5",
        [.text(intent.action.rawValue), .optional(intent.target), .text(intent.detail)], now: now, session)
    case .done: return
    case .taken, .failed, .waiting, .quarantined, .held, .dropped:
      throw LedgerError.wrongState(row.id, row.state, "change it at the source")
    }
  }

  private func finish(
    _ row: SourceRow, now: Timestamp, _ session: borrowing SQLiteSession, _ garbage: inout [String]
  ) throws {
    switch row.state {
    case .processed, .postProcessing:
      try change(row.id, "state = 'done', owner = NULL", now: now, session)
      try releaseContents(of: row.id, session, &garbage)
    case .done: return
    case .taken, .failed, .waiting, .quarantined, .held, .dropped:
      throw LedgerError.wrongState(row.id, row.state, "note it as done")
    }
  }

  private func abandon(_ row: SourceRow, now: Timestamp, _ session: borrowing SQLiteSession) throws {
    guard row.state == .taken else { return }
    try change(
      row.id, "state = 'failed', owner = NULL, attempts = ?3", [.integer(Int64(max(0, row.attempts - 1)))], now: now,
      session)
  }

  // MARK: failure

  package func fail(
    _ message: SourceMessageID, _ failure: SourceFailure, policy: SourcePolicy, now: Timestamp
  ) throws -> SourceVerdict {
    try write("note a failure") { session, _ in
      let row = try self.row(message, session)
      guard row.state == .taken else { throw LedgerError.wrongState(message, row.state, "note a failure") }
      switch failure.kind {
      case .temporary: return try self.failForNow(row, failure, policy, now: now, session)
      case .counted: return try self.failOnce(row, failure, policy, now: now, session)
      case .permanent:
        return try self.failForGood(row, failure, policy, now: now, session)
      case .outcomeUnknown:
        let isHeld = try !session.rows(
          "SELECT 1 FROM delivery JOIN delivery_target ON delivery = number WHERE source = ?1 AND holds_doubt = 1"
            + " AND state IN ('sending', 'inDoubt') LIMIT 1", [.integer(message.rawValue)]
        ).isEmpty
        guard isHeld else { return try self.failOnce(row, failure, policy, now: now, session) }
        try self.store(failure, of: row, state: .held, attempts: row.attempts, now: now, session)
        return .held
      }
    }
  }

  private func failForNow(
    _ row: SourceRow, _ failure: SourceFailure, _ policy: SourcePolicy, now: Timestamp,
    _ session: borrowing SQLiteSession
  ) throws -> SourceVerdict {
    // A clock that was set back begins the time anew.
    let since = row.failingSince.map { min($0, now) } ?? now
    let elapsed = now.milliseconds - since.milliseconds
    let (count, _) = row.temporaryFailures.addingReportingOverflow(1)
    if elapsed > policy.temporaryFailureLimit.components.seconds * 1000, count >= limits.leastTemporaryFailures {
      return try failForGood(row, failure, policy, now: now, session)
    }
    let wait = min(
      max(elapsed / 2, limits.shortestBackOff.components.seconds * 1000),
      limits.longestBackOff.components.seconds * 1000)
    // Messages that failed together are not all tried again in the same moment.
    let notBefore = now.advanced(byMilliseconds: wait + Int64.random(in: 0...(max(1, wait / 10))))
    let attempts = max(0, row.attempts - 1)
    try store(failure, of: row, state: .failed, attempts: attempts, now: now, session)
    try change(
      row.id, "failing_since = ?3, temporary_failures = ?4, not_before = ?5",
      [.integer(since.milliseconds), .integer(Int64(count)), .integer(notBefore.milliseconds)], now: now, session)
    return .again(attemptsLeft: max(1, policy.maximumAttempts) - attempts, notBefore: notBefore)
  }

  private func failOnce(
    _ row: SourceRow, _ failure: SourceFailure, _ policy: SourcePolicy, now: Timestamp,
    _ session: borrowing SQLiteSession
  ) throws -> SourceVerdict {
    try store(failure, of: row, state: .failed, attempts: row.attempts, now: now, session)
    let left = max(1, policy.maximumAttempts) - row.attempts
    return left > 0 ? .again(attemptsLeft: left, notBefore: nil) : .quarantine
  }

  /// No attempt is left: when the quarantine does not come about now, the next take says `.exhausted`.
  private func failForGood(
    _ row: SourceRow, _ failure: SourceFailure, _ policy: SourcePolicy, now: Timestamp,
    _ session: borrowing SQLiteSession
  ) throws -> SourceVerdict {
    try store(
      failure, of: row, state: .failed, attempts: max(row.attempts, policy.maximumAttempts), now: now, session)
    return .quarantine
  }

  private func store(
    _ failure: SourceFailure, of row: SourceRow, state: SourceMessageState, attempts: Int, now: Timestamp,
    _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) {
    try change(
      row.id, "state = ?3, attempts = ?4, owner = NULL, failure_kind = ?5, failure = ?6, not_before = NULL",
      [
        .text(state.rawValue), .integer(Int64(attempts)), .text(failure.kind.rawValue),
        .text(ExplanationText.text(of: failure.explanation)),
      ], now: now, session)
  }

  // MARK: quarantine

  package func quarantine(_ message: SourceMessageID, raw: MessageBody?, now: Timestamp) throws {
    var kept: LedgerFiles.Kept?
    if let raw {
      var reader = raw.makeReader()
      kept = try files.keep(in: LedgerFiles.quarantine, of: process, limit: limits.contentInDatabase) {
        try reader.nextChunk(atMost: 256 * 1024)
      }
    }
    let stored = kept
    do {
      try write("quarantine a message") { session, garbage in
        let row = try self.row(message, session)
        guard [.taken, .failed].contains(row.state) else {
          throw LedgerError.wrongState(message, row.state, "quarantine it")
        }
        try self.change(message, "state = 'quarantined', owner = NULL, not_before = NULL", now: now, session)
        guard let stored else { return }
        if let old = row.rawFile { garbage.append(old) }
        try self.change(
          message, "raw = ?3, raw_file = ?4, raw_size = ?5, digest = coalesce(digest, ?6)",
          [
            stored.bytes.map { .blob($0) } ?? .null, .optional(stored.file), .optional(stored.byteCount),
            .blob(stored.digest),
          ], now: now, session)
      }
    } catch {
      if let file = kept?.file { files.discard(file) }
      throw error
    }
  }

  package func rawMail(of message: SourceMessageID) throws -> MessageBody? {
    let (row, bytes) = try read("read a kept mail") { session in
      let row = try self.row(message, session)
      let raw = try session.rows(
        "SELECT raw FROM source_message WHERE number = ?1 AND raw IS NOT NULL", [.integer(message.rawValue)]
      ).first?.first?.bytes
      return (row, raw)
    }
    guard let size = row.rawSize else { return nil }
    return try files.body(
      bytes: row.rawFile == nil ? bytes ?? [] : nil, file: row.rawFile, byteCount: size, digest: nil)
  }
}
