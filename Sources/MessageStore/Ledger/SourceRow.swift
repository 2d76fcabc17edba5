import FlowEngine
import TenantBase

/// A row of `source_message`, without its raw mail.
struct SourceRow: Sendable {
  let id: SourceMessageID
  let folder: Int64
  let identity: SourceIdentity
  let isVoid: Bool
  let digest: [UInt8]?
  let messageID: String?
  let sender: String
  let subject: String
  let state: SourceMessageState
  let attempts: Int
  let owner: String?
  let failure: SourceFailure?
  let failingSince: Timestamp?
  let temporaryFailures: Int
  let notBefore: Timestamp?
  let intent: PostProcessingIntent?
  let firstSeen: Timestamp
  let changed: Timestamp
  let rawSize: Int?
  let rawFile: String?

  static let columns =
    "number, folder, uid, is_void, email_id, size, internal_date, digest, message_id, sender, subject, state, attempts,"
    + " owner, failure_kind, failure, failing_since, temporary_failures, not_before, intent, intent_target, intent_detail,"
    + " first_seen, changed, raw_size, raw_file"

  init(_ row: [SQLiteValue], _ session: borrowing SQLiteSession) throws(MessageStoreError) {
    guard row.count >= 26, let number = row[0].integer, let folder = row[1].integer, let uid = row[2].text,
      let isVoid = row[3].integer, let sender = row[9].text, let subject = row[10].text,
      let state = row[11].text.flatMap(SourceMessageState.init(rawValue:)), let attempts = row[12].integer,
      let temporaryFailures = row[17].integer, let firstSeen = row[22].integer, let changed = row[23].integer
    else { throw session.damaged("a message of the ledger") }
    id = SourceMessageID(rawValue: number)
    self.folder = folder
    identity = SourceIdentity(
      uid: uid, emailID: row[4].text, size: row[5].integer.map { Int($0) }, internalDate: Self.moment(row[6]))
    self.isVoid = isVoid != 0
    digest = row[7] == .null ? nil : row[7].bytes
    messageID = row[8].text
    self.sender = sender
    self.subject = subject
    self.state = state
    self.attempts = Int(attempts)
    owner = row[13].text
    failure = row[14].text.flatMap(SourceFailure.Kind.init(rawValue:)).map {
      SourceFailure($0, ExplanationText.explanation(of: row[15].text ?? ""))
    }
    failingSince = Self.moment(row[16])
    self.temporaryFailures = Int(temporaryFailures)
    notBefore = Self.moment(row[18])
    intent = row[19].text.flatMap(PostProcessingIntent.Action.init(rawValue:)).map {
      PostProcessingIntent($0, target: row[20].text, detail: row[21].text ?? "")
    }
    self.firstSeen = Timestamp(milliseconds: firstSeen)
    self.changed = Timestamp(milliseconds: changed)
    rawSize = row[24].integer.map { Int($0) }
    rawFile = row[25].text
  }

  private static func moment(_ value: SQLiteValue) -> Timestamp? {
    value.integer.map { Timestamp(milliseconds: $0) }
  }

  var known: KnownSourceMessage {
    KnownSourceMessage(id: id, identity: identity, state: state, attempts: attempts, notBefore: notBefore)
  }
}

/// An explanation as lines of text: a letter for what it is, a blank, the text.
enum ExplanationText {
  static func text(of explanation: Explanation) -> String {
    var lines = ["s \(flat(explanation.summary))"]
    lines += explanation.places.map { "p \(flat($0))" }
    if let cause = explanation.cause { lines.append("c \(flat(cause))") }
    lines += explanation.hints.map { "h \(flat($0))" }
    return lines.joined(separator: "\n")
  }

  static func explanation(of text: String) -> Explanation {
    var explanation = Explanation("")
    for line in text.split(separator: "\n") {
      let rest = String(line.dropFirst(2))
      switch line.first {
      case "s": explanation.summary = rest
      case "p": explanation.places.append(rest)
      case "c": explanation.cause = rest
      case "h": explanation.hints.append(rest)
      default: continue
      }
    }
    return explanation
  }

  private static func flat(_ text: String) -> String { PrintableText.escaping(text, limit: 2_000) }
}

extension LedgerStore {
  /// - Parameter row: flow, channel, account, folder at its beginning.
  static func sourceFolder(
    _ row: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> SourceFolder {
    guard row.count >= 4, let flow = row[0].text, let channel = row[1].text, let account = row[2].text,
      let folder = row[3].text
    else { throw session.damaged("a folder of the ledger") }
    return SourceFolder(flowName: flow, channelID: channel, account: account, folder: folder)
  }

  /// - Throws: `LedgerError.unknownMessage`.
  func row(_ message: SourceMessageID, _ session: borrowing SQLiteSession) throws -> SourceRow {
    guard
      let row = try session.rows(
        "SELECT \(SourceRow.columns) FROM source_message WHERE number = ?1", [.integer(message.rawValue)]
      ).first
    else { throw LedgerError.unknown(message) }
    return try SourceRow(row, session)
  }

  func rows(
    where condition: String, _ values: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [SourceRow] {
    var found: [SourceRow] = []
    for row in try session.rows("SELECT \(SourceRow.columns) FROM source_message WHERE \(condition)", values) {
      found.append(try SourceRow(row, session))
    }
    return found
  }

  /// Changes columns of one message, and the time of its last change.
  ///
  /// - Parameter assignments: `state = ?3`; parameters from `?3` on.
  func change(
    _ message: SourceMessageID, _ assignments: String, _ values: [SQLiteValue] = [], now: Timestamp,
    _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) {
    try session.run(
      "UPDATE source_message SET changed = ?2, \(assignments) WHERE number = ?1",
      [.integer(message.rawValue), .integer(now.milliseconds)] + values)
  }
}
