import FlowModel

/// Puts the parts of a split, or the branches of a multicast, together again.
package protocol Gatherer: Sendable {
  /// Begins an empty collection.
  func makeCollection(in run: FlowRun) throws(FlowFailure) -> any GatheredParts
}

/// Makes gatherers of one step type.
package protocol GathererFactory: Sendable {
  var type: StepType { get }

  /// Reads and checks the step's properties.
  func makeGatherer(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Gatherer
}

/// What has been gathered so far. Parts come in the order of their positions, whichever was ready first.
package protocol GatheredParts {
  /// Takes what it needs of a part; nothing else keeps it.
  mutating func add(_ part: Exchange, in run: FlowRun) async throws(FlowFailure)

  /// The body of the gathered message. Headers and properties are those of the message before it was split.
  mutating func finish(in run: FlowRun) async throws(FlowFailure) -> MessageBody
}
