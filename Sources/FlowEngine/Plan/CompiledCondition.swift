import Expressions
import FlowModel
import TenantBase

/// A condition of a route or a loop, ready to be asked.
struct CompiledCondition: Sendable {
  private enum Form: Sendable {
    case simple(Condition)
    /// Fails each message that comes to it, as in SAP: the others are not concerned.
    case broken(ExpressionError)
  }

  private let form: Form
  private let place: String

  init(_ condition: RouteCondition, namespaces: [(prefix: String, uri: String)]) {
    place = condition.place.description
    switch condition.simple {
    case .success(let parsed)?: form = .simple(parsed)
    case .failure(let error)?: form = .broken(error)
    case nil: form = .broken(ExpressionError(.unsupported, expression: condition.text, detail: "XPath cannot run yet"))
    }
  }

  /// - Throws: with the condition's place.
  func holds(for exchange: Exchange, in run: FlowRun) throws(FlowFailure) -> Bool {
    do throws(ExpressionError) {
      switch form {
      case .simple(let condition): return try condition.evaluate(in: ExchangeView(of: exchange, in: run))
      case .broken(let error): throw error
      }
    } catch {
      throw FlowFailure(.stepFailed, from: error, places: [place])
    }
  }
}
