import Expressions
import TenantBase

extension RunExecution {
  /// A process call, once or in a loop. What fails in the local process is no business of the caller's exception
  /// subprocess.
  func call(
    _ call: CallPlan, at node: PlanNode, in process: ProcessPlan, _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> PathEnd {
    guard let target = plan.processes[call.processID] else { return .finished }
    guard path.callDepth < limits.callDepth else {
      throw PathFailure(
        failure: FlowFailure(
          .limitExceeded, class: .permanent,
          Explanation(
            "processes call one another more than \(limits.callDepth) deep", places: [node.place, node.title])),
        processID: process.id)
    }
    path.callDepth += 1
    defer { path.callDepth -= 1 }
    guard let loop = call.loop else { return try await runProcess(target, &exchange, &path) }
    return try await self.loop(loop, target, at: node, in: process, &exchange, &path)
  }

  /// Do-until: the body first, then the condition.
  private func loop(
    _ loop: CallPlan.Loop, _ target: ProcessPlan, at node: PlanNode, in process: ProcessPlan,
    _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> PathEnd {
    for turn in 0..<loop.maximum {
      exchange.properties["CamelLoopIndex"] = .integer(Int64(turn))
      let end = try await runProcess(target, &exchange, &path)
      guard end == .finished else { return end }
      do throws(FlowFailure) {
        var documents = BodyDocument()
        guard try loop.condition.holds(for: exchange, &documents, in: run) else { return .finished }
        if Task.isCancelled, turn + 1 < loop.maximum { throw FlowFailure.cancelled() }
      } catch {
        throw PathFailure(
          failure: FlowFailure(error.kind, from: error, places: [node.place, node.title]), processID: process.id)
      }
    }
    guard loop.failsAtMaximum else { return .finished }
    throw PathFailure(
      failure: FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "the loop has made its \(loop.maximum) turns and its condition still holds",
          places: [node.place, node.title])),
      processID: process.id)
  }
}
