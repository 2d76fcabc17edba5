import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// Makes Content Modifiers.
package struct ContentModifierFactory: FlowStepFactory {
  private let stores: StepStores?

  /// - Parameter stores: for variables and number ranges; nil where flows are only checked.
  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .contentModifier }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    let namespaces = context.flow.namespaces
    return ContentModifier(
      assignments: try assignments(.property, of: element, namespaces)
        + assignments(.header, of: element, namespaces),
      body: try body(of: element), namespaces: namespaces,
      state: StateAccess(stores, for: element, in: context.flow), place: element.place)
  }

  private func assignments(
    _ target: AssignmentRow.Target, of element: FlowElement, _ namespaces: [(prefix: String, uri: String)]
  ) throws(FlowFailure) -> [ContentModifier.Assignment] {
    let rows: [AssignmentRow]
    do throws(FlowModelError) { rows = try element.properties.assignments(target) } catch {
      throw FlowFailure(.invalidFlow, from: error)
    }
    var result: [ContentModifier.Assignment] = []
    for row in rows where !row.name.isEmpty {
      do throws(FlowFailure) {
        result.append(
          ContentModifier.Assignment(
            target: target == .header ? .header : .property, action: try action(of: row, element, namespaces),
            place: row.place))
      } catch {
        throw FlowFailure(error.kind, from: error, places: [row.place.description])
      }
    }
    return result
  }

  private func action(
    of row: AssignmentRow, _ element: FlowElement, _ namespaces: [(prefix: String, uri: String)]
  ) throws(FlowFailure) -> ContentModifier.Action {
    if row.action == .delete {
      do throws(ExpressionError) { return .delete(try NamePattern(row.name)) } catch {
        throw FlowFailure(.invalidFlow, from: error)
      }
    }
    guard let kind = AssignmentSource.Kind(row.type) else {
      throw FlowFailure(
        .unsupported, class: .configuration,
        Explanation(
          "\(Finding.Subject(element).description): the source type '\(PrintableText.escaping(row.type))' of "
            + "'\(PrintableText.escaping(row.name))' is not known"))
    }
    let source = try AssignmentSource(
      kind, value: row.value, fallback: row.defaultValue, namespaces: namespaces)
    return .create(name: row.name, source, JavaDataType(row.dataType))
  }

  private func body(of element: FlowElement) throws(FlowFailure) -> ContentModifier.Body {
    let text = element.properties["wrapContent"] ?? ""
    guard !text.isEmpty else { return .unchanged }
    switch element.properties.text("bodyType", default: "constant").lowercased() {
    case "donotchange": return .unchanged
    case "expression":
      guard text.utf8.count <= ContentModifier.expressionBodyLimit else {
        throw FlowFailure(
          .invalidFlow, class: .configuration,
          Explanation(
            "\(Finding.Subject(element).description): a body with expressions may have "
              + "\(ContentModifier.expressionBodyLimit / 1024) KiB at most",
            places: [element.properties.place(of: "wrapContent").description]))
      }
      do throws(ExpressionError) { return .expression(try ExpressionTemplate(text)) } catch {
        throw FlowFailure(
          .invalidFlow, from: error, places: [element.properties.place(of: "wrapContent").description])
      }
    default: return .constant(text)
    }
  }
}
