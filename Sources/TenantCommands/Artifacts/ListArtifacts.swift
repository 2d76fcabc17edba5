import ArgumentParsing
import Artifacts
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant list-artifacts`: what is deployed, and what lies in `artifacts/` and `iflows/`.
struct ListArtifacts: Command {
  static let syntax = CommandSyntax(
    "list-artifacts",
    summary: "lists the artifacts, number ranges and flows of the home, deployed or not; never a secret",
    options: [OutputForm.option],
    example: "tenant list-artifacts",
    details: """
      Stored: there is a file in artifacts/ or iflows/, not deployed yet. Error: see show-artifact NAME. A credential has
      the flows that use it in the last column, a flow the credentials and adapters that it needs.
      """)

  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) { form = OutputForm(arguments) }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let flows = try FlowInventory(of: home).rows
    let ranges = try NumberRangeInventory(of: home).rows
    let isHome = !flows.isEmpty || !ranges.isEmpty || FileStatus.isFolder(home.flowsFolder)
    let inventory = try ArtifactInventory(of: home, isHome: isHome)
    switch form {
    case .json:
      context.console.print(
        .array(
          inventory.rows.map(ArtifactText.json) + ranges.map(NumberRangeText.json) + flows.map(FlowInventoryText.json)))
    case .table where inventory.rows.isEmpty && ranges.isEmpty && flows.isEmpty:
      context.console.print("No artifacts. Make one:  tenant new-artifact --help\n")
    case .table:
      let head = ["Name", "Type", "Status", "Deployed by", "Deployed on", "Used by or needs"]
      context.console.print(
        Table.text(
          [head] + inventory.rows.map(ArtifactText.row) + ranges.map(NumberRangeText.row)
            + flows.map(FlowInventoryText.row)))
    }
    return .done
  }
}

/// Artifacts as people and programs read them.
enum ArtifactText {
  static func row(_ row: ArtifactInventory.Row) -> [String] {
    [
      PrintableText.escaping(row.name), row.type?.title ?? "-",
      row.isFileChanged ? "\(row.status.rawValue), file differs" : row.status.rawValue,
      row.entry.map { PrintableText.escaping($0.deployedBy) } ?? "-", row.entry?.deployedOn.localText ?? "-",
      row.usedBy.isEmpty ? "-" : row.usedBy.map { PrintableText.escaping($0) }.joined(separator: ", "),
    ]
  }

  static func json(_ row: ArtifactInventory.Row) -> JSONValue {
    [
      "name": .string(row.name), "type": .optional(row.type?.rawValue), "status": .string(row.status.rawValue),
      "description": .optional(row.artifact?.description),
      "deployedBy": .optional(row.entry?.deployedBy), "deployedOn": .optional(row.entry?.deployedOn.rfc3339),
      "expiresOn": .optional(row.entry?.expires?.rfc3339), "file": .optional(row.file),
      "fileDiffers": .bool(row.isFileChanged), "problem": .optional(row.problem), "usedBy": .strings(row.usedBy),
    ]
  }
}
