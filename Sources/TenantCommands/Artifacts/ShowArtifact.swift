import ArgumentParsing
import Artifacts
import FlowEngine
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant show-artifact NAME`: everything of an artifact that is not secret.
struct ShowArtifact: Command {
  static let syntax = CommandSyntax(
    "show-artifact", summary: "shows an artifact, number range or flow of the home; never a secret",
    arguments: [
      ArgumentSyntax("NAME", help: "the name of an artifact, number range or flow, deployed or in the home's folders")
    ],
    options: [OutputForm.option], example: #"tenant show-artifact "Gmail Credentials""#)

  private let name: String
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    name = arguments.positionals.first ?? ""
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let flows = try FlowInventory(of: home).rows
    let flow = flows.first { $0.name == name }
    let ranges = try NumberRangeInventory(of: home).rows
    let range = ranges.first { $0.name == name }
    let inventory = try ArtifactInventory(of: home, isHome: flow != nil || range != nil)
    guard let row = inventory.rows.first(where: { $0.name == name }) else {
      if let range { return show(range, context.console) }
      if let flow { return show(flow, context.console) }
      let known = inventory.rows.map(\.name) + ranges.map(\.name) + flows.map(\.name)
      throw CommandError(
        .configuration,
        Explanation(
          "there is no artifact '\(PrintableText.escaping(name, limit: 200))'",
          cause: NearestName.of(name, among: known).map { "the nearest name is '\(PrintableText.escaping($0))'" },
          hints: ["see all: tenant\(home.hintOption) list-artifacts"]))
    }
    switch form {
    case .json: context.console.print(json(row))
    case .table: context.console.print(Table.text(lines(row)))
    }
    if let flow {
      context.console.printError(
        "tenant: there is an integration flow '\(PrintableText.escaping(flow.name))' too: see show-iflow\n")
    }
    return .done
  }

  private func show(_ range: NumberRangeInventory.Row, _ console: Console) -> ExitCode {
    switch form {
    case .json: console.print(NumberRangeText.json(range))
    case .table: console.print(Table.text(NumberRangeText.lines(range)))
    }
    return .done
  }

  private func show(_ flow: FlowInventory.Row, _ console: Console) -> ExitCode {
    switch form {
    case .json:
      guard case .object(let members) = FlowInventoryText.json(flow) else { return .done }
      let findings = JSONValue.Member("findings", .array((flow.deployed?.findings ?? []).map(FindingText.json)))
      console.print(.object(members + [findings]))
    case .table:
      console.print(Table.text(FlowInventoryText.lines(flow)))
      let findings = flow.deployed?.findings ?? []
      if !findings.isEmpty { console.print("\nFound at deployment\n" + FindingText.lines(findings, in: "")) }
    }
    return .done
  }

  private func lines(_ row: ArtifactInventory.Row) -> [[String]] {
    var lines = [["Name", row.name], ["Type", row.type?.title ?? "-"], ["Status", row.status.rawValue]]
    if let problem = row.problem { lines.append(["Problem", problem]) }
    if let artifact = row.artifact { lines += Self.fields(artifact).map { [$0.title, $0.value] } }
    if let entry = row.entry {
      lines.append(["Deployed by", entry.deployedBy])
      lines.append(["Deployed on", entry.deployedOn.localText])
      if let expires = entry.expires { lines.append(["Expires on", expires.localText]) }
    }
    if let file = row.file {
      lines.append(["File", row.isFileChanged ? "\(file) (differs from what is deployed)" : file])
    }
    lines.append(["Used by", row.usedBy.isEmpty ? "-" : row.usedBy.joined(separator: ", ")])
    return lines.map { line in line.map { PrintableText.escaping($0, limit: 2_000) } }
  }

  private func json(_ row: ArtifactInventory.Row) -> JSONValue {
    guard case .object(var members) = ArtifactText.json(row) else { return .null }
    guard let artifact = row.artifact else { return .object(members) }
    for field in Self.fields(artifact) where field.name != "description" {
      members.append(JSONValue.Member(field.name, .string(field.value)))
    }
    if case .userCredentials(let credentials) = artifact {
      members.append(JSONValue.Member("allowedHosts", .strings(credentials.allowedHosts.map(\.pattern))))
    }
    return .object(members.filter { $0.name != "allowedHost" })
  }

  private struct Field {
    let title: String
    let name: String
    let value: String
  }

  private static func fields(_ artifact: Artifact) -> [Field] {
    var fields: [Field] = []
    if !artifact.description.isEmpty {
      fields.append(Field(title: "Description", name: "description", value: artifact.description))
    }
    guard case .userCredentials(let credentials) = artifact else { return fields }
    fields.append(Field(title: "Kind", name: "kind", value: credentials.kind.name))
    switch credentials.kind {
    case .default: break
    case .successFactors(let companyID): fields.append(Field(title: "Company ID", name: "companyId", value: companyID))
    case .openConnectors(let organization, let element):
      fields.append(Field(title: "Organization", name: "organization", value: organization))
      fields.append(Field(title: "Element", name: "element", value: element))
    }
    fields.append(Field(title: "User", name: "user", value: credentials.user))
    let hosts = credentials.allowedHosts.map(\.pattern).joined(separator: ", ")
    if !hosts.isEmpty { fields.append(Field(title: "Allowed hosts", name: "allowedHost", value: hosts)) }
    return fields
  }
}
