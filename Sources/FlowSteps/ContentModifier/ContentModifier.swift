import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// The Content Modifier: sets headers, properties and the body.
///
/// Rows run from top to bottom, properties before headers, so that a row sees what the rows before it made.
/// An empty body field leaves the body alone. The body is read only by what needs it.
struct ContentModifier: FlowStep {
  enum Target: Sendable, Equatable {
    case header
    case property
  }

  enum Action: Sendable {
    case create(name: String, AssignmentSource, JavaDataType)
    case delete(NamePattern)
  }

  struct Assignment: Sendable {
    let target: Target
    let action: Action
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
  let namespaces: [(prefix: String, uri: String)]
  let state: StateAccess
  let place: SourcePlace

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let paths = BodyPaths(exchange.body, namespaces: namespaces)
    for assignment in assignments {
      do throws(FlowFailure) {
        try apply(assignment, to: &exchange, run, paths)
      } catch {
        throw FlowFailure(error.kind, from: error, places: [assignment.place.description])
      }
    }
    switch body {
    case .unchanged: break
    case .constant(let text): exchange.body = MessageBody(text: text)
    case .expression(let template):
      guard !template.isBodyAlone else { return }
      exchange.body = MessageBody(
        text: try AssignmentSource.text(template, StepView(of: exchange, in: run, paths: paths)))
    }
  }

  private func apply(
    _ assignment: Assignment, to exchange: inout Exchange, _ run: FlowRun, _ paths: BodyPaths
  ) throws(FlowFailure) {
    switch assignment.action {
    case .create(let name, let source, let dataType):
      let view = StepView(of: exchange, in: run, paths: paths)
      let value = try source.value(for: dataType, in: view, state, run)
      switch assignment.target {
      case .header: exchange.headers[name] = value
      case .property: exchange.properties[name] = value
      }
    case .delete(let pattern):
      switch assignment.target {
      case .header:
        for name in exchange.headers.names where pattern.matches(name, ignoresCase: true) {
          exchange.headers[name] = nil
        }
      case .property:
        for name in exchange.properties.keys where pattern.matches(name, ignoresCase: false) {
          exchange.properties[name] = nil
        }
        for name in exchange.byteProperties.keys where pattern.matches(name, ignoresCase: false) {
          exchange.byteProperties[name] = nil
        }
      }
    }
  }
}

extension ExpressionTemplate {
  /// It is the body and nothing else: there is nothing to do, however large the body is.
  fileprivate var isBodyAlone: Bool {
    guard segments.count == 1, let expression = expressions.first else { return false }
    return expression.function == .body && expression.calls.isEmpty
  }
}
