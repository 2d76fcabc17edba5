import ArgumentParsing
import FlowEngine
import TenantBase
import TenantRuntime

/// `tenant message-store list`: what Persist steps have kept.
struct MessageStoreList: Command {
  static let syntax = CommandSyntax(
    "message-store list", summary: "lists the messages that Persist steps have kept, the newest first",
    options: [
      OptionSyntax("--limit", .value("N"), help: "at most so many; 100 when not given"), OutputForm.option,
    ],
    example: "tenant message-store list --limit 20")

  private let limit: Int
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    form = OutputForm(arguments)
    guard let text = arguments.value(of: "--limit") else {
      limit = 100
      return
    }
    guard let number = Int(text), number > 0 else {
      throw Self.usageError("'--limit' takes a number of 1 or more, not '\(PrintableText.escaping(text, limit: 40))'")
    }
    limit = number
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let messages = try StoredState(of: context.home).persistedMessages(atMost: limit)
    switch form {
    case .json: context.console.print(.array(messages.map(PersistedMessageText.json)))
    case .table where messages.isEmpty: context.console.print("No persisted messages.\n")
    case .table:
      let head = ["Number", "Flow", "Step", "Bytes", "Stored on", "Run"]
      context.console.print(Table.text([head] + messages.map(PersistedMessageText.row)))
    }
    return .done
  }
}

/// `tenant message-store show NUMBER`.
struct MessageStoreShow: Command {
  static let syntax = CommandSyntax(
    "message-store show", summary: "shows a message that a Persist step has kept; its content on request",
    arguments: [ArgumentSyntax("NUMBER", help: "as message-store list shows it")],
    options: StoredMessageOutput.options + [OutputForm.option],
    example: "tenant message-store show 17 --content")

  private let number: Int64
  private let output: StoredMessageOutput
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    let text = arguments.positionals.first ?? ""
    guard let number = Int64(text) else {
      throw Self.usageError("'\(PrintableText.escaping(text, limit: 40))' is no number of a message")
    }
    self.number = number
    output = StoredMessageOutput(arguments)
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let state = try StoredState(of: context.home)
    let message = try state.persistedMessage(number)
    try output.write(
      PersistedMessageText.lines(message), PersistedMessageText.json(message),
      output.isWanted ? try state.content(of: message) : nil, form, context.console)
    return .done
  }
}

/// Persisted messages as people and programs read them.
enum PersistedMessageText {
  static func row(_ message: PersistedMessage) -> [String] {
    [
      String(message.number), PrintableText.escaping(message.flowName), PrintableText.escaping(message.stepID),
      String(message.byteCount), message.storedOn.localText, message.runID,
    ]
  }

  static func lines(_ message: PersistedMessage) -> [[String]] {
    [
      ["Number", String(message.number)], ["Flow", PrintableText.escaping(message.flowName)],
      ["Step", PrintableText.escaping(message.stepID)], ["Run", message.runID],
      ["Bytes", String(message.byteCount)], ["Encrypted", message.isEncrypted ? "yes" : "no"],
      ["Stored on", message.storedOn.localText], ["Kept until", message.expiresOn.localText],
    ]
  }

  static func json(_ message: PersistedMessage) -> JSONValue {
    [
      "number": .number(Int(clamping: message.number)), "flow": .string(message.flowName),
      "step": .string(message.stepID), "run": .string(message.runID), "bytes": .number(message.byteCount),
      "encrypted": .bool(message.isEncrypted), "storedOn": .string(message.storedOn.rfc3339),
      "expiresOn": .string(message.expiresOn.rfc3339),
    ]
  }
}
