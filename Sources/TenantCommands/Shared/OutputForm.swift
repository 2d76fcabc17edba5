import ArgumentParsing
import System
import TenantBase
import TenantRuntime

/// How a command writes its results.
enum OutputForm: Sendable {
  case table
  case json

  static let option = OptionSyntax(
    "--output", .choice(["table", "json"]), help: "the form of the result; table when not given")

  init(_ arguments: ParsedArguments) { self = arguments.value(of: "--output") == "json" ? .json : .table }
}

extension Command {
  /// A contradiction on the command line, told with this command's usage and example.
  static func usageError(_ problem: String) -> UsageError {
    UsageError(
      problem, usage: HelpText.usageLine(program: Program.name, syntax: syntax), example: syntax.example)
  }
}

extension CommandContext {
  var home: TenantHome { TenantHome.locate(option: homeOption) }
}

extension Console {
  func print(_ value: JSONValue) { print(value.text(.pretty) + "\n") }

  /// Errors of several targets, each told where it happened.
  func printError(_ error: any Error) {
    let explanation =
      (error as? any ExplainedError)?.explanation ?? Explanation("unexpected failure", cause: "\(error)")
    printError(ErrorText.lines(of: explanation))
  }
}
