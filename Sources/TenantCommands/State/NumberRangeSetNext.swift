import ArgumentParsing
import FlowEngine
import TenantBase
import TenantRuntime

/// `tenant number-range set-next NAME VALUE`: what the next message gets.
struct NumberRangeSetNext: Command {
  static let syntax = CommandSyntax(
    "number-range set-next", summary: "sets the number that a deployed number range gives next",
    arguments: [
      ArgumentSyntax("NAME", help: "a deployed number range"), ArgumentSyntax("VALUE", help: "within its limits"),
    ],
    options: [
      OptionSyntax("--force", help: "also a number that may have been given already"), OutputForm.option,
    ],
    example: #"tenant number-range set-next "Invoice Numbers" 5000"#,
    details: "A number that is not above every number given so far is refused: messages would get it twice.")

  private let name: String
  private let value: Int64
  private let isForced: Bool
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    name = arguments.positionals.first ?? ""
    let text = arguments.positionals.dropFirst().first ?? ""
    guard let number = Int64(text), number >= 0 else {
      throw Self.usageError("'\(PrintableText.escaping(text, limit: 40))' is no whole number of 0 or more")
    }
    value = number
    isForced = arguments.has("--force")
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let range = try NumberRangeCounter.set(name, to: value, allowsRepetition: isForced, home: context.home)
    switch form {
    case .json:
      context.console.print(["name": .string(range.rule.name), "nextValue": .number(Int(clamping: value))])
    case .table: context.console.print("\(PrintableText.escaping(name))   next value \(range.rule.text(value))\n")
    }
    return .done
  }
}
