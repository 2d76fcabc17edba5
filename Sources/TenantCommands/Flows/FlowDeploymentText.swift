import FlowEngine
import FlowModel
import TenantBase
import TenantRuntime

/// The deployment of a flow as people and programs read it.
enum FlowDeploymentText {
  /// Everything that the check found, for standard error.
  static func findings(_ item: FlowDeployment.Item) -> String {
    let file = item.report.loaded.files.flow.path
    return
      "\(PrintableText.escaping(file))\n\(FindingText.lines(item.report.findings, in: file))\(FindingText.totals(item.report))\n"
  }

  static func refusal(_ items: [FlowDeployment.Item], isAlone: Bool) -> String {
    let names = items.prefix(5).map { "'\(PrintableText.escaping($0.name))'" }.joined(separator: ", ")
    let explanation = Explanation(
      "cannot deploy \(names): the check found errors", cause: isAlone ? nil : "nothing was deployed",
      hints: ["store it nevertheless, with status Error: repeat the command with --force"])
    return ErrorText.lines(of: explanation)
  }

  static func row(_ item: FlowDeployment.Item, _ deployed: [DeployedFlow], isPlan: Bool) -> [String] {
    let stored = deployed.first { $0.name == item.name }
    let version = stored?.version ?? item.version
    let word = isPlan ? "planned" : item.hasErrors ? "stored with errors" : "deployed"
    return [
      PrintableText.escaping(item.name), "Integration Flow", word, "(\(item.difference.rawValue))",
      version.map { "version \(PrintableText.escaping($0))" } ?? "",
    ]
  }

  static func json(_ item: FlowDeployment.Item, _ deployed: [DeployedFlow], isPlan: Bool) -> JSONValue {
    let stored = deployed.first { $0.name == item.name }
    return [
      "name": .string(item.name), "type": "IntegrationFlow", "file": .string(item.report.loaded.files.flow.path),
      "change": .string(item.difference.rawValue), "deployed": .bool(stored != nil),
      "version": .optional(stored?.version ?? item.version), "status": .optional(stored?.status.rawValue),
      "errors": .number(item.report.errorCount), "warnings": .number(item.report.warningCount),
      "findings": .array(item.report.findings.map(FindingText.json)),
    ]
  }
}
