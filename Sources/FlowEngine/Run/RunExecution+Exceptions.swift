import Expressions
import TenantBase

extension RunExecution {
  /// Gives a failure to the exception subprocess of the process that it happened in.
  ///
  /// - Throws: the failure, when there is none, when it ends in an error end, or when it fails itself.
  func handle(
    _ failed: PathFailure, in process: ProcessPlan, _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> PathEnd {
    guard let subprocess = process.exceptionSubprocess, failed.processID == process.id, !failed.isSettled,
      !Task.isCancelled
    else { throw failed }
    let caught = CaughtException(failed.failure)
    exchange.caught = caught
    exchange.properties["CamelExceptionCaught"] = .text(caught.message)
    let outcome: HandledException.Outcome
    var end = PathEnd.stopped(.handled)
    do throws(PathFailure) {
      let ending = try await runPath(
        from: subprocess.scope.start, in: subprocess.scope, of: process, isInFork: false, &exchange, &path)
      outcome = ending == .stopped(.escalated) ? .escalated : .finished
      if ending == .stopped(.escalated) { end = ending }
    } catch {
      // Its own error end gives the exception on; anything else is a failure of its own.
      outcome = error.failure.kind == .raised && error.processID == process.id ? .rethrown : .failed(error.failure)
    }
    record(
      HandledException(
        elementID: subprocess.elementID, name: subprocess.name, processName: process.name, failure: failed.failure,
        outcome: outcome), of: exchange)
    exchange.caught = nil
    switch outcome {
    case .finished, .escalated: return end
    case .rethrown, .failed: throw PathFailure(failure: failed.failure, processID: failed.processID, isSettled: true)
    }
  }
}

extension CaughtException {
  /// The message is the failure with its cause; the trace has the places too, the outermost last as in Java.
  init(_ failure: FlowFailure) {
    let explanation = failure.explanation
    let message = explanation.cause.map { "\(explanation.summary): \($0)" } ?? explanation.summary
    let trace = explanation.places.map { "\n\tat \($0)" }.joined()
    self.init(message: message, stackTrace: message + trace)
  }
}
