import ArgumentParsing
import Expressions
import FlowEngine
import TenantBase
import TenantRuntime

/// `tenant variables list`: what Write Variables has written.
struct VariablesList: Command {
  static let syntax = CommandSyntax(
    "variables list", summary: "lists the variables that flows have written", options: [OutputForm.option],
    example: "tenant variables list", details: "Values are not shown: see variables show NAME --value.")

  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) { form = OutputForm(arguments) }

  func run(in context: CommandContext) async throws -> ExitCode {
    let variables = try StoredState(of: context.home).variables()
    switch form {
    case .json: context.console.print(.array(variables.map(VariableText.json)))
    case .table where variables.isEmpty: context.console.print("No variables.\n")
    case .table:
      let head = ["Name", "Visibility", "Written by", "Updated on", "Kept until"]
      context.console.print(Table.text([head] + variables.map(VariableText.row)))
    }
    return .done
  }
}

/// `tenant variables show NAME`: one variable, its value on request.
struct VariablesShow: Command {
  static let syntax = CommandSyntax(
    "variables show", summary: "shows a variable; its value on request",
    arguments: [ArgumentSyntax("NAME", help: "the variable's name")],
    options: [
      VariableText.flowOption, OptionSyntax("--value", help: "shows the value too, which may be a secret"),
      OutputForm.option,
    ],
    example: "tenant variables show LastRun --value")

  private let name: String
  private let flow: String?
  private let showsValue: Bool
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    name = arguments.positionals.first ?? ""
    flow = arguments.value(of: "--flow")
    showsValue = arguments.has("--value")
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let state = try StoredState(of: context.home)
    let variable = try state.variable(name, flow: flow)
    let value = showsValue ? try state.value(of: variable) : nil
    switch form {
    case .json:
      guard case .object(var members) = VariableText.json(variable) else { return .done }
      if let value { members.append(JSONValue.Member("value", .string(value.text))) }
      context.console.print(.object(members))
    case .table:
      var lines = VariableText.lines(variable)
      if let value { lines.append(["Value", PrintableText.escaping(value.text, limit: 100_000)]) }
      context.console.print(Table.text(lines))
    }
    return .done
  }
}

/// `tenant variables delete NAME`.
struct VariablesDelete: Command {
  static let syntax = CommandSyntax(
    "variables delete", summary: "deletes a variable",
    arguments: [ArgumentSyntax("NAME", help: "the variable's name")],
    options: [VariableText.flowOption, OptionSyntax("--force", help: "does not ask")],
    example: "tenant variables delete LastRun --flow OrderImport")

  private let name: String
  private let flow: String?
  private let isForced: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    name = arguments.positionals.first ?? ""
    flow = arguments.value(of: "--flow")
    isForced = arguments.has("--force")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let state = try StoredState(of: context.home)
    let variable = try state.variable(name, flow: flow)
    let title = VariableText.title(variable)
    guard try isForced || Confirmation.obtain("Delete the \(title)?", flag: "--force") else {
      context.console.printError("tenant: nothing was deleted\n")
      return .failed
    }
    try state.delete(variable)
    context.console.print("Deleted the \(title)\n")
    return .done
  }
}

/// Variables as people and programs read them.
enum VariableText {
  static let flowOption = OptionSyntax(
    "--flow", .value("FLOW"), help: "that of this flow; else the global one, or the only one of that name")

  static func title(_ variable: StoredVariable) -> String {
    let name = PrintableText.escaping(variable.name.text)
    return variable.name.flow.map { "variable '\(name)' of the flow '\(PrintableText.escaping($0))'" }
      ?? "global variable '\(name)'"
  }

  static func visibility(_ flow: String?) -> String { flow.map { "flow \(PrintableText.escaping($0))" } ?? "global" }

  static func row(_ variable: StoredVariable) -> [String] {
    [
      PrintableText.escaping(variable.name.text), visibility(variable.name.flow),
      PrintableText.escaping(variable.writtenBy), variable.updatedOn.localText, variable.expiresOn.localText,
    ]
  }

  static func lines(_ variable: StoredVariable) -> [[String]] {
    [
      ["Name", PrintableText.escaping(variable.name.text)], ["Visibility", visibility(variable.name.flow)],
      ["Written by", PrintableText.escaping(variable.writtenBy)], ["Updated on", variable.updatedOn.localText],
      ["Kept until", variable.expiresOn.localText], ["Encrypted", variable.isEncrypted ? "yes" : "no"],
    ]
  }

  static func json(_ variable: StoredVariable) -> JSONValue {
    [
      "name": .string(variable.name.text), "flow": .optional(variable.name.flow),
      "writtenBy": .string(variable.writtenBy), "updatedOn": .string(variable.updatedOn.rfc3339),
      "expiresOn": .string(variable.expiresOn.rfc3339), "encrypted": .bool(variable.isEncrypted),
    ]
  }
}
