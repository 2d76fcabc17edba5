import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// The Content Modifier: sets headers, properties and the body.
///
/// Rows run from top to bottom, properties before headers, so that a row sees what the rows before it made.
/// An empty body field leaves the body alone.
struct ContentModifier: FlowStep {
  enum Target: Sendable, Equatable {
    case header
    case property
  }

  enum Source: Sendable {
    case constant(String)
    case expression(ExpressionTemplate)
    case header(String)
    case property(String)
    case delete
  }

  struct Assignment: Sendable {
    let target: Target
    let name: String
    let source: Source
    let place: SourcePlace
  }

  enum Body: Sendable {
    case unchanged
    case constant(String)
    case expression(ExpressionTemplate)
  }

  /// The largest body that an expression may make, as SAP documents it.
  static let expressionBodyLimit = 256 * 1024

  let assignments: [Assignment]
  let body: Body
  let place: SourcePlace

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    for assignment in assignments {
      let view = ExchangeView(of: exchange, in: run)
      let value: ExpressionValue?
      switch assignment.source {
      case .constant(let text): value = .text(text)
      case .expression(let template):
        do throws(ExpressionError) { value = try template.evaluateValue(in: view) } catch {
          throw FlowFailure(.stepFailed, from: error, places: [assignment.place.description])
        }
      case .header(let name): value = view.header(named: name)
      case .property(let name):
        do throws(ExpressionError) { value = try view.property(named: name) } catch {
          throw FlowFailure(.stepFailed, from: error, places: [assignment.place.description])
        }
      case .delete: value = nil
      }
      switch assignment.target {
      case .header: exchange.headers[assignment.name] = value
      case .property: exchange.properties[assignment.name] = value
      }
    }
    switch body {
    case .unchanged: break
    case .constant(let text): exchange.body = MessageBody(text: text)
    case .expression(let template): exchange.body = try evaluate(template, ExchangeView(of: exchange, in: run))
    }
  }

  private func evaluate(_ template: ExpressionTemplate, _ view: ExchangeView) throws(FlowFailure) -> MessageBody {
    let text: String
    do throws(ExpressionError) { text = try template.evaluate(in: view) } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
    return MessageBody(text: text)
  }
}

/// Makes Content Modifiers.
package struct ContentModifierFactory: FlowStepFactory {
  package init() {}

  package var type: StepType { .contentModifier }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    ContentModifier(
      assignments: try assignments(.property, of: element) + assignments(.header, of: element),
      body: try body(of: element), place: element.place)
  }

  private func assignments(
    _ target: AssignmentRow.Target, of element: FlowElement
  ) throws(FlowFailure) -> [ContentModifier.Assignment] {
    let rows: [AssignmentRow]
    do throws(FlowModelError) { rows = try element.properties.assignments(target) } catch {
      throw FlowFailure(.invalidFlow, from: error)
    }
    var result: [ContentModifier.Assignment] = []
    for row in rows where !row.name.isEmpty {
      result.append(
        ContentModifier.Assignment(
          target: target == .header ? .header : .property, name: row.name, source: try source(of: row, element),
          place: row.place))
    }
    return result
  }

  private func source(of row: AssignmentRow, _ element: FlowElement) throws(FlowFailure) -> ContentModifier.Source {
    if row.action == .delete { return .delete }
    switch row.type.lowercased() {
    case "constant", "": return .constant(row.value)
    case "expression": return .expression(try template(row.value, at: row.place))
    case "header": return .header(row.value)
    case "property": return .property(row.value)
    default:
      throw FlowFailure(
        .unsupported, class: .configuration,
        Explanation(
          "\(Finding.Subject(element).description): source type '\(PrintableText.escaping(row.type))' of "
            + "'\(PrintableText.escaping(row.name))' cannot run yet",
          places: [row.place.description]))
    }
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
      return .expression(try template(text, at: element.properties.place(of: "wrapContent")))
    default: return .constant(text)
    }
  }

  private func template(_ text: String, at place: SourcePlace) throws(FlowFailure) -> ExpressionTemplate {
    do throws(ExpressionError) { return try ExpressionTemplate(text) } catch {
      throw FlowFailure(.invalidFlow, from: error, places: [place.description])
    }
  }
}
