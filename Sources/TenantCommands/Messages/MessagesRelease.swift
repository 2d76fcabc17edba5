import ArgumentParsing
import FlowEngine
import TenantBase
import TenantRuntime

/// `tenant messages release NUMBER...`: messages are taken from held folders again.
struct MessagesRelease: Command {
  static let syntax = CommandSyntax(
    "messages release", summary: "lets messages be taken again from folders that are held",
    arguments: [ArgumentSyntax("NUMBER", .any, help: "a held folder's number in messages list")],
    options: [OptionSyntax("--all", help: "every held folder")],
    example: "tenant messages release 1",
    details: """
      A folder is held when the ledger was lost or restored from a backup: messages may have been taken and sent that it
      does not know. Look into the mailbox first, and put away what was processed.
      """)

  private let numbers: [Int64]
  private let takesAll: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    takesAll = arguments.has("--all")
    numbers = try MessageNumber.read(arguments.positionals, of: Self.self).map(\.rawValue)
    if takesAll == !numbers.isEmpty { throw Self.usageError("give the numbers of folders, or --all") }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let ledger = try HomeLedger.records(home: context.home)
    let held = try ledger?.heldFolders() ?? []
    if let unknown = numbers.first(where: { number in !held.contains { $0.number == number } }) {
      throw CommandError(
        .badInput,
        Explanation(
          "folder \(unknown) is not held", hints: ["see all: tenant\(context.home.hintOption) messages list"]))
    }
    let wanted = held.filter { takesAll || numbers.contains($0.number) }
    try ledger?.release(wanted.map(\.number))
    if wanted.isEmpty { context.console.print("No folder is held\n") }
    for folder in wanted {
      context.console.print("Released  \(MessageRecordText.place(of: folder.folder))\n")
    }
    return .done
  }
}
