import Artifacts
import FlowEngine
import System
import TenantBase
import TenantRuntime

/// Number ranges as people and programs read them.
enum NumberRangeText {
  // MARK: Deployment

  static func row(_ item: NumberRangeDeployment.Item, isPlan: Bool) -> [String] {
    [
      PrintableText.escaping(item.range.name.text), NumberRange.title, isPlan ? "planned" : "deployed",
      "(\(item.difference.rawValue))",
    ]
  }

  static func json(_ item: NumberRangeDeployment.Item, isPlan: Bool) -> JSONValue {
    [
      "name": .string(item.range.name.text), "type": .string(NumberRange.elementName), "file": .string(item.file),
      "change": .string(item.difference.rawValue), "deployed": .bool(!isPlan), "needsSecret": false,
    ]
  }

  // MARK: Inventory

  static func row(_ row: NumberRangeInventory.Row) -> [String] {
    [
      PrintableText.escaping(row.name), NumberRange.title,
      row.isFileChanged ? "\(row.status.rawValue), file differs" : row.status.rawValue,
      row.deployed.map { PrintableText.escaping($0.deployedBy) } ?? "-", row.deployed.map(deployedOn) ?? "-",
      row.usedBy.isEmpty ? "-" : row.usedBy.map { PrintableText.escaping($0) }.joined(separator: ", "),
    ]
  }

  static func lines(_ row: NumberRangeInventory.Row) -> [[String]] {
    var lines = [["Name", row.name], ["Type", NumberRange.title], ["Status", row.status.rawValue]]
    if let problem = row.problem { lines.append(["Problem", problem]) }
    if let rule = row.rule {
      if !rule.description.isEmpty { lines.append(["Description", rule.description]) }
      lines.append(["Minimum", String(rule.minimum)])
      lines.append(["Maximum", String(rule.maximum)])
      lines.append(["Rotate", rule.rotates ? "yes" : "no"])
      lines.append(["Field length", rule.fieldLength == 0 ? "as the number" : String(rule.fieldLength)])
    }
    if let range = row.deployed {
      lines.append(["Next value", range.next.map { range.rule.text($0) } ?? "-"])
      lines.append(["Highest given", range.highestGiven.map { String($0) } ?? "-"])
      lines.append(["Deployed by", range.deployedBy])
      lines.append(["Deployed on", deployedOn(range)])
    }
    if let file = row.file {
      lines.append(["File", row.isFileChanged ? "\(file) (differs from what is deployed)" : file])
    }
    lines.append(["Used by", row.usedBy.isEmpty ? "-" : row.usedBy.joined(separator: ", ")])
    return lines.map { line in line.map { PrintableText.escaping($0, limit: 2_000) } }
  }

  static func json(_ row: NumberRangeInventory.Row) -> JSONValue {
    func number(_ value: Int64?) -> JSONValue { value.map { .number(Int(clamping: $0)) } ?? .null }
    return [
      "name": .string(row.name), "type": .string(NumberRange.elementName), "status": .string(row.status.rawValue),
      "description": .optional(row.rule?.description), "minimum": number(row.rule?.minimum),
      "maximum": number(row.rule?.maximum), "rotate": row.rule.map { .bool($0.rotates) } ?? .null,
      "fieldLength": row.rule.map { .number($0.fieldLength) } ?? .null, "nextValue": number(row.deployed?.next),
      "highestGiven": number(row.deployed?.highestGiven), "deployedBy": .optional(row.deployed?.deployedBy),
      "deployedOn": .optional(row.deployed?.deployedOn.rfc3339), "file": .optional(row.file),
      "fileDiffers": .bool(row.isFileChanged), "problem": .optional(row.problem), "usedBy": .strings(row.usedBy),
    ]
  }

  private static func deployedOn(_ range: DeployedNumberRange) -> String { range.deployedOn.localText }
}

extension Timestamp {
  /// For people, in local time.
  var localText: String { WallTime(milliseconds: milliseconds).localText }
  /// For programs, in UTC.
  var rfc3339: String { WallTime(milliseconds: milliseconds).rfc3339 }
}
