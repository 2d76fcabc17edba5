import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// Write Variables: keeps values beyond the run, for this flow or for all.
struct WriteVariables: FlowStep {
  struct Variable: Sendable {
    let name: ExpressionTemplate
    let isGlobal: Bool
    let source: AssignmentSource
    let dataType: JavaDataType
  }

  let variables: [Variable]
  let namespaces: [(prefix: String, uri: String)]
  let state: StateAccess

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let paths = BodyPaths(exchange.body, namespaces: namespaces)
    let view = StepView(of: exchange, in: run, paths: paths)
    for variable in variables {
      let text = try AssignmentSource.text(variable.name, view)
      try Self.check(text)
      let name = VariableName(text, flow: variable.isGlobal ? nil : run.flowName)
      guard let value = try variable.source.value(for: variable.dataType, in: view, state, run), value != .null else {
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation(
            "the variable '\(PrintableText.escaping(text))' was not written",
            cause: "the header or property that it takes its value from is missing"))
      }
      try state.perform(in: run) { stores, scope in try stores.variables.write(value, to: name, for: scope) }
    }
  }

  private static func check(_ name: String) throws(FlowFailure) {
    guard !name.isEmpty, name.unicodeScalars.count <= StateLimits.variableNameCharacters else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the name of a variable has 1 to \(StateLimits.variableNameCharacters) characters"))
    }
  }
}

/// A row of Write Variables: name, data type, source type, value, `local` or `global`.
struct VariableRow {
  let name: String
  let dataType: String
  let sourceType: String
  let value: String
  let isGlobal: Bool

  init(_ row: FlowTable.Row) {
    name = row[0] ?? ""
    dataType = row[1] ?? ""
    sourceType = row[2] ?? ""
    value = row[3] ?? ""
    isGlobal = (row[4] ?? "").lowercased() == "global"
  }

  /// What Write Variables takes values from.
  static let kinds: [AssignmentSource.Kind] = [
    .constant, .header, .xpath, .expression, .property, .externalParameter,
  ]

  /// nil when it is none of ``kinds``.
  var kind: AssignmentSource.Kind? {
    AssignmentSource.Kind(sourceType).flatMap { Self.kinds.contains($0) ? $0 : nil }
  }
}

/// Makes Write Variables steps.
package struct WriteVariablesFactory: FlowStepFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .writeVariables }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    let table: FlowTable?
    do throws(FlowModelError) { table = try element.properties.table("variable") } catch {
      throw FlowFailure(.invalidFlow, from: error)
    }
    let place = element.properties.place(of: "variable").description
    var variables: [WriteVariables.Variable] = []
    for row in (table?.rows ?? []).map(VariableRow.init) {
      do throws(FlowFailure) {
        variables.append(try variable(row, context.flow))
      } catch {
        throw FlowFailure(error.kind, from: error, places: [place])
      }
    }
    return WriteVariables(
      variables: variables, namespaces: context.flow.namespaces,
      state: StateAccess(stores, for: element, in: context.flow))
  }

  private func variable(_ row: VariableRow, _ flow: IntegrationFlow) throws(FlowFailure) -> WriteVariables.Variable {
    guard let kind = row.kind else {
      throw FlowFailure(
        .unsupported, class: .configuration,
        Explanation(
          "the source type '\(PrintableText.escaping(row.sourceType))' of the variable "
            + "'\(PrintableText.escaping(row.name))' is not known"))
    }
    let name: ExpressionTemplate
    do throws(ExpressionError) { name = try ExpressionTemplate(row.name) } catch {
      throw FlowFailure(.invalidFlow, from: error)
    }
    guard name.constant != "" else {
      throw FlowFailure(.invalidFlow, class: .configuration, Explanation("a variable has no name"))
    }
    return WriteVariables.Variable(
      name: name, isGlobal: row.isGlobal,
      source: try AssignmentSource(kind, value: row.value, fallback: "", namespaces: flow.namespaces),
      dataType: JavaDataType(row.dataType))
  }
}

/// What is to be said of the rows of Write Variables.
package struct WriteVariablesCheck: StepCheck {
  package init() {}

  package func covers(_ type: StepType) -> Bool { type == .writeVariables }

  package func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding] {
    let place = element.properties.place(of: "variable")
    func finding(_ severity: Finding.Severity, _ code: String, _ reason: String) -> Finding {
      Finding(severity, code, at: place, .init(element), reason)
    }
    let rows: [VariableRow]
    do throws(FlowModelError) {
      rows = try (element.properties.table("variable")?.rows ?? []).map(VariableRow.init)
    } catch {
      return [finding(.error, "table-unreadable", error.description)]
    }
    if rows.isEmpty { return [finding(.warning, "variables-none", "no variable is named: the step does nothing")] }
    var result: [Finding] = []
    for row in rows {
      let name = PrintableText.escaping(row.name, limit: 200)
      if row.name.isEmpty { result.append(finding(.error, "variable-unnamed", "a variable has no name")) }
      guard let kind = row.kind else {
        result.append(
          finding(
            .error, "source-unknown",
            "the source type '\(PrintableText.escaping(row.sourceType))' of the variable '\(name)' is not known"))
        continue
      }
      if kind == .expression { result += ExpressionFindings.findings(row.value, at: place, .init(element)) }
      result += ExpressionFindings.findings(row.name, at: place, .init(element))
      guard kind == .xpath, !row.value.contains("{{") else { continue }
      do throws(FlowFailure) {
        _ = try AssignmentSource(kind, value: row.value, fallback: "", namespaces: flow.namespaces)
      } catch { result.append(finding(.error, "xpath-bad", "variable '\(name)': \(error.description)")) }
    }
    return result
  }
}
