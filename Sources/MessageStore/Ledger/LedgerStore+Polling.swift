import FlowEngine
import Synchronization
import System
import TenantBase

/// Polls of folders.
extension LedgerStore {
  package func open(
    _ folder: SourceFolder, validity: String, now: Timestamp
  ) throws -> OpenSourceFolder {
    let (opened, isChanged) = try read("read the ledger") { session in
      try self.opened(folder, validity: validity, voided: 0, session)
    }
    // A poll that changes nothing writes nothing.
    let result =
      if let opened, !isChanged { opened } else {
        try write("open the folder") { session, _ in
          let voided = try self.settle(folder, validity: validity, session)
          let (opened, _) = try self.opened(folder, validity: validity, voided: voided, session)
          guard let opened else { throw session.damaged("a folder that was just stored") }
          return opened
        }
      }
    activity.withLock { _ = $0.unmarkedPolls.insert(result.number) }
    return result
  }

  package func known(_ uids: [String], in folder: OpenSourceFolder) throws -> [String: KnownSourceMessage] {
    guard !uids.isEmpty else { return [:] }
    return try read("read the ledger") { session in
      var known: [String: KnownSourceMessage] = [:]
      var rest = uids[...]
      while !rest.isEmpty {
        let chunk = rest.prefix(Self.uidsOfQuery)
        rest = rest.dropFirst(chunk.count)
        let places = chunk.indices.map { "?\($0 - chunk.startIndex + 2)" }.joined(separator: ", ")
        let found = try Self.entries(
          "folder = ?1 AND is_void = 0 AND uid IN (\(places))", [.integer(folder.number)] + chunk.map { .text($0) },
          session)
        known.merge(found) { first, _ in first }
      }
      return known
    }
  }

  /// Well below the parameters that SQLite takes.
  private static let uidsOfQuery = 500

  /// - Returns: nil when the ledger does not know the folder; whether its validity has changed.
  private func opened(
    _ folder: SourceFolder, validity: String, voided: Int, _ session: borrowing SQLiteSession
  ) throws -> (OpenSourceFolder?, isChanged: Bool) {
    let found = try session.rows(
      "SELECT number, validity, hold FROM source_folder"
        + " WHERE flow = ?1 AND channel = ?2 AND account = ?3 AND folder = ?4", Self.values(of: folder)
    ).first
    guard let found else { return (nil, true) }
    guard let number = found[0].integer, let before = found[1].text else {
      throw session.damaged("a folder of the ledger")
    }
    guard before == validity else { return (nil, true) }
    // By state: of a folder whose mails are nearly all done that finds few at once. The plus keeps SQLite from the folder's index.
    let known = try Self.entries(
      "+folder = ?1 AND is_void = 0 AND state IN (\(Self.openStates))", [.integer(number)], session)
    let unmatched = try session.rows(
      "SELECT count(*) FROM source_message WHERE folder = ?1 AND is_void = 1", [.integer(number)]
    ).first?.first?.integer
    return (
      OpenSourceFolder(
        folder: folder, number: number, validity: validity, hold: found[2].text, known: known, voidedCount: voided,
        unmatchedCount: Int(unmatched ?? 0)), false
    )
  }

  /// Everything but `done` and `dropped`.
  private static let openStates = SourceMessageState.allCases.filter { $0 != .done && $0 != .dropped }
    .map { "'\($0.rawValue)'" }.joined(separator: ", ")

