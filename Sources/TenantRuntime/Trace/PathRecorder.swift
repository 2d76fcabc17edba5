import FlowEngine
import FlowModel
import Synchronization

/// Which elements a run passed, for its report.
final class PathRecorder: FlowObserver {
  /// Elements that are kept.
  static let limit = 1_000

  private let state = Mutex((steps: [PassedElement](), count: 0))

  func passed(_ passage: ElementPassage) {
    state.withLock { state in
      state.count += 1
      guard state.count <= Self.limit else { return }
      state.steps.append(PassedElement(passage))
    }
  }

  var path: RunPath { state.withLock { RunPath(elements: $0.steps, count: $0.count) } }
}

/// The way of a run's messages through the flow, in the order in which the elements ended.
package struct RunPath: Sendable {
  /// The first ones.
  package let elements: [PassedElement]
  /// All that were passed.
  package let count: Int

  package static let empty = RunPath(elements: [], count: 0)
}

/// An element that a message passed.
package struct PassedElement: Sendable {
  package let elementID: String
  package let name: String
  package let type: StepType
  /// The name of the route that a router took, else its id; nil for other elements.
  package let route: String?
  package let lineage: [Int]
  package let duration: Duration
  package let failed: Bool

  init(_ passage: ElementPassage) {
    elementID = passage.elementID
    name = passage.elementName
    type = passage.elementType
    route = passage.route.map { $0.name.isEmpty ? $0.id : $0.name }
    lineage = passage.exchange.lineage
    duration = passage.duration
    failed = passage.failure != nil
  }
}

/// Tells several observers.
struct ObserverGroup: FlowObserver {
  let members: [any FlowObserver]

  func passed(_ passage: ElementPassage) {
    for member in members { member.passed(passage) }
  }
}
