import ArgumentParsing
import FlowEngine
import TenantBase
import TenantRuntime

/// `tenant messages list`: what was taken from mailboxes and is not finished, what needs a person first.
struct MessagesList: Command {
  static let syntax = CommandSyntax(
    "messages list", summary: "lists the messages that are not finished, those that need a person first",
    options: [
      OptionSyntax(
        "--state", .choice(SourceMessageState.allCases.map(\.rawValue)),
        help: "only those; done and dropped are shown only then"),
      OptionSyntax("--limit", .value("N"), help: "at most so many; 100 when not given"), OutputForm.option,
    ],
    example: "tenant messages list --state quarantined",
    details: """
      quarantined   failed for good or too often: its mail and the cause are kept
      held          nobody knows whether something was sent: a person decides
      in doubt      an answer was lost; the next run sends the same bytes again
      """)

  private let states: Set<SourceMessageState>?
  private let limit: Int
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    states = arguments.value(of: "--state").flatMap(SourceMessageState.init(rawValue:)).map { [$0] }
    form = OutputForm(arguments)
    guard let text = arguments.value(of: "--limit") else {
      limit = 100
      return
    }
    guard let number = Int(text), (1...1_000_000).contains(number) else {
      throw Self.usageError("--limit takes a number from 1 to 1000000")
    }
    limit = number
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let ledger = try HomeLedger.records(home: context.home)
    // One more than is shown tells that there are more.
    let found = try ledger?.records(in: states, limit: limit + 1) ?? []
    let records = Array(found.prefix(limit))
    let folders = try ledger?.heldFolders() ?? []
    switch form {
    case .json:
      context.console.print([
        "messages": .array(records.map(MessageRecordText.json)), "isCut": .bool(found.count > limit),
        "heldFolders": .array(folders.map(MessageRecordText.json)),
      ])
    case .table: context.console.print(text(records, folders, isCut: found.count > limit, context.home))
    }
    return .done
  }

  private func text(_ records: [MessageRecord], _ folders: [HeldFolder], isCut: Bool, _ home: TenantHome) -> String {
    var text = ""
    for held in folders {
      text += "HELD folder \(held.number)  \(MessageRecordText.place(of: held.folder))\n"
      text += "  \(PrintableText.escaping(held.reason)); nothing is taken from it until:"
      text += "  tenant\(home.hintOption) messages release \(held.number)\n"
    }
    if records.isEmpty { return text + (states == nil ? "No message waits or needs anybody.\n" : "No such message.\n") }
    let head = ["Id", "State", "Since", "Flow", "Folder", "From", "Tries", "Subject", "Cause"]
    text += Table.text([head] + records.map(MessageRecordText.row))
    if isCut { text += "more with --limit\n" }
    return text
  }
}
