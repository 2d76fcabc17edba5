import TenantBase

/// Runs a plan with one exchange, from a start to the end.
package struct FlowRunner: Sendable {
  let plan: FlowPlan
  private let limits: RunLimits
  private let observer: (any FlowObserver)?

  package init(_ plan: FlowPlan, limits: RunLimits = RunLimits(), observer: (any FlowObserver)? = nil) {
    self.plan = plan
    self.limits = limits
    self.observer = observer
  }

  /// Runs to the end, whatever it is. Deliveries are on the record of `run`.
  ///
  /// Cancelling the task stops the run: what is under way ends its connections, no further element begins and no
  /// exception subprocess runs.
  ///
  /// - Parameter start: one of the plan's; nil takes the first.
  package func execute(_ exchange: Exchange, from start: FlowStart? = nil, in run: FlowRun) async -> RunResult {
    let execution = RunExecution(plan: plan, run: run, limits: limits, observer: observer)
    var exchange = exchange
    var failure: PathFailure?
    if let process = (start ?? plan.starts.first).flatMap({ plan.processes[$0.processID] }) {
      var path = PathState()
      do throws(PathFailure) {
        _ = try await execution.runProcess(process, &exchange, &path)
      } catch {
        failure = error
      }
    }
    return execution.result(exchange: exchange, uncaught: failure)
  }

  /// - Returns: the exchange as the flow left it.
  /// - Throws: `FlowFailure` when the run did not complete, also where an exception subprocess has dealt with the failure.
  package func run(
    _ exchange: Exchange, from start: FlowStart? = nil, in run: FlowRun
  ) async throws(FlowFailure) -> Exchange {
    let result = await execute(exchange, from: start, in: run)
    if let failure = result.failure { throw failure }
    return result.exchange
  }
}

/// What belongs to one message on its way: the main one, a part or a branch. Only its own task touches it.
struct PathState {
  /// How often it has passed an element that delivers.
  var passages: [String: Int] = [:]
  /// Splits and multicasts that it has passed.
  var forks = 0
  var callDepth = 0
  var forkDepth = 0

  /// The state of a part or branch.
  func child() -> PathState {
    var child = PathState()
    child.callDepth = callDepth
    child.forkDepth = forkDepth + 1
    return child
  }
}

/// How a message's way ended, where nothing failed.
enum PathEnd: Sendable, Equatable {
  /// At an end event, or where nothing follows.
  case finished
  /// At a join or gatherer, by its id; not passed yet.
  case arrived(String)
  /// For good: no caller goes on with it.
  case stopped(Stop)

  enum Stop: Sendable, Equatable {
    case terminated
    /// An exception subprocess has ended the processing.
    case handled
    case escalated
  }
}

/// Why a message's way ended early.
struct PathFailure: Error {
  var failure: FlowFailure
  /// An exception subprocess takes exceptions of its own process alone.
  let processID: String
  /// No exception subprocess takes it any more.
  var isSettled = false
}
