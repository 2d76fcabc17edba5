import Expressions
import Synchronization
import TenantBase

/// A run while it runs: what all its messages share.
final class RunExecution: Sendable {
  let plan: FlowPlan
  let run: FlowRun
  let limits: RunLimits
  let observer: (any FlowObserver)?
  private let deadline: Deadline
  private let passed = Atomic<Int>(0)
  private let outcome = Mutex(Outcome())

  private struct Outcome {
    var handled: [(lineage: [Int], exception: HandledException)] = []
    var failures: [(lineage: [Int], failure: FlowFailure)] = []
    var escalation: (lineage: [Int], failure: FlowFailure)?
  }

  init(plan: FlowPlan, run: FlowRun, limits: RunLimits, observer: (any FlowObserver)?) {
    self.plan = plan
    self.run = run
    self.limits = limits
    self.observer = observer
    deadline = .after(limits.duration)
  }

  /// Before each element.
  func checkLimits(at node: PlanNode, passedOnPath: Int) throws(FlowFailure) {
    if Task.isCancelled { throw .cancelled(places: [node.place]) }
    guard passedOnPath <= limits.elementsOfPath else { throw elementLimit(limits.elementsOfPath, node) }
    guard passed.wrappingAdd(1, ordering: .relaxed).newValue <= limits.elements else {
      throw elementLimit(limits.elements, node)
    }
    guard !deadline.hasPassed else {
      throw FlowFailure(
        .limitExceeded, class: .permanent,
        Explanation("the run took longer than \(limits.duration) and was stopped", places: [node.place]))
    }
  }

  private func elementLimit(_ limit: Int, _ node: PlanNode) -> FlowFailure {
    FlowFailure(
      .limitExceeded, class: .permanent,
      Explanation("the message passed \(limit) elements and was stopped", places: [node.place]))
  }

  // MARK: the record

  func record(_ exception: HandledException, of exchange: Exchange) {
    outcome.withLock { outcome in
      if outcome.handled.count < limits.keptFailures { outcome.handled.append((exchange.lineage, exception)) }
    }
  }

  /// A failure that does not end the run now, but makes it a failed one, for its source too.
  func record(_ failure: FlowFailure, lineage: [Int]) {
    outcome.withLock { outcome in
      if outcome.failures.count < limits.keptFailures { outcome.failures.append((lineage, failure)) }
    }
  }

  func recordEscalation(_ failure: FlowFailure, of exchange: Exchange) {
    outcome.withLock { outcome in
      if let first = outcome.escalation, !exchange.lineage.lexicographicallyPrecedes(first.lineage) { return }
      outcome.escalation = (exchange.lineage, failure)
    }
  }

  /// - Parameter uncaught: what ended the run.
  func result(exchange: Exchange, uncaught: PathFailure?) -> RunResult {
    let (handled, noted, escalation) = outcome.withLock { outcome in
      (
        outcome.handled.sorted { $0.lineage.lexicographicallyPrecedes($1.lineage) }.map(\.exception),
        outcome.failures.sorted { $0.lineage.lexicographicallyPrecedes($1.lineage) }.map(\.failure),
        outcome.escalation?.failure
      )
    }
    let leftOut = noted + run.leftOutFailures
    var failures = leftOut
    for exception in handled {
      failures.append(exception.failure)
      if case .failed(let failure) = exception.outcome { failures.append(failure) }
    }
    // That which ended the run says why it ended; without one, the first that happened to the message.
    let first = uncaught?.failure ?? failures.first ?? escalation
    var further: [FlowFailure] = []
    for failure in failures where failure.explanation != first?.explanation {
      if !further.contains(where: { $0.explanation == failure.explanation }) { further.append(failure) }
    }
    let status: RunStatus =
      first == nil
      ? .completed
      : Task.isCancelled || first?.kind == .cancelled
        ? .cancelled : uncaught == nil && escalation != nil ? .escalated : .failed
    return RunResult(
      status: status, exchange: exchange, failure: first,
      uncaughtFailure: uncaught?.failure, raisedFailure: uncaught?.failure ?? leftOut.first,
      furtherFailures: Array(further.prefix(limits.keptFailures)),
      handledExceptions: handled)
  }
}

extension FlowFailure {
  static func cancelled(places: [String] = []) -> FlowFailure {
    FlowFailure(.cancelled, class: .temporary, Explanation("the run was stopped", places: places))
  }
}
