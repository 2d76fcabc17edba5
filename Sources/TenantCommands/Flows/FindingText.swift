import FlowModel
import TenantBase
import TenantRuntime

/// Findings as people and programs read them.
enum FindingText {
  /// Up to this length of its reason a finding has its remedy on the same line.
  private static let widestReason = 88

  /// One line a finding, its remedy behind or below; each ends in a line feed.
  ///
  /// - Parameter file: places in it are told by their line alone.
  static func lines(_ findings: [Finding], in file: String) -> String {
    let rows = findings.map { finding in
      (
        severity: finding.severity.rawValue, place: place(finding.place, in: file),
        text: "\(finding.subject.description): \(finding.reason)", remedy: finding.remedy.map { printable($0) }
      )
    }
    let placeWidth = rows.map(\.place.count).max() ?? 0
    let aligned = rows.filter { $0.remedy != nil && $0.text.count <= widestReason }.map(\.text.count).max() ?? 0
    var result = ""
    for row in rows {
      let head = "  \(padded(row.severity, 7))  \(padded(row.place, placeWidth))  "
      guard let remedy = row.remedy else {
        result += "\(head)\(row.text)\n"
        continue
      }
      if row.text.count <= widestReason {
        result += "\(head)\(padded(row.text, aligned))  \(remedy)\n"
      } else {
        result += "\(head)\(row.text)\n\(String(repeating: " ", count: head.count + 2))\(remedy)\n"
      }
    }
    return result
  }

  private static func place(_ place: SourcePlace, in file: String) -> String {
    guard place.file == file else { return place.description }
    return place.line.map { ":\($0)" } ?? ":"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func printable(_ text: String) -> String { PrintableText.escaping(text, limit: 2_000) }

  static func json(_ finding: Finding) -> JSONValue {
    [
      "severity": .string(finding.severity.rawValue), "code": .string(finding.code),
      "file": .string(finding.place.file), "line": .optional(finding.place.line),
      "subject": [
        "kind": .string(finding.subject.kind.rawValue), "name": .string(finding.subject.name),
        "id": .string(finding.subject.id), "type": .string(finding.subject.type),
      ],
      "reason": .string(finding.reason), "remedy": .optional(finding.remedy),
    ]
  }

  /// `2 errors, 1 warning; parameters: 3 of 3 have values`.
  static func totals(_ report: FlowCheckReport) -> String {
    let counts = [count(report.errorCount, "error"), count(report.warningCount, "warning")].compactMap { $0 }
    let parameters = report.parameters
    let values =
      parameters.used == 0 ? "no parameters" : "parameters: \(parameters.withValue) of \(parameters.used) have values"
    return "\(counts.isEmpty ? "no findings" : counts.joined(separator: ", ")); \(values)"
  }

  private static func count(_ number: Int, _ word: String) -> String? {
    number == 0 ? nil : "\(number) \(word)\(number == 1 ? "" : "s")"
  }
}
