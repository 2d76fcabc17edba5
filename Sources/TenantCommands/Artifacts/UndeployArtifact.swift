import ArgumentParsing
import Artifacts
import FlowEngine
import Keystore
import TenantBase
import TenantRuntime

/// `tenant undeploy-artifact NAME...`: removes deployed artifacts and flows, all or none.
struct UndeployArtifact: Command {
  static let syntax = CommandSyntax(
    "undeploy-artifact", summary: "removes deployed artifacts and flows; their files stay",
    arguments: [ArgumentSyntax("NAME", .oneOrMore, help: "the name of a deployed artifact or flow")],
    options: [
      OptionSyntax("--type", .choice(["credential", "flow"]), help: "which one, where both have the same name"),
      OptionSyntax("--force", help: "removes them also when flows use them"),
    ],
    example: #"tenant undeploy-artifact "Gmail Credentials""#)

  private let names: [String]
  private let type: String?
  private let isForced: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    names = arguments.positionals
    type = arguments.value(of: "--type")
    isForced = arguments.has("--force")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let flows = try FlowRemoval(names: type == "credential" ? [] : names, home: home)
    let others = names.filter { name in !flows.flows.contains { $0.name == name } }
    var rows = flows.flows.map { [PrintableText.escaping($0.name), "Integration Flow", "undeployed"] }
    if type == nil { try refuseAmbiguous(flows.flows.map(\.name), home) }
    if !others.isEmpty {
      let removal = try ArtifactRemoval(names: others, vault: TenantKeystore.open(home: home), home: home)
      // What the flows that go with it used is free.
      let usage = UsageWithout(flows: Set(flows.flows.map(\.name)), HomeFlowUsage(home: home))
      try removal.remove(evenIfUsed: isForced, usage: usage)
      rows += removal.entries.map { [PrintableText.escaping($0.alias.text), $0.type.title, "undeployed"] }
    }
    try flows.remove()
    context.console.print(Table.text(rows))
    return .done
  }

  /// A flow and a credential may have the same name: then the command does not say which one is meant.
  private func refuseAmbiguous(_ flowNames: [String], _ home: TenantHome) throws {
    guard !flowNames.isEmpty, let vault = try TenantKeystore.openIfPresent(home: home) else { return }
    for name in flowNames where try vault.artifact(named: name) != nil {
      throw CommandError(
        .configuration,
        Explanation(
          "'\(PrintableText.escaping(name))' is the name of a flow and of a credential; nothing was undeployed",
          hints: ["say which one: tenant\(home.hintOption) undeploy-artifact \(ShellText.quoted(name)) --type flow"]))
    }
  }

  private struct UsageWithout: FlowUsage {
    let flows: Set<String>
    let other: any FlowUsage

    init(flows: Set<String>, _ other: any FlowUsage) {
      self.flows = flows
      self.other = other
    }

    func flowsByCredential() -> [String: [String]] {
      other.flowsByCredential().mapValues { $0.filter { !flows.contains($0) } }
    }
  }
}
