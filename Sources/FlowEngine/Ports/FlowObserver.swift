import FlowModel

/// Is told of every element that a message has passed, for the path of a run and for its trace.
///
/// Where parts or branches run at the same time the calls come from several tasks; the lineage of the exchange tells
/// them apart.
package protocol FlowObserver: Sendable {
  func passed(_ passage: ElementPassage)
}

/// One element, passed by one message.
package struct ElementPassage: Sendable {
  package let elementID: String
  package let elementName: String
  package let elementType: StepType
  package let processID: String
  /// As the element left it.
  package let exchange: Exchange
  /// That of a process call, splitter or multicast holds all that ran in it.
  package let duration: Duration
  /// Nil when the element did its work.
  package let failure: FlowFailure?
  /// The route that a router took.
  package let route: Route?

  package struct Route: Sendable, Equatable {
    /// The sequence flow's.
    package let id: String
    package let name: String

    package init(id: String, name: String) {
      self.id = id
      self.name = name
    }
  }
}
