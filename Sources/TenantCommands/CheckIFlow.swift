import ArgumentParsing
import FlowModel
import TenantBase
import TenantRuntime

/// `tenant check-iflow NAME|FILE...`: says what would keep flows from running, without connecting.
struct CheckIFlow: Command {
  static let syntax = CommandSyntax(
    "check-iflow", summary: "checks integration flows with their parameters, credentials and certificates",
    arguments: [
      ArgumentSyntax(
        "NAME|FILE", .oneOrMore,
        help: "a deployed flow, one of the home's iflows folder, or a file, bundle folder or zip")
    ],
    options: [
      OptionSyntax("--parameter", .repeated("N=V"), help: "an externalized parameter of the flows"),
      OptionSyntax("--strict", help: "warnings count as errors"), OutputForm.option,
    ],
    example: "tenant check-iflow iflows/SendingAnEmail.iflw",
    details: """
      Nothing is connected and nothing is changed. An error keeps a flow from being deployed and run; a warning does not.

      exit codes: 0 no errors, 65 unreadable flow, 78 errors found (with --strict warnings too)
      """)

  private let flows: [String]
  private let parameters: [(name: String, value: String)]
  private let isStrict: Bool
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    flows = arguments.positionals
    parameters = try ParameterOption.read(arguments, of: Self.self)
    isStrict = arguments.has("--strict")
    form = OutputForm(arguments)
  }

  private enum Outcome {
    case checked(FlowCheckReport)
    case unreadable(String, any ExplainedError)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let outcomes = try check(in: context.home)
    switch form {
    case .json: context.console.print(.array(outcomes.map(Self.json)))
    case .table: show(outcomes, context.console)
    }
    return ExitCode.deciding(among: outcomes.map(code), reachedSomeone: false)
  }

  /// Each flow, whatever becomes of the others.
  private func check(in home: TenantHome) throws -> [Outcome] {
    let library = FlowLibrary(home: home)
    let checking = FlowChecking(home: home)
    var outcomes: [Outcome] = []
    for flow in flows {
      do {
        for found in try library.find(flow) {
          do {
            outcomes.append(.checked(checking.check(try FlowLibrary.read(found.bundle, parameters))))
          } catch let error as any ExplainedError {
            outcomes.append(.unreadable(found.bundle.flowFiles.flow.path, error))
          }
        }
      } catch let error as any ExplainedError {
        outcomes.append(.unreadable(flow, error))
      }
    }
    return outcomes
  }

  private func code(_ outcome: Outcome) -> ExitCode {
    switch outcome {
    case .unreadable(_, let error): ExitCode(error.failureClass)
    case .checked(let report):
      report.errorCount > 0 || isStrict && report.warningCount > 0 ? .configuration : .done
    }
  }

  private func show(_ outcomes: [Outcome], _ console: Console) {
    for (index, outcome) in outcomes.enumerated() {
      switch outcome {
      case .unreadable(_, let error): console.printError(error)
      case .checked(let report):
        let file = report.loaded.files.flow.path
        let gap = index > 0 ? "\n" : ""
        let lines = FindingText.lines(report.findings, in: file)
        console.print("\(gap)\(PrintableText.escaping(file))\n\(lines)\(FindingText.totals(report))\n")
      }
    }
    guard outcomes.count > 1 else { return }
    let bad = outcomes.count { code($0) != .done }
    console.print(
      "\n\(outcomes.count) flows checked: \(bad == 0 ? "all pass" : "\(bad) \(bad == 1 ? "does" : "do") not pass")\n")
  }

  private static func json(_ outcome: Outcome) -> JSONValue {
    switch outcome {
    case .unreadable(let file, let error):
      return [
        "flow": .null, "file": .string(file), "version": .null, "status": "unreadable", "errors": .null,
        "warnings": .null, "parameters": .null, "findings": [], "error": RunReportJSON.error(error.explanation),
      ]
    case .checked(let report):
      let parameters = report.parameters
      let status = report.errorCount > 0 ? "errors" : report.warningCount > 0 ? "warnings" : "clean"
      return [
        "flow": .string(report.loaded.flow.name), "file": .string(report.loaded.files.flow.path),
        "version": .optional(report.loaded.manifest?.version), "status": .string(status),
        "errors": .number(report.errorCount), "warnings": .number(report.warningCount),
        "parameters": ["used": .number(parameters.used), "withValue": .number(parameters.withValue)],
        "findings": .array(report.findings.map(FindingText.json)), "error": .null,
      ]
    }
  }
}

/// The option `--parameter N=V`.
enum ParameterOption {
  static func read(
    _ arguments: ParsedArguments, of command: any Command.Type
  ) throws(UsageError) -> [(name: String, value: String)] {
    var result: [(name: String, value: String)] = []
    for text in arguments.values(of: "--parameter") {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw command.usageError("option '--parameter' takes NAME=VALUE, not '\(text)'")
      }
      result.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
    }
    return result
  }
}
