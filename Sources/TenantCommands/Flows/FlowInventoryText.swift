import FlowEngine
import FlowModel
import System
import TenantBase
import TenantRuntime

/// A home's flows as `list-artifacts` and `show-artifact` tell them.
enum FlowInventoryText {
  static func row(_ row: FlowInventory.Row) -> [String] {
    [
      PrintableText.escaping(row.name), "Integration Flow",
      row.isFileChanged ? "\(row.status.rawValue), file differs" : row.status.rawValue,
      row.deployed.map { PrintableText.escaping($0.deployedBy) } ?? "-", row.deployed.map(deployedOn) ?? "-",
      row.needs.map(needs) ?? "-",
    ]
  }

  private static func needs(_ needs: FlowNeeds) -> String {
    let credentials = needs.credentials.map { "'\(PrintableText.escaping($0))'" }
    let all = credentials + needs.adapters
    return all.isEmpty ? "-" : all.joined(separator: ", ")
  }

  private static func deployedOn(_ flow: DeployedFlow) -> String {
    WallTime(milliseconds: flow.deployedOn.milliseconds).localText
  }

  static func lines(_ row: FlowInventory.Row) -> [[String]] {
    var lines = [["Name", row.name], ["Type", "Integration Flow"], ["Status", row.status.rawValue]]
    if let problem = row.problem { lines.append(["Problem", problem]) }
    if let version = row.version { lines.append(["Version", version]) }
    if let flow = row.deployed {
      lines.append(["Deployed by", flow.deployedBy])
      lines.append(["Deployed on", deployedOn(flow)])
    }
    if let file = row.file {
      lines.append(["File", row.isFileChanged ? "\(file) (differs from what is deployed)" : file])
    }
    if let needs = row.needs {
      lines.append(["Credentials", needs.credentials.isEmpty ? "-" : needs.credentials.joined(separator: ", ")])
      lines.append(["Adapters", needs.adapters.isEmpty ? "-" : needs.adapters.joined(separator: ", ")])
    }
    return lines.map { line in line.map { PrintableText.escaping($0, limit: 2_000) } }
  }

  static func json(_ row: FlowInventory.Row) -> JSONValue {
    [
      "name": .string(row.name), "type": "IntegrationFlow", "status": .string(row.status.rawValue),
      "version": .optional(row.version), "deployedBy": .optional(row.deployed?.deployedBy),
      "deployedOn": .optional(row.deployed.map { WallTime(milliseconds: $0.deployedOn.milliseconds).rfc3339 }),
      "file": .optional(row.file), "fileDiffers": .bool(row.isFileChanged), "problem": .optional(row.problem),
      "credentials": .strings(row.needs?.credentials ?? []), "adapters": .strings(row.needs?.adapters ?? []),
      "usedBy": [],
    ]
  }
}
