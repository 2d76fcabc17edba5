import ArgumentParsing
import FlowEngine
import MIME
import Synchronization
import System
import TenantBase
import TenantRuntime

/// `tenant run-iflow NAME|FILE`: runs one flow once.
struct RunIFlow: Command {
  static let syntax = CommandSyntax(
    "run-iflow", summary: "runs an integration flow once, now",
    arguments: [
      ArgumentSyntax(
        "NAME|FILE", help: "a deployed flow, one of the home's iflows folder, or a file, bundle folder or zip")
    ],
    options: [
      OptionSyntax("--trigger", .value("NAME|ID"), help: "which of several triggers starts the run"),
      OptionSyntax("--body", .value("FILE|-"), help: "the message body, for a flow that a sender starts"),
      OptionSyntax("--header", .repeated("N=V"), help: "a header of the message"),
      OptionSyntax("--property", .repeated("N=V"), help: "an exchange property"),
      OptionSyntax("--attach", .repeated("FILE"), help: "an attachment of the message"),
      OptionSyntax("--parameter", .repeated("N=V"), help: "an externalized parameter of the flow"),
      OptionSyntax(
        "--dry-run", help: "shows the mails that would leave; sends nothing and changes nothing in a mailbox"),
      OptionSyntax(
        "--connect-to", .repeated("HOST:PORT=HOST:PORT"),
        help:
          "for tests: sends connections to the first address to the second; name and certificate check stay the flow's"),
      OptionSyntax(
        "--answer", .repeated("CHANNEL=FILE"),
        help:
          "for tests: the file plays the partner of a channel that is not mail; a folder answers one call with each of its files"
      ),
      OptionSyntax("--trust-file", .value("FILE"), help: "for tests: trusts these certificates for this run only"),
      OptionSyntax("--redirect-to", .value("ADDRESS"), help: "for tests: delivers every mail to this address alone"),
      OptionSyntax("--trace", .value("DIR"), help: "writes the message after every step into this empty or new folder"),
      OutputForm.option,
    ],
    example: "tenant run-iflow iflows/SendingAnEmail.iflw",
    details: """
      A timer fires now; a mail sender polls its mailbox once, or takes --body as a raw mail; any other start takes --body
      and --header. A temporary failure is tried once.

      exit codes: 0 done, 1 failed for good, 64 wrong command line, 65 unreadable flow, 69 server unreachable, 75 try again later,
      76 outcome unknown: do not simply repeat, 77 refused (login, certificate), 78 configuration
      """)

  private let options: RunOptions
  private let flow: String
  private let bodySource: String?
  private let attachmentFiles: [String]
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    flow = arguments.positionals.first ?? ""
    bodySource = arguments.value(of: "--body")
    attachmentFiles = arguments.values(of: "--attach")
    form = OutputForm(arguments)
    var options = RunOptions()
    options.triggerName = arguments.value(of: "--trigger")
    options.headers = try Self.pairs(arguments, "--header")
    options.properties = try Self.pairs(arguments, "--property")
    options.parameters = try Self.pairs(arguments, "--parameter")
    options.isDryRun = arguments.has("--dry-run")
    options.traceFolder = arguments.value(of: "--trace")
    options.trustFile = arguments.value(of: "--trust-file")
    options.redirectTo = arguments.value(of: "--redirect-to")
    if let address = options.redirectTo, (try? MailAddress.parsing(address, field: "--redirect-to")) == nil {
      throw UsageError(
        "option '--redirect-to' takes a mail address, not '\(PrintableText.escaping(address))'",
        example: "tenant run-iflow iflows/SendingAnEmail.iflw --redirect-to tester@example.com")
    }
    for text in arguments.values(of: "--answer") {
      guard let setting = ChannelAnswers.Setting(text) else {
        throw UsageError(
          "option '--answer' takes CHANNEL=FILE, not '\(text)'",
          example: "tenant run-iflow iflows/OrderConfirmation --answer 'Price Service=price.http'")
      }
      options.answers.append(setting)
    }
    for text in arguments.values(of: "--connect-to") {
      guard let redirection = RunOptions.Redirection(text) else {
        throw UsageError(
          "option '--connect-to' takes HOST:PORT=HOST:PORT, not '\(text)'",
          example: "tenant run-iflow iflows/SendingAnEmail.iflw --connect-to smtp.gmail.com:587=127.0.0.1:10587")
      }
      options.redirections.append(redirection)
    }
    self.options = options
  }

  private static func pairs(_ arguments: ParsedArguments, _ option: String) throws(UsageError) -> [(String, String)] {
    var result: [(String, String)] = []
    for text in arguments.values(of: option) {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw UsageError("option '\(option)' takes NAME=VALUE, not '\(text)'", example: Self.syntax.example)
      }
      result.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
    }
    return result
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    var options = options
    let home = TenantHome.locate(option: context.homeOption)
    options.body = try bodySource.map { try MessageInput.body($0, spoolFolder: home.spoolFolder) }
    options.attachments = try attachmentFiles.map(MessageInput.attachment)
    let report = try await runInterruptibly(FlowRuntime(home: home), options, context.console)
    for warning in report.warnings { context.console.warn(warning) }
    let code = ExitCode.deciding(for: report)
    show(report, code: code, on: context.console)
    return code
  }

  /// A signal ends the connection, not the program: what became of the mail is told, and whether it may have arrived.
  private func runInterruptibly(
    _ runtime: FlowRuntime, _ options: RunOptions, _ console: Console
  ) async throws -> RunReport {
    let work = Task { try await runtime.run(flow, options: options) }
    let signals = SignalCount()
    let watch = SignalWatch { name in
      // The second time somebody means it.
      guard signals.isFirst() else { ProcessExit.exit(130) }
      console.printError("tenant: interrupted by \(name); the connection is closed\n")
      work.cancel()
    }
    defer { withExtendedLifetime(watch) {} }
    return try await work.value
  }

  /// A mail's lines end in CRLF; a terminal's do not.
  private static func withLineFeeds(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar != "\r" { scalars.append(scalar) }
    return String(scalars)
  }

  private func show(_ report: RunReport, code: ExitCode, on console: Console) {
    if form == .json {
      console.print(RunReportJSON.value(of: report, exitCode: code).text(.pretty) + "\n")
    } else if report.hasMoreThanAFailure {
      console.print(RunReportText.text(of: report))
    }
    let channels = report.channels + (report.poll?.messages.flatMap { $0.run?.channels ?? [] } ?? [])
    for channel in channels {
      if let preview = channel.preview, form == .table { console.print("\n" + Self.withLineFeeds(preview)) }
    }
    // Without any delivery the error says it all, but for what tests changed.
    if let failure = report.failure { console.printError(ErrorText.lines(of: failure.explanation)) }
    for explanation in report.poll.map(PollReportText.failures) ?? [] {
      console.printError(ErrorText.lines(of: explanation))
    }
    if report.deliveries.isEmpty, report.failure != nil {
      let notes = report.poll.map { $0.messages.isEmpty ? $0.facts.notes : [] } ?? []
      for note in report.channels.flatMap(\.notes) + notes {
        console.printError("tenant:   note: \(PrintableText.escaping(note))\n")
      }
    }
  }
}

/// Tells the first signal from those after it.
private final class SignalCount: Sendable {
  private let count = Mutex(0)

  func isFirst() -> Bool {
    count.withLock { count in
      count += 1
      return count == 1
    }
  }
}
