import Crypto
import FlowEngine
import Synchronization
import System
import TenantBase

extension LedgerStore: DeliveryJournal {
  package func find(_ key: DeliveryKey) throws -> JournaledDelivery? {
    try read("read the journal") { session in try self.delivery(key, session) }
  }

  private func delivery(
    _ key: DeliveryKey, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> JournaledDelivery? {
    try deliveries(
      where: "source = ?1 AND point = ?2", [.integer(key.source.rawValue), .text(key.point.storedText)], session
    ).first
  }

  package func token(for key: DeliveryKey, flowVersion: String, targets: [String]) throws -> String {
    let source = try read("read the ledger") { session in
      let row = try self.row(key.source, session)
      // Not the row's number: a ledger that was restored counts on from where it was, and another message would get the
      // same token.
      guard
        let folder = try session.rows(
          "SELECT flow, channel, account, folder, validity FROM source_folder WHERE number = ?1",
          [.integer(row.folder)]
        ).first
      else { throw session.damaged("a folder of the ledger is gone") }
      return folder.compactMap(\.text)
        + [row.identity.uid, RandomIdentifier.hex(row.digest ?? [])]
    }
    let parts = source + [flowVersion, key.point.storedText] + targets.sorted()
    let message = parts.flatMap { Array("\($0.utf8.count):\($0)".utf8) }
    return RandomIdentifier.hex(KeyedHash.code(of: message, key: tokenKey.bytes).prefix(16))
  }

  package func begin(
    _ delivery: NewDelivery, for key: DeliveryKey, isSending: Bool, now: Timestamp
  ) throws -> JournaledDelivery {
    guard !delivery.targets.isEmpty else {
      throw LedgerError(.noTargets, .permanent, Explanation("a delivery without targets cannot be stored"))
    }
    let kept = try files.keep(
      in: LedgerFiles.outgoing, of: process, limit: limits.contentInDatabase, delivery.nextChunk)
    do {
      let stored = try store(delivery, kept, for: key, state: isSending ? .sending : .pending, now: now)
      activity.withLock { _ = $0.writtenDeliveries.insert(stored.number) }
      return stored
    } catch {
      if let file = kept.file { files.discard(file) }
      throw error
    }
  }

  private func store(
    _ delivery: NewDelivery, _ kept: LedgerFiles.Kept, for key: DeliveryKey, state: DeliveryTarget.State,
    now: Timestamp
  ) throws -> JournaledDelivery {
    let values: [SQLiteValue] = [
      .integer(key.source.rawValue), .text(key.point.storedText), .text(delivery.flowName),
      .text(delivery.flowVersion), .text(delivery.channelName), .text(delivery.token), .text(delivery.messageID),
      .blob(delivery.envelope), .integer(delivery.holdsDoubt ? 1 : 0), .optional(kept.byteCount),
      .blob(kept.digest), kept.bytes.map { .blob($0) } ?? .null, .optional(kept.file), .integer(now.milliseconds),
    ]
    let targets = delivery.targets
    return try write("store what is to be sent") { session, _ in
      guard try self.delivery(key, session) == nil else {
        throw LedgerError(
          .deliveryExists, .permanent, Explanation("this delivery is in the journal already: it is not begun twice"))
      }
      let inserted = try session.rows(
        "INSERT INTO delivery (source, point, flow, flow_version, channel, token, message_id, envelope, holds_doubt,"
          + " size, digest, content, file, begun) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
          + " RETURNING number", values)
      guard let number = inserted.first?.first?.integer else { throw session.damaged("a delivery has no number") }
      for (position, name) in targets.enumerated() {
        try session.run(
          "INSERT INTO delivery_target VALUES (?1, ?2, ?3, ?4, '', ?5)",
          [
            .integer(number), .integer(Int64(position)), .text(name), .text(state.rawValue),
            .integer(now.milliseconds),
          ])
      }
      guard let stored = try self.delivery(key, session) else { throw session.damaged("a delivery is gone") }
      return stored
    }
  }

  package func record(
    _ outcomes: [Int: DeliveryTarget.Outcome], in delivery: Int64, now: Timestamp
  ) throws {
    try write("note what became of a delivery") { session, garbage in
      for (position, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
        // What was accepted stays accepted, whoever says otherwise later.
        try session.run(
          "UPDATE delivery_target SET state = ?3, answer = ?4, since = ?5"
            + " WHERE delivery = ?1 AND position = ?2 AND state <> 'sent'",
          [
            .integer(delivery), .integer(Int64(position)), .text(outcome.state.rawValue),
            .text(String(outcome.answer.prefix(self.limits.answerLength))), .integer(now.milliseconds),
          ])
      }
      let open = try session.rows(
        "SELECT 1 FROM delivery_target WHERE delivery = ?1 AND state <> 'sent' LIMIT 1", [.integer(delivery)])
      guard open.isEmpty else { return }
      let number = [SQLiteValue.integer(delivery)]
      garbage += try session.rows("SELECT file FROM delivery WHERE number = ?1 AND file IS NOT NULL", number)
        .compactMap { $0.first?.text }
      try session.run("UPDATE delivery SET content = NULL, file = NULL WHERE number = ?1", number)
    }
  }

  package func content(of delivery: JournaledDelivery) throws -> MessageBody {
    let row = try read("read what is to be sent") { session in
      try session.rows(
        "SELECT content, file, digest, content IS NOT NULL FROM delivery WHERE number = ?1",
        [.integer(delivery.number)]
      ).first
    }
    let isOurs = activity.withLock { $0.writtenDeliveries.contains(delivery.number) }
    let hasBytes = row?[3].integer == 1
    return try files.body(
      bytes: hasBytes ? row?[0].bytes : nil, file: row?[1].text, byteCount: delivery.byteCount,
      // A large file that was written a moment ago is not read twice.
      digest: isOurs ? nil : row?[2].bytes)
  }
}