  private static func entries(
    _ condition: String, _ values: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws -> [String: KnownSourceMessage] {
    var known: [String: KnownSourceMessage] = [:]
    var isDamaged = false
    try session.forEachRow(
      "SELECT number, uid, email_id, size, internal_date, state, attempts, not_before FROM source_message"
        + " WHERE \(condition)", values
    ) { row in
      guard let id = row[0].integer, let uid = row[1].text,
        let state = row[5].text.flatMap(SourceMessageState.init(rawValue:)), let attempts = row[6].integer
      else {
        isDamaged = true
        return
      }
      known[uid] = KnownSourceMessage(
        id: SourceMessageID(rawValue: id),
        identity: SourceIdentity(
          uid: uid, emailID: row[2].text, size: row[3].integer.map { Int($0) },
          internalDate: row[4].integer.map { Timestamp(milliseconds: $0) }),
        state: state, attempts: Int(attempts), notBefore: row[7].integer.map { Timestamp(milliseconds: $0) })
    }
    if isDamaged { throw session.damaged("a message of the ledger") }
    return known
  }

  /// Makes the folder's row, or voids what another validity voids.
  ///
  /// - Returns: UIDs that have become void.
  private func settle(
    _ folder: SourceFolder, validity: String, _ session: borrowing SQLiteSession
  ) throws -> Int {
    let values = Self.values(of: folder)
    let condition = "flow = ?1 AND channel = ?2 AND account = ?3 AND folder = ?4"
    guard let found = try session.rows("SELECT number, validity FROM source_folder WHERE \(condition)", values).first
    else {
      let digest = SQLiteValue.text(LedgerMark.digest(of: folder))
      let isLost = try !session.rows("SELECT 1 FROM lost_folder WHERE digest = ?1", [digest]).isEmpty
      let hold = isLost ? "messages were taken from it before, and the ledger does not know them any more" : nil
      try session.run(
        "INSERT INTO source_folder (flow, channel, account, folder, validity, hold) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        values + [.text(validity), .optional(hold)])
      try session.run("DELETE FROM lost_folder WHERE digest = ?1", [digest])
      return 0
    }
    guard let number = found[0].integer, let before = found[1].text, before != validity else { return 0 }
    let voided = try session.rows(
      "SELECT count(*) FROM source_message WHERE folder = ?1 AND is_void = 0", [.integer(number)]
    ).first?.first?.integer
    try session.run("UPDATE source_message SET is_void = 1 WHERE folder = ?1 AND is_void = 0", [.integer(number)])
    try session.run(
      "UPDATE source_folder SET validity = ?2 WHERE number = ?1", [.integer(number), .text(validity)])
    return Int(voided ?? 0)
  }

  static func values(of folder: SourceFolder) -> [SQLiteValue] {
    [.text(folder.flowName), .text(folder.channelID), .text(folder.account), .text(folder.folder)]
  }

  /// The first take of a poll moves the ledger's number on, in the same transaction.
  ///
  /// - Returns: the mark to write afterwards; nil when there is none.
  func moveEpoch(_ folder: Int64, _ session: borrowing SQLiteSession) throws -> LedgerMark.Content? {
    guard activity.withLock({ $0.unmarkedPolls.contains(folder) }) else { return nil }
    guard var settings = try LedgerSettings(session) else { throw session.damaged("the ledger's settings") }
    settings.epoch &+= 1
    try settings.store(session)
    let lost = try session.rows("SELECT digest FROM lost_folder").compactMap { $0.first?.text }
    return LedgerMark.Content(
      ledgerID: settings.id, epoch: settings.epoch, folders: try Self.folderDigests(session).union(lost))
  }

  /// Nothing is lost when it fails: the next poll writes a later one.
  func writeMark(_ content: LedgerMark.Content?, of folder: Int64) {
    guard let content else { return }
    activity.withLock { _ = $0.unmarkedPolls.remove(folder) }
    try? replaceMark(content)
  }

  /// Another process may have written a later one meanwhile: that one stays.
  private func replaceMark(_ content: LedgerMark.Content) throws {
    let lock = try Folder(opening: files.lockFolder).lock(LedgerMark.lockName, deadline: .after(.seconds(1)))
    defer { withExtendedLifetime(lock) {} }
    if let found = try mark.read(), found.ledgerID == content.ledgerID, found.epoch > content.epoch { return }
    try mark.write(content, durability: .eventually)
  }

  package func retries(in folder: OpenSourceFolder) throws -> [KnownSourceMessage] {
    try read("read the ledger") { session in
      try self.rows(
        where: "folder = ?1 AND state = 'waiting' AND raw_size IS NOT NULL ORDER BY number", [.integer(folder.number)],
        session
      ).map(\.known)
    }
  }

  package func expired(
    in folder: OpenSourceFolder, now: Timestamp, limit: Int
  ) throws -> [KnownSourceMessage] {
    let age = limits.retention.components.seconds * 1000
    let most = max(0, limit)
    let (found, cursor) = try read("read the ledger") { session in
      let cursor = try Self.forgettingCursor(of: folder.number, session)
      let rows = try self.rows(
        where: "folder = ?1 AND number > ?4 AND state IN ('done', 'dropped') AND changed < ?2 ORDER BY number LIMIT ?3",
        [
          .integer(folder.number), .integer(now.advanced(byMilliseconds: -age).milliseconds),
          .integer(Int64(most)), .integer(cursor),
        ], session)
      return (rows.map(\.known), cursor)
    }
    // Messages that stay in the folder must not keep those behind them from being forgotten: the next call goes on
    // where this one ended, and begins anew at the end. A folder that needs one call alone writes nothing.
    let next = found.count < most ? 0 : found.last?.id.rawValue ?? 0
    if next != cursor {
      try write("note how far the ledger was looked through") { session, _ in
        try session.run(
          "INSERT OR REPLACE INTO ledger_setting VALUES (?1, ?2)",
          [.text(Self.forgettingCursorName(of: folder.number)), .blob(Array(String(next).utf8))])
      }
    }
    return found
  }

  private static func forgettingCursorName(of folder: Int64) -> String { "forgetting \(folder)" }

  /// The last entry that ``expired(in:now:limit:)`` has given; 0 at the beginning.
  private static func forgettingCursor(of folder: Int64, _ session: borrowing SQLiteSession) throws -> Int64 {
    let found = try session.rows(
      "SELECT value FROM ledger_setting WHERE name = ?1", [.text(forgettingCursorName(of: folder))]
    ).first?.first?.bytes
    return found.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
  }

  package func forget(_ messages: [SourceMessageID]) throws {
    try write("forget messages") { session, garbage in
      for message in messages {
        let row = try self.row(message, session)
        guard row.state.isFinal else { throw LedgerError.wrongState(message, row.state, "forget it") }
        try self.releaseContents(of: message, session, &garbage)
        try session.run("DELETE FROM source_message WHERE number = ?1", [.integer(message.rawValue)])
      }
    }
  }

  /// Removes every copy of a message and of what was sent for it; the entries stay.
  func releaseContents(
    of message: SourceMessageID, _ session: borrowing SQLiteSession, _ garbage: inout [String]
  ) throws {
    let number = [SQLiteValue.integer(message.rawValue)]
    let files = try session.rows(
      "SELECT raw_file FROM source_message WHERE number = ?1 AND raw_file IS NOT NULL UNION ALL"
        + " SELECT file FROM delivery WHERE source = ?1 AND file IS NOT NULL", number)
    garbage += files.compactMap { $0.first?.text }
    try session.run(
      "UPDATE source_message SET raw = NULL, raw_file = NULL, raw_size = NULL"
        + " WHERE number = ?1 AND raw_size IS NOT NULL", number)
    try session.run(
      "UPDATE delivery SET content = NULL, file = NULL WHERE source = ?1"
        + " AND (content IS NOT NULL OR file IS NOT NULL)", number)
  }
}
