import FlowModel

/// What a step does with an exchange.
package protocol FlowStep: Sendable {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure)
}

/// Makes steps of one type.
package protocol FlowStepFactory: Sendable {
  var type: StepType { get }

  /// Reads and checks the step's properties.
  func makeStep(for element: FlowElement) throws(FlowFailure) -> any FlowStep
}
