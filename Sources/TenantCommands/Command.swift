import ArgumentParsing
import TenantBase

/// One command of the program: declared, validated (arguments only), run, rendered.
protocol Command: Sendable {
  static var syntax: CommandSyntax { get }

  /// Checks the arguments as far as that needs neither a file nor a network.
  init(arguments: ParsedArguments) throws(UsageError)

  /// Does the work; results go to standard output, everything else to standard error.
  func run(in context: CommandContext) async throws -> ExitCode
}

/// What every command gets.
struct CommandContext: Sendable {
  /// As given by `--home`; nil when it was not given.
  let homeOption: String?
  let console: Console
}

/// A command that cannot go on, in words made up here: questions without a terminal, contradictions of the command line.
struct CommandError: ExplainedError {
  let failureClass: FailureClass
  let explanation: Explanation

  init(_ failureClass: FailureClass, _ explanation: Explanation) {
    self.failureClass = failureClass
    self.explanation = explanation
  }
}
