import Expressions
import TenantBase

/// What is wrong with an expression: SAP would only fail the message that meets it, so it is a warning.
package enum ExpressionFindings {
  /// - Parameter text: a value with `${…}`.
  package static func findings(_ text: String, at place: SourcePlace, _ subject: Finding.Subject) -> [Finding] {
    guard text.contains("{") else { return [] }
    do throws(ExpressionError) {
      return findings(try ExpressionTemplate(text).problems, at: place, subject)
    } catch { return findings([error], at: place, subject) }
  }

  package static func findings(_ condition: RouteCondition, _ subject: Finding.Subject) -> [Finding] {
    switch condition.simple {
    case nil: []
    case .success(let parsed): findings(parsed.problems, at: condition.place, subject)
    case .failure(let error): findings([error], at: condition.place, subject)
    }
  }

  private static func findings(
    _ errors: [ExpressionError], at place: SourcePlace, _ subject: Finding.Subject
  ) -> [Finding] {
    errors.map { error in
      let code = error.kind == .refused ? "expression-refused" : "expression-bad"
      return Finding(.warning, code, at: place, subject, "\(error.description); a message that comes here fails")
    }
  }
}

/// The expressions of a Content Modifier and of a looping process call.
enum ElementExpressionCheck {
  static func findings(for element: FlowElement) -> [Finding] {
    if case .processCall(let call) = element.kind, let loop = call.loop {
      return ExpressionFindings.findings(loop.condition, .init(element))
    }
    guard element.type == .contentModifier else { return [] }
    let properties = element.properties
    let subject = Finding.Subject(element)
    var result: [Finding] = []
    for target in [AssignmentRow.Target.header, .property] {
      do throws(FlowModelError) {
        for row in try properties.assignments(target) where row.action == .create && row.type == "expression" {
          result += ExpressionFindings.findings(row.value, at: row.place, subject)
        }
      } catch {
        result.append(Finding(.error, "table-unreadable", at: error.place, subject, error.description))
      }
    }
    if properties["bodyType"] == "expression", let body = properties.property("wrapContent") {
      result += ExpressionFindings.findings(body.value, at: body.place, subject)
    }
    return result
  }
}
