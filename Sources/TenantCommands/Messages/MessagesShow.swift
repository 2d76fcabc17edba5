import ArgumentParsing
import FlowEngine
import System
import TenantBase
import TenantRuntime

/// `tenant messages show ID`: all that is known of a message, and its raw bytes where they are kept.
struct MessagesShow: Command {
  static let syntax = CommandSyntax(
    "messages show", summary: "shows a message, what was sent because of it, and why it failed",
    arguments: [ArgumentSyntax("ID", help: "its number in messages list")],
    options: [
      OptionSyntax("--raw", help: "writes the mail that is kept to standard output, byte for byte"), OutputForm.option,
    ],
    example: "tenant messages show 12",
    details: "Another look into a kept mail: tenant messages show 12 --raw | tenant mail show -")

  private let id: SourceMessageID
  private let isRaw: Bool
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    id = try MessageNumber.read(arguments.positionals, of: Self.self).first ?? SourceMessageID(rawValue: 0)
    isRaw = arguments.has("--raw")
    form = OutputForm(arguments)
    if isRaw, form == .json { throw Self.usageError("options '--raw' and '--output json' exclude each other") }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let ledger = try MessageNumber.ledger(of: id, context.home)
    guard let record = try ledger.record(of: id) else { throw MessageNumber.unknown(id, context.home) }
    if isRaw { return try writeRaw(ledger) }
    let deliveries = try ledger.deliveries(of: id)
    switch form {
    case .json:
      guard case .object(let members) = MessageRecordText.json(record) else { return .failed }
      let list = JSONValue.Member("deliveries", .array(deliveries.map(MessageRecordText.json)))
      context.console.print(.object(members + [list]))
    case .table: context.console.print(text(record, deliveries, context.home))
    }
    return .done
  }

  private func writeRaw(_ ledger: any MessageRecords) throws -> ExitCode {
    guard let mail = try ledger.rawMail(of: id) else {
      throw CommandError(
        .badInput,
        Explanation(
          "no copy of message \(id.rawValue) is kept", cause: "only quarantined messages have one; look at the source"))
    }
    var reader = mail.makeReader()
    while let chunk = try reader.nextChunk(atMost: 256 * 1024) { try StandardStream.output.write(chunk) }
    return .done
  }

  // MARK: text

  private func text(_ record: MessageRecord, _ deliveries: [JournaledDelivery], _ home: TenantHome) -> String {
    let rows = facts(record).filter { !$0.value.isEmpty }.map { ["  " + $0.name, PrintableText.escaping($0.value)] }
    var text = "Message \(record.id.rawValue)\n" + Table.text(rows)
    if let failure = record.failure { text += cause(failure, home) }
    for delivery in deliveries { text += section(of: delivery) }
    return text + advice(record, home)
  }

  /// Those without a value are empty.
  private func facts(_ record: MessageRecord) -> [(name: String, value: String)] {
    let uid: String = record.hasVoidUID ? "\(record.identity.uid), no longer" : record.identity.uid
    let size: String = record.identity.size.map { "\($0) bytes" } ?? ""
    let digest: String = record.digest.map { RandomIdentifier.hex($0) } ?? ""
    let notBefore: String = record.notBefore.map(MessageRecordText.local) ?? ""
    let intent: String = record.intent.map { "\($0.action.rawValue) \($0.target ?? "")" } ?? ""
    let kept: String = record.raw.map { "\($0.byteCount) bytes, \($0.path ?? "in the database")" } ?? ""
    return [
      ("state", MessageRecordText.state(of: record)), ("since", MessageRecordText.local(record.changed)),
      ("first seen", MessageRecordText.local(record.firstSeen)), ("flow", record.folder.flowName),
      ("channel", record.folder.channelID), ("mailbox", "\(record.folder.account), folder '\(record.folder.folder)'"),
      ("UID", uid), ("from", record.from), ("subject", record.subject), ("Message-ID", record.messageID ?? ""),
      ("size", size), ("SHA-256", digest), ("attempts", String(record.attempts)), ("not before", notBefore),
      ("at the source", intent), ("kept mail", kept),
    ]
  }

  private func cause(_ failure: SourceFailure, _ home: TenantHome) -> String {
    let explanation = failure.explanation
    var text = "last failure: \(PrintableText.escaping(explanation.summary))\n"
    if !explanation.places.isEmpty {
      text += "  at: \(explanation.places.map { PrintableText.escaping($0) }.joined(separator: ", "))\n"
    }
    if let cause = explanation.cause { text += "  cause: \(PrintableText.escaping(cause))\n" }
    for hint in explanation.hints { text += "  hint: \(PrintableText.escaping(home.completing(hint)))\n" }
    return text
  }

  private func section(of delivery: JournaledDelivery) -> String {
    var text =
      "delivery by \(PrintableText.escaping(delivery.channelName))"
      + " (\(PrintableText.escaping(delivery.key.point.elementID)), flow version"
      + " \(PrintableText.escaping(delivery.flowVersion)))  \(PrintableText.escaping(delivery.messageID))\n"
    let rows = delivery.targets.map { target in
      [
        "  " + MessageRecordText.word(for: target.outcome.state), PrintableText.escaping(target.name),
        MessageRecordText.local(target.since), PrintableText.escaping(target.outcome.answer),
      ]
    }
    text += Table.text(rows)
    return text
  }

  private func advice(_ record: MessageRecord, _ home: TenantHome) -> String {
    guard [.quarantined, .held].contains(record.state) else { return "" }
    let id = record.id.rawValue
    return "try it again:  tenant\(home.hintOption) messages retry \(id)\n"
      + "give it up:    tenant\(home.hintOption) messages drop \(id)\n"
  }
}
