import ArgumentParsing
import FlowEngine
import System
import TenantBase
import TenantRuntime

/// `tenant messages retry ID...`: the flow's next run takes them again.
struct MessagesRetry: Command {
  static let syntax = CommandSyntax(
    "messages retry", summary: "lets the flow's next run take messages again, with all of their attempts",
    arguments: [ArgumentSyntax("ID", .oneOrMore, help: "a number in messages list")],
    example: "tenant messages retry 12 13",
    details: """
      What a recipient has accepted is not sent to him again. What was refused or is in doubt is, with the same bytes. A
      quarantined mail is processed from the copy that is kept, also when the mailbox has it no more.
      """)

  private let ids: [SourceMessageID]

  init(arguments: ParsedArguments) throws(UsageError) {
    ids = try MessageNumber.read(arguments.positionals, of: Self.self)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    guard let first = ids.first else { return .done }
    let ledger = try MessageNumber.ledger(of: first, context.home)
    for id in ids { try requireCopy(of: id, ledger, context.home) }
    try ledger.retry(ids, now: Timestamp(milliseconds: WallTime.now.milliseconds))
    var flows: [String] = []
    for id in ids {
      guard let record = try ledger.record(of: id) else { continue }
      let flow = record.folder.flowName
      context.console.print(
        "Message \(id.rawValue) is taken again by the next run of '\(PrintableText.escaping(flow))'\n")
      if !flows.contains(flow) { flows.append(flow) }
    }
    for flow in flows {
      let name = ShellText.quoted(PrintableText.escaping(flow))
      context.console.printError("tenant: run it now with: tenant\(context.home.hintOption) run-iflow \(name)\n")
    }
    return .done
  }

  /// A quarantined mail whose copy is lost cannot be tried again: that is said now, not at the next poll.
  private func requireCopy(of id: SourceMessageID, _ ledger: any MessageRecords, _ home: TenantHome) throws {
    guard let record = try ledger.record(of: id) else { throw MessageNumber.unknown(id, home) }
    guard record.state == .quarantined else { return }
    do { _ = try ledger.rawMail(of: id) } catch {
      guard let explained = error as? any ExplainedError else { throw error }
      throw CommandError(
        explained.failureClass,
        Explanation(
          "message \(id.rawValue) cannot be tried again: its kept copy is lost",
          places: explained.explanation.places, cause: explained.description,
          hints: ["put the copy back, or give the message up: tenant\(home.hintOption) messages drop \(id.rawValue)"]))
    }
  }
}
