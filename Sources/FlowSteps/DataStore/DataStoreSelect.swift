import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// Data Store, Select: several entries become one XML body, the oldest first.
struct DataStoreSelect: FlowStep {
  let settings: DataStoreSettings
  let maximum: ExpressionTemplate
  let deletes: Bool
  let state: StateAccess

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let view = StepView(of: exchange, in: run, paths: settings.paths(exchange))
    let store = try settings.store(view, run)
    let limit = try limit(view)
    exchange.body = try state.perform(in: run) { stores, scope in
      let entries = try stores.dataStore.entries(in: store, atMost: limit, for: scope)
      let body = try SelectionBody(entries, of: stores.dataStore).make(in: stores.spool)
      if deletes { try stores.dataStore.deleteOnCompletion(entries.map(\.number), for: scope) }
      return body
    }
  }

  /// The header's number stands before the step's; 1 when there is neither.
  private func limit(_ view: StepView) throws(FlowFailure) -> Int {
    var text = view.header(named: "SapDataStoreMaxResults")?.text ?? ""
    if text.isEmpty { text = try AssignmentSource.text(maximum, view) }
    text = text.filter { !$0.isWhitespace }
    guard !text.isEmpty else { return 1 }
    guard let number = Int(text), number > 0 else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("'\(PrintableText.escaping(text, limit: 40))' is no number of messages to select"))
    }
    return min(number, StateLimits.selectedEntries)
  }
}

package struct DataStoreSelectFactory: FlowStepFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .dataStoreSelect }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    DataStoreSelect(
      settings: try DataStoreSettings(element, in: context.flow),
      maximum: try element.properties.template("maxresults"), deletes: element.properties.flag("delete") ?? false,
      state: StateAccess(stores, for: element, in: context.flow))
  }
}
