import FlowModel

/// What a step does with an exchange.
package protocol FlowStep: Sendable {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure)
}

/// Makes steps of one type.
package protocol FlowStepFactory: Sendable {
  var type: StepType { get }

  /// Reads and checks the step's properties.
  func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep
}

/// What a step may look at beside its own properties when it is made.
package struct StepContext: Sendable {
  /// For what is set flow-wide: the prefixes of XPath.
  package let flow: IntegrationFlow
  package let resources: FlowResources

  package init(flow: IntegrationFlow, resources: FlowResources = .none) {
    self.flow = flow
    self.resources = resources
  }
}

/// The files that lie in a flow's bundle: schemas, mappings, scripts.
package struct FlowResources: Sendable {
  private let read: @Sendable (String) throws(FlowModelError) -> [UInt8]?

  package init(_ read: @escaping @Sendable (String) throws(FlowModelError) -> [UInt8]?) { self.read = read }

  /// Of a flow that was read with its bundle.
  package init(of flow: LoadedFlow) {
    let prefix = "src/main/resources/"
    let inResources = flow.bundleFiles.filter { $0.path.hasPrefix(prefix) }
    let byPath = Dictionary(inResources.map { ($0.path.dropFirst(prefix.count), $0.bytes) }) { first, _ in first }
    self.init { path throws(FlowModelError) in byPath[path[...]] }
  }

  /// Of a flow that is a single file.
  package static let none = FlowResources { _ throws(FlowModelError) in nil }

  /// - Parameter path: from `src/main/resources` on: `xsd/order.xsd`.
  /// - Returns: nil when the bundle has no such file.
  package func bytes(at path: String) throws(FlowModelError) -> [UInt8]? { try read(path) }
}
