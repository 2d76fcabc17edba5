import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// What is to be said of a Content Modifier's rows: sources that are not known, XPath that cannot run, number ranges that are
/// not deployed.
package struct ContentModifierCheck: StepCheck {
  /// nil when it cannot be known.
  private let numberRanges: Set<String>?
  private let commands: StepCommands

  /// - Parameter numberRanges: the names of those that are deployed.
  package init(numberRanges: Set<String>?, commands: StepCommands = StepCommands()) {
    self.numberRanges = numberRanges
    self.commands = commands
  }

  package func covers(_ type: StepType) -> Bool { type == .contentModifier }

  package func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding] {
    var result: [Finding] = []
    for target in [AssignmentRow.Target.header, .property] {
      // That a table cannot be read is told elsewhere.
      let rows = (try? element.properties.assignments(target)) ?? []
      for row in rows { result += findings(for: row, .init(element), flow) }
    }
    return result
  }

  private func findings(for row: AssignmentRow, _ subject: Finding.Subject, _ flow: IntegrationFlow) -> [Finding] {
    func finding(_ severity: Finding.Severity, _ code: String, _ reason: String, remedy: String? = nil) -> [Finding] {
      [Finding(severity, code, at: row.place, subject, reason, remedy: remedy)]
    }
    let name = PrintableText.escaping(row.name)
    if row.name.isEmpty { return finding(.warning, "row-without-name", "a row has no name and does nothing") }
    guard row.action == .create else { return [] }
    guard let kind = AssignmentSource.Kind(row.type) else {
      return finding(
        .error, "source-unknown", "the source type '\(PrintableText.escaping(row.type))' of '\(name)' is not known")
    }
    // What holds a parameter without a value is told as that.
    guard !row.value.contains("{{") else { return [] }
    var result: [Finding] = []
    if case .other(let type) = JavaDataType(row.dataType) {
      result += finding(
        .warning, "data-type-unknown",
        "the data type '\(PrintableText.escaping(type))' of '\(name)' is not known: the value stays text")
    }
    switch kind {
    case .xpath:
      do throws(FlowFailure) {
        _ = try AssignmentSource(kind, value: row.value, fallback: "", namespaces: flow.namespaces)
      } catch { result += finding(.error, "xpath-bad", "'\(name)': \(error.description)") }
    case .numberRange:
      guard let source = try? AssignmentSource(kind, value: row.value, fallback: "", namespaces: []),
        case .numberRange(let template, _) = source, let range = template.constant
      else { break }
      if range.isEmpty {
        result += finding(.error, "number-range-missing", "'\(name)' names no number range")
      } else if let numberRanges, !numberRanges.contains(range) {
        result += finding(
          .error, "number-range-missing", "the number range '\(PrintableText.escaping(range))' is not deployed",
          remedy: commands.deployment(ofNumberRange: range))
      }
    case .globalVariable, .localVariable:
      if row.value.isEmpty { result += finding(.error, "variable-unnamed", "'\(name)' names no variable") }
    case .constant, .externalParameter, .expression, .header, .property: break
    }
    return result
  }
}

/// What a flow's Content Modifiers need beside themselves.
package enum ContentModifierNeeds {
  /// The number ranges that they name, sorted.
  package static func numberRanges(of flow: IntegrationFlow) -> [String] {
    var names: Set<String> = []
    for element in flow.allElements where element.type == .contentModifier {
      for target in [AssignmentRow.Target.header, .property] {
        for row in (try? element.properties.assignments(target)) ?? [] where row.action == .create {
          guard AssignmentSource.Kind(row.type) == .numberRange,
            let source = try? AssignmentSource(.numberRange, value: row.value, fallback: "", namespaces: []),
            case .numberRange(let name, _) = source, let constant = name.constant, !constant.isEmpty
          else { continue }
          names.insert(constant)
        }
      }
    }
    return names.sorted()
  }
}
