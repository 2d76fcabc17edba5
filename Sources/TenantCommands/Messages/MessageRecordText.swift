import FlowEngine
import System
import TenantBase

/// An entry of the ledger, for people and for programs; the JSON's shape is in docs/formats/command-output.md.
enum MessageRecordText {
  static func row(_ record: MessageRecord) -> [String] {
    [
      String(record.id.rawValue), state(of: record), local(record.changed),
      PrintableText.escaping(record.folder.flowName, limit: 30),
      PrintableText.escaping(record.folder.folder, limit: 30),
      PrintableText.escaping(record.from, limit: 40), String(record.attempts),
      PrintableText.escaping(record.subject, limit: 50),
      record.failure.map { PrintableText.escaping($0.explanation.summary, limit: 100) } ?? "",
    ]
  }

  static func state(of record: MessageRecord) -> String {
    let word =
      switch record.state {
      case .taken: "under way"
      case .failed where record.failure == nil: "interrupted"
      case .failed: "failed"
      case .waiting: "to be retried"
      case .processed: "processed"
      case .postProcessing: "post-processing"
      case .done: "done"
      case .quarantined: "QUARANTINED"
      case .held: "HELD"
      case .dropped: "dropped"
      }
    return record.hasDoubt && record.state != .held ? "\(word), in doubt" : word
  }

  static func place(of folder: SourceFolder) -> String {
    "\(PrintableText.escaping(folder.flowName)), \(PrintableText.escaping(folder.account)), "
      + "'\(PrintableText.escaping(folder.folder))'"
  }

  static func local(_ moment: Timestamp) -> String { WallTime(milliseconds: moment.milliseconds).localText }

  static func word(for state: DeliveryTarget.State) -> String { state == .inDoubt ? "in doubt" : state.rawValue }

  // MARK: JSON

  static func json(_ record: MessageRecord) -> JSONValue {
    [
      "id": .number(Int(record.id.rawValue)), "state": .string(record.state.rawValue),
      "isInDoubt": .bool(record.hasDoubt), "attempts": .number(record.attempts),
      "flow": .string(record.folder.flowName), "channel": .string(record.folder.channelID),
      "account": .string(record.folder.account), "folder": .string(record.folder.folder),
      "uid": record.hasVoidUID ? .null : .string(record.identity.uid), "from": .string(record.from),
      "subject": .string(record.subject), "messageId": .optional(record.messageID),
      "sizeBytes": .optional(record.identity.size),
      "sha256": .optional(record.digest.map { RandomIdentifier.hex($0) }),
      "firstSeen": .string(record.firstSeen.description), "changed": .string(record.changed.description),
      "notBefore": .optional(record.notBefore?.description),
      "postProcessing": record.intent.map(json) ?? .null,
      "failureKind": .optional(record.failure?.kind.rawValue),
      "error": record.failure.map { RunReportJSON.error($0.explanation) } ?? .null,
      "raw": record.raw.map { ["sizeBytes": .number($0.byteCount), "file": .optional($0.path)] } ?? .null,
    ]
  }

  static func json(_ folder: HeldFolder) -> JSONValue {
    [
      "number": .number(Int(folder.number)), "flow": .string(folder.folder.flowName),
      "channel": .string(folder.folder.channelID), "account": .string(folder.folder.account),
      "folder": .string(folder.folder.folder), "reason": .string(folder.reason),
    ]
  }

  static func json(_ delivery: JournaledDelivery) -> JSONValue {
    [
      "channel": .string(delivery.channelName), "element": .string(delivery.key.point.elementID),
      "lineage": .array(delivery.key.point.lineage.map { .number($0) }),
      "ordinal": .number(delivery.key.point.ordinal), "flowVersion": .string(delivery.flowVersion),
      "messageId": .string(delivery.messageID), "token": .string(delivery.token),
      "sizeBytes": .number(delivery.byteCount),
      "targets": .array(
        delivery.targets.map { target in
          [
            "target": .string(target.name), "state": .string(target.outcome.state.rawValue),
            "answer": .string(target.outcome.answer), "since": .string(target.since.description),
          ]
        }),
    ]
  }

  private static func json(_ intent: PostProcessingIntent) -> JSONValue {
    [
      "action": .string(intent.action.rawValue), "target": .optional(intent.target), "detail": .string(intent.detail),
    ]
  }
}
