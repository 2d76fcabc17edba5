import ArgumentParsing
import Artifacts
import FlowEngine
import Keystore
import TenantBase
import TenantRuntime

/// `tenant undeploy-artifact NAME...`: removes deployed artifacts and flows, all or none.
struct UndeployArtifact: Command {
  static let syntax = CommandSyntax(
    "undeploy-artifact", summary: "removes deployed artifacts, number ranges and flows; their files stay",
    arguments: [ArgumentSyntax("NAME", .oneOrMore, help: "the name of a deployed artifact or flow")],
    options: [
      OptionSyntax(
        "--type", .choice(["credential", "flow", "number-range"]), help: "which one, where both have the same name"),
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
    let flows = try FlowRemoval(names: isMeant("flow") ? names : [], home: home)
    let ranges = try NumberRangeRemoval(names: isMeant("number-range") ? names : [], home: home)
    let flowNames = flows.flows.map(\.name)
    let others = names.filter { !flowNames.contains($0) && !ranges.names.contains($0) }
    var rows = flowNames.map { [PrintableText.escaping($0), "Integration Flow", "undeployed"] }
    if type == nil { try refuseAmbiguous(flowNames, ranges.names, home) }
    if !isForced { try ranges.refuseUsed(without: Set(flowNames)) }
    if !others.isEmpty {
      let removal = try ArtifactRemoval(names: others, vault: TenantKeystore.open(home: home), home: home)
      // What the flows that go with it used is free.
      let usage = UsageWithout(flows: Set(flows.flows.map(\.name)), HomeFlowUsage(home: home))
      try removal.remove(evenIfUsed: isForced, usage: usage)
      rows += removal.entries.map { [PrintableText.escaping($0.alias.text), $0.type.title, "undeployed"] }
    }
    rows += ranges.names.map { [PrintableText.escaping($0), NumberRange.title, "undeployed"] }
    try ranges.remove()
    try flows.remove()
    context.console.print(Table.text(rows))
    return .done
  }

  private func isMeant(_ kind: String) -> Bool { type == nil || type == kind }

  /// A flow, a number range and a credential may have the same name: then the command does not say which one is meant.
  private func refuseAmbiguous(_ flowNames: [String], _ rangeNames: [String], _ home: TenantHome) throws {
    for name in rangeNames where flowNames.contains(name) {
      throw CommandError(
        .configuration,
        Explanation(
          "'\(PrintableText.escaping(name))' is the name of a flow and of a number range; nothing was undeployed",
          hints: ["say which one: tenant\(home.hintOption) undeploy-artifact \(ShellText.quoted(name)) --type flow"]))
    }
    let flowNames = flowNames + rangeNames
    guard !flowNames.isEmpty, let vault = try TenantKeystore.openIfPresent(home: home) else { return }
    for name in flowNames where try vault.artifact(named: name) != nil {
      throw CommandError(
        .configuration,
        Explanation(
          "'\(PrintableText.escaping(name))' is the name of a credential too; nothing was undeployed",
          hints: [
            "say which one: tenant\(home.hintOption) undeploy-artifact \(ShellText.quoted(name)) --type credential"
          ]))
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
