import ArgumentParsing
import Artifacts
import Keystore
import TenantBase
import TenantRuntime

/// `tenant undeploy-artifact NAME...`: removes deployed artifacts, all or none.
struct UndeployArtifact: Command {
  static let syntax = CommandSyntax(
    "undeploy-artifact", summary: "removes deployed artifacts; their files stay",
    arguments: [ArgumentSyntax("NAME", .oneOrMore, help: "the name of a deployed artifact")],
    options: [OptionSyntax("--force", help: "removes them also when flows use them")],
    example: #"tenant undeploy-artifact "Gmail Credentials""#)

  private let names: [String]
  private let isForced: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    names = arguments.positionals
    isForced = arguments.has("--force")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let removal = try ArtifactRemoval(names: names, vault: TenantKeystore.open(home: home), home: home)
    try removal.remove(evenIfUsed: isForced, usage: HomeFlowUsage(home: home))
    context.console.print(
      Table.text(removal.entries.map { [PrintableText.escaping($0.alias.text), $0.type.title, "undeployed"] }))
    return .done
  }
}
