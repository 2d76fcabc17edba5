import FlowModel

/// What a step does with an exchange.
package protocol FlowStep: Sendable {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure)
}

/// Makes steps of one activity type.
package protocol FlowStepFactory: Sendable {
  /// The property `activityType`: `Enricher` for a Content Modifier.
  var activityType: String { get }

  /// Reads and checks the step's properties.
  func makeStep(for step: FlowElement) throws(FlowFailure) -> any FlowStep
}
