import ArgumentParsing
import FlowEngine
import System
import TenantBase
import TenantRuntime

/// `tenant messages drop ID...`: they are given up, and their copies removed.
struct MessagesDrop: Command {
  static let syntax = CommandSyntax(
    "messages drop", summary: "gives messages up for good and removes the copies that are kept",
    arguments: [ArgumentSyntax("ID", .oneOrMore, help: "a number in messages list")],
    options: [OptionSyntax("--yes", help: "does not ask")],
    example: "tenant messages drop 12",
    details: "Nothing is done at the source: a mail that is still in its mailbox stays there and is not taken again.")

  private let ids: [SourceMessageID]
  private let isForced: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    ids = try MessageNumber.read(arguments.positionals, of: Self.self)
    isForced = arguments.has("--yes")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    guard let first = ids.first else { return .done }
    let ledger = try MessageNumber.ledger(of: first, context.home)
    for id in ids where try ledger.record(of: id) == nil { throw MessageNumber.unknown(id, context.home) }
    let what = ids.count == 1 ? "message \(first.rawValue)" : "\(ids.count) messages"
    guard try isForced || Confirmation.obtain("Give \(what) up and remove the kept mail?", flag: "--yes") else {
      context.console.printError("tenant: nothing was dropped\n")
      return .failed
    }
    try ledger.drop(ids, now: Timestamp(milliseconds: WallTime.now.milliseconds))
    for id in ids { context.console.print("Message \(id.rawValue) was dropped\n") }
    return .done
  }
}
