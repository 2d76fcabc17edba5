import ArgumentParsing
import System
import TenantBase

/// The program: finds the command, runs it, prints what went wrong, and says with which code to exit.
package enum Program {
  static let name = "tenant"
  /// By semantic versioning; the changelog has what each brought.
  static let version = "0.2.0"
  static let purpose = "runs mail integration flows on your own machine"

  /// In the order of the overview: as a newcomer meets them.
  static let commands: [any Command.Type] = [
    Init.self, NewArtifact.self, SealArtifact.self, DeployArtifact.self, UndeployArtifact.self, ListArtifacts.self,
    ShowArtifact.self, ImportCertificate.self, CheckIFlow.self, ShowIFlow.self, RunIFlow.self,
    MessagesList.self, MessagesShow.self, MessagesRetry.self, MessagesDrop.self, MessagesRelease.self, MailShow.self,
    KeystoreList.self, KeystoreShow.self, KeystoreExport.self, KeystoreRename.self, KeystoreDelete.self,
    KeystorePublicKey.self, KeystoreAddKey.self, KeystoreRemoveKey.self, KeystoreChangePassphrase.self,
    KeystoreRotate.self, VariablesList.self, VariablesShow.self, VariablesDelete.self, DataStoreList.self,
    DataStoreShow.self, DataStoreRemove.self, MessageStoreList.self, MessageStoreShow.self, NumberRangeSetNext.self,
  ]

  static let homeOption = OptionSyntax(
    "--home", .value("DIR"), help: "the tenant home; else TENANT_HOME, else the current folder")

  static let commonOptions = [
    homeOption, OptionSyntax("--help", help: "shows the help of the program or of a command"),
  ]

  static let versionOption = OptionSyntax("--version", help: "shows the program's version")

  /// - Parameter words: the command line without the program's own name.
  package static func run(_ words: [String]) async -> Int32 {
    let console = Console()
    let code = await run(words, on: console)
    guard let lost = console.lostOutput, code == ExitCode.done.rawValue else { return code }
    console.printError(ErrorText.lines(of: lost.explanation))
    return ExitCode(lost.failureClass).rawValue
  }

  private static func run(_ words: [String], on console: Console) async -> Int32 {
    do {
      let line = try CommandLineWords(words)
      guard let name = line.commandName else {
        if line.asksForVersion, !line.asksForHelp {
          console.print("\(Self.name) \(version)\n")
          return ExitCode.done.rawValue
        }
        console.print(overview)
        return line.asksForHelp ? ExitCode.done.rawValue : ExitCode.usage.rawValue
      }
      if let group = CommandGroup.named(name) {
        console.print(group.overview)
        let isAnswer = line.asksForHelp || line.rest.contains("--help") || line.rest.contains("-h")
        return isAnswer ? ExitCode.done.rawValue : ExitCode.usage.rawValue
      }
      guard let command = commands.first(where: { $0.syntax.name == name }) else { throw unknownCommand(name) }
      let arguments = try ArgumentParser(program: Self.name, syntax: command.syntax).parse(line.rest)
      if arguments.has("--help") {
        console.print(HelpText.command(program: Self.name, syntax: command.syntax))
        return ExitCode.done.rawValue
      }
      let context = CommandContext(homeOption: line.home, console: console)
      return try await command.init(arguments: arguments).run(in: context).rawValue
    } catch let error as UsageError {
      console.printError(ErrorText.lines(of: error))
      return ExitCode.usage.rawValue
    } catch let error as any ExplainedError {
      console.printError(ErrorText.lines(of: error.explanation))
      return ExitCode(error.failureClass).rawValue
    } catch {
      console.printError(ErrorText.lines(of: Explanation("unexpected failure", cause: "\(error)")))
      return ExitCode.failed.rawValue
    }
  }

  private static var overview: String {
    HelpText.overview(
      program: name, purpose: purpose, commands: CommandGroup.collapsing(commands.map { $0.syntax }),
      options: commonOptions + [versionOption],
      example: "tenant run-iflow iflows/SendingAnEmail.iflw")
  }

  private static func unknownCommand(_ name: String) -> UsageError {
    UsageError(
      "unknown command '\(name)'",
      suggestion: NearestName.of(name, among: commands.map { $0.syntax.name }),
      usage: "tenant [--home DIR] COMMAND [arguments]", example: "tenant --help")
  }
}

extension Program {
  /// Runs the command line of this process and ends it. Before anything else the process protects what it will hold.
  package static func runAndExit() async -> Never {
    let shortcomings = ProcessHardening.apply()
    for warning in shortcomings.warnings { Console().warn(warning) }
    let code = await run(Array(CommandLine.arguments.dropFirst()))
    ProcessExit.exit(code)
  }
}
