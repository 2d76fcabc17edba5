import ArgumentParsing
import FlowEngine
import TenantBase
import TenantRuntime

/// `tenant data-store list`: the data stores with how much is in them.
struct DataStoreList: Command {
  static let syntax = CommandSyntax(
    "data-store list", summary: "lists the data stores and how many entries they hold", options: [OutputForm.option],
    example: "tenant data-store list")

  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) { form = OutputForm(arguments) }

  func run(in context: CommandContext) async throws -> ExitCode {
    let stores = try StoredState(of: context.home).dataStores()
    switch form {
    case .json: context.console.print(.array(stores.map(DataStoreText.json)))
    case .table where stores.isEmpty: context.console.print("No data stores.\n")
    case .table:
      let head = ["Name", "Visibility", "Entries", "Overdue", "Bytes"]
      context.console.print(
        Table.text(
          [head]
            + stores.map { store in
              [
                PrintableText.escaping(store.store.text), VariableText.visibility(store.store.flow),
                String(store.entryCount), String(store.overdueCount), String(store.byteCount),
              ]
            }))
    }
    return .done
  }
}

/// `tenant data-store show NAME [ENTRY]`: the entries of a store, or one of them.
struct DataStoreShow: Command {
  static let syntax = CommandSyntax(
    "data-store show", summary: "shows the entries of a data store, or one of them; its content on request",
    arguments: [
      ArgumentSyntax("NAME", help: "the data store's name"),
      ArgumentSyntax("ENTRY", .optional, help: "the ID of an entry"),
    ],
    options: [VariableText.flowOption] + StoredMessageOutput.options + [OutputForm.option],
    example: "tenant data-store show ProductInfo HT-1080 --save product.xml",
    details: "What an entry holds may be secret, and is shown only with --content or --save.")

  private let name: String
  private let entryID: String?
  private let flow: String?
  private let output: StoredMessageOutput
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    name = arguments.positionals.first ?? ""
    entryID = arguments.positionals.dropFirst().first
    flow = arguments.value(of: "--flow")
    output = StoredMessageOutput(arguments)
    form = OutputForm(arguments)
    guard entryID != nil || !output.isWanted else {
      throw Self.usageError("options '--content' and '--save' need the ID of an entry")
    }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let state = try StoredState(of: context.home)
    let store = try state.dataStore(name, flow: flow)
    guard let entryID else {
      let entries = try state.entries(of: store)
      switch form {
      case .json: context.console.print(.array(entries.map(DataStoreText.json)))
      case .table:
        let head = ["Entry", "Bytes", "Stored on", "Kept until", "Status"]
        context.console.print(Table.text([head] + entries.map(DataStoreText.row)))
      }
      return .done
    }
    let entry = try state.entry(entryID, of: store)
    let message = output.isWanted ? try state.message(of: entry) : nil
    try output.write(
      DataStoreText.lines(entry), DataStoreText.json(entry), message, form, context.console)
    return .done
  }
}

/// `tenant data-store delete NAME [ENTRY]`: one entry, or all of them.
struct DataStoreRemove: Command {
  static let syntax = CommandSyntax(
    "data-store delete", summary: "deletes an entry of a data store, or all of its entries",
    arguments: [
      ArgumentSyntax("NAME", help: "the data store's name"),
      ArgumentSyntax("ENTRY", .optional, help: "the ID of an entry; without it all go"),
    ],
    options: [VariableText.flowOption, OptionSyntax("--force", help: "does not ask")],
    example: "tenant data-store delete ProductInfo HT-1080")

  private let name: String
  private let entryID: String?
  private let flow: String?
  private let isForced: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    name = arguments.positionals.first ?? ""
    entryID = arguments.positionals.dropFirst().first
    flow = arguments.value(of: "--flow")
    isForced = arguments.has("--force")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let state = try StoredState(of: context.home)
    let store = try state.dataStore(name, flow: flow)
    let entry = try entryID.map { try state.entry($0, of: store) }
    let shown = PrintableText.escaping(name)
    let what =
      entry.map { "the entry '\(PrintableText.escaping($0.id))' of '\(shown)'" }
      ?? (store.entryCount == 1 ? "the 1 entry" : "all \(store.entryCount) entries") + " of '\(shown)'"
    guard try isForced || Confirmation.obtain("Delete \(what)?", flag: "--force") else {
      context.console.printError("tenant: nothing was deleted\n")
      return .failed
    }
    if let entry { try state.delete(entry) } else { _ = try state.delete(store) }
    context.console.print("Deleted \(what)\n")
    return .done
  }
}

/// Data stores as people and programs read them.
enum DataStoreText {
  static func json(_ store: DataStoreSummary) -> JSONValue {
    [
      "name": .string(store.store.text), "flow": .optional(store.store.flow), "entries": .number(store.entryCount),
      "overdue": .number(store.overdueCount), "bytes": .number(store.byteCount),
    ]
  }

  private static func status(_ entry: DataStoreEntry) -> String {
    entry.overdueOn.milliseconds <= WallClock.now.milliseconds ? "Overdue" : "Waiting"
  }

  static func row(_ entry: DataStoreEntry) -> [String] {
    [
      PrintableText.escaping(entry.id, limit: 255), String(entry.byteCount), entry.storedOn.localText,
      entry.expiresOn.localText, status(entry),
    ]
  }

  static func lines(_ entry: DataStoreEntry) -> [[String]] {
    [
      ["Entry", PrintableText.escaping(entry.id, limit: 255)],
      ["Data store", PrintableText.escaping(entry.store.text)],
      ["Visibility", VariableText.visibility(entry.store.flow)],
      ["Status", status(entry)], ["Bytes", String(entry.byteCount)], ["Encrypted", entry.isEncrypted ? "yes" : "no"],
      ["Written by", PrintableText.escaping(entry.writtenBy)], ["Run", entry.runID],
      ["Stored on", entry.storedOn.localText], ["Overdue on", entry.overdueOn.localText],
      ["Kept until", entry.expiresOn.localText],
    ]
  }

  static func json(_ entry: DataStoreEntry) -> JSONValue {
    [
      "id": .string(entry.id), "store": .string(entry.store.text), "flow": .optional(entry.store.flow),
      "status": .string(status(entry)), "bytes": .number(entry.byteCount), "encrypted": .bool(entry.isEncrypted),
      "writtenBy": .string(entry.writtenBy), "run": .string(entry.runID),
      "storedOn": .string(entry.storedOn.rfc3339), "overdueOn": .string(entry.overdueOn.rfc3339),
      "expiresOn": .string(entry.expiresOn.rfc3339),
    ]
  }
}
