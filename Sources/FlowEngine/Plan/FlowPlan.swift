import Expressions
import FlowModel

/// A flow made ready to run: every reachable element has become something that can be executed.
package struct FlowPlan: Sendable {
  package let flowName: String
  /// Every way in which a run can begin, in the order of the file; at least one.
  package let starts: [FlowStart]
  /// Main and local ones that can be reached, by id.
  let processes: [String: ProcessPlan]

  /// How a run begins that names no start: the first.
  package var trigger: FlowTrigger { starts.first?.trigger ?? .timer }
}

/// A process made ready to run.
struct ProcessPlan: Sendable {
  let id: String
  let name: String
  let scope: ScopePlan
  let exceptionSubprocess: ExceptionSubprocessPlan?

  /// `process 'Main'`, for messages.
  var title: String { Finding.Subject(.process, name: name, id: id).description }
}

struct ExceptionSubprocessPlan: Sendable {
  let elementID: String
  let name: String
  let scope: ScopePlan

  /// `exception subprocess 'On error'`, for messages.
  var title: String {
    "exception subprocess '\(Finding.Subject(.step, name: name.isEmpty ? elementID : name).name)'"
  }
}

/// The elements of a process, or of its exception subprocess.
struct ScopePlan: Sendable {
  let start: String
  let nodes: [String: PlanNode]
}

/// One element of a process.
struct PlanNode: Sendable {
  enum Action: Sendable {
    /// Start events and other elements that change nothing.
    case pass
    case step(any FlowStep)
    /// A channel: a Send step, a Request Reply, or a message end event that leads to a receiver.
    case deliver(any ReceiverAdapter, takesReply: Bool)
    case route(RouterPlan)
    case call(CallPlan)
    /// `gather`: the element at which the parts meet again; nil when they end by themselves.
    case split(any Splitter, gather: String?)
    case multicast(MulticastPlan)
    case join
    case gather(any Gatherer)
    case end(EndAction)
  }

  enum EndAction: Sendable, Equatable {
    case finish
    case raise
    case escalate(code: String)
    case terminate
  }

  let elementID: String
  let name: String
  let type: StepType
  let action: Action
  /// `step 'Greeting' (CallActivity_1, Enricher)`, for messages.
  let title: String
  /// `iflows/hello.iflw:88`.
  let place: String
  /// The element's id that comes next; nil when the process ends here.
  let next: String?

  /// Where parts and branches meet: whoever sent them on their way takes them from here.
  var isMeetingPoint: Bool {
    switch action {
    case .join, .gather: true
    default: false
    }
  }
}

struct RouterPlan: Sendable {
  struct Way: Sendable {
    let route: ElementPassage.Route
    let target: String
    /// nil for a route without one.
    let condition: CompiledCondition?
  }

  /// In the order in which they are tried; the default is not among them.
  let ways: [Way]
  let fallback: Way?
  let throwsException: Bool
}

struct CallPlan: Sendable {
  let processID: String
  let loop: Loop?

  struct Loop: Sendable {
    let maximum: Int
    let condition: CompiledCondition
    let failsAtMaximum: Bool
  }
}

struct MulticastPlan: Sendable {
  let isSequential: Bool
  /// The first element of each branch, in the order in which they run.
  let branches: [String]
}
