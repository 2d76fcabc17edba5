import Expressions
import TenantBase

/// A node of a process: an event, a step, a gateway or an exception subprocess.
package struct FlowElement: Sendable {
  package let id: String
  /// As shown in the editor; not unique, may hold line ends.
  package let name: String
  package let kind: ElementKind
  package let type: StepType
  package let properties: FlowProperties
  package let place: SourcePlace
  /// The ids under `bpmn2:outgoing` in the order of the file, which is the order in which a router tries its routes.
  let outgoingIDs: [String]
}

/// What a node does in the flow.
package indirect enum ElementKind: Sendable {
  case start(StartKind)
  case end(EndKind)
  /// A step that takes a message and gives one on; what it does, its type says.
  case step
  case router(Router)
  case multicast(Multicast)
  /// Branches of a multicast meet here.
  case join
  case processCall(ProcessCall)
  case exceptionSubprocess(FlowScope)
}

package enum StartKind: Sendable {
  /// A message of a channel, or of the caller.
  case message
  /// By schedule; the error says why its schedule cannot be read.
  case timer(Result<Schedule, FlowModelError>)
  /// In an exception subprocess.
  case error
  /// In a local process.
  case plain
}

package enum EndKind: Sendable, Equatable {
  /// Sends the message through its channel, or gives it back to the caller.
  case message
  /// In a local process.
  case plain
  /// The exception goes on.
  case error
  /// `code` as written, such as `ReceiverNotFound`.
  case escalation(code: String)
  case terminate
}

package struct Router: Sendable, Equatable {
  /// The sequence flow that is taken when no condition holds.
  package let defaultRouteID: String?
  /// Whether the message fails when no condition holds, whatever the default: SAP's editor then has a default that
  /// leads to a terminate end.
  package let throwsException: Bool

  package init(defaultRouteID: String?, throwsException: Bool) {
    self.defaultRouteID = defaultRouteID
    self.throwsException = throwsException
  }
}

package struct Multicast: Sendable, Equatable {
  package let isSequential: Bool
  /// The sequence flows in the order that the step names; those that it does not name follow as they stand.
  package let order: [String]

  package init(isSequential: Bool, order: [String]) {
    self.isSequential = isSequential
    self.order = order
  }
}

package struct ProcessCall: Sendable {
  /// The id of the local process; empty when the step names none.
  package let processID: String
  package let loop: Loop?

  /// Do-until: the body runs first, then the condition is tested; at most `maximum` times.
  package struct Loop: Sendable {
    /// nil when the step names none, or no positive number: an error of the check.
    package let maximum: Int?
    package let condition: RouteCondition
    /// What happens when the maximum is reached.
    package let failsAtMaximum: Bool
  }
}

/// A condition of a route or loop, read once.
package struct RouteCondition: Sendable {
  package enum Language: Sendable, Equatable {
    /// An XPath truth value.
    case xpath
    /// `${…} = '…'`.
    case simple
  }

  package let language: Language
  /// After parameters.
  package let text: String
  package let place: SourcePlace
  /// The parsed form of a simple condition, or why it cannot be read; nil for XPath.
  package let simple: Result<Condition, ExpressionError>?

  package init(language: Language, text: String, place: SourcePlace) {
    self.language = language
    self.text = text
    self.place = place
    guard language == .simple else {
      simple = nil
      return
    }
    do throws(ExpressionError) { simple = .success(try Condition(text)) } catch { simple = .failure(error) }
  }
}

/// An arrow from one node to the next.
package struct SequenceFlow: Sendable {
  package let id: String
  package let name: String
  package let sourceID: String
  package let targetID: String
  /// nil for arrows without one.
  package let condition: RouteCondition?
  package let place: SourcePlace
}

/// The nodes and arrows of a process or of an exception subprocess.
package struct FlowScope: Sendable {
  package let elements: [FlowElement]
  package let sequenceFlows: [SequenceFlow]
  private let indexByID: [String: Int]
  private let leaving: [String: [Int]]
  private let arriving: [String: [Int]]

  init(elements: [FlowElement], sequenceFlows: [SequenceFlow]) {
    self.elements = elements
    self.sequenceFlows = sequenceFlows
    leaving = Dictionary(grouping: sequenceFlows.indices) { sequenceFlows[$0].sourceID }
    arriving = Dictionary(grouping: sequenceFlows.indices) { sequenceFlows[$0].targetID }
    indexByID = Dictionary(elements.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func element(_ id: String) -> FlowElement? { indexByID[id].map { elements[$0] } }

  /// The arrows that leave a node, in the order in which a router tries them.
  package func outgoing(of element: FlowElement) -> [SequenceFlow] {
    let arrows = (leaving[element.id] ?? []).map { sequenceFlows[$0] }
    guard arrows.count > 1 else { return arrows }
    let rank = Dictionary(element.outgoingIDs.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return arrows.enumerated().sorted { left, right in
      (rank[left.element.id] ?? .max, left.offset) < (rank[right.element.id] ?? .max, right.offset)
    }.map(\.element)
  }

  package func incoming(of element: FlowElement) -> [SequenceFlow] {
    (arriving[element.id] ?? []).map { sequenceFlows[$0] }
  }

  /// The start events: one in a sound flow.
  package var starts: [FlowElement] {
    elements.filter { if case .start = $0.kind { true } else { false } }
  }

  /// The exception subprocesses of this process.
  package var exceptionSubprocesses: [(element: FlowElement, scope: FlowScope)] {
    elements.compactMap { if case .exceptionSubprocess(let scope) = $0.kind { ($0, scope) } else { nil } }
  }

  /// All nodes, those of exception subprocesses too.
  package var allElements: [FlowElement] {
    elements.flatMap { element in
      if case .exceptionSubprocess(let scope) = element.kind { [element] + scope.allElements } else { [element] }
    }
  }

  /// This scope and those of its exception subprocesses.
  package var allScopes: [FlowScope] { [self] + exceptionSubprocesses.flatMap { $0.scope.allScopes } }
}
