import TenantBase

/// An actor whose code runs on an event loop and nowhere else.
///
/// ```swift
/// actor Session: EventLoopActor {
///   nonisolated let loop: EventLoop
/// }
/// ```
package protocol EventLoopActor: Actor {
  nonisolated var loop: EventLoop { get }
}

extension EventLoopActor {
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
}

extension EventLoop {
  /// Starts a task whose waits resume on the loop. `Task {}` does not: it takes a detour over the pool at every wait.
  package func startTask<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value)
    -> Task<Value, any Error>
  {
    Task(executorPreference: self) { try await work() }
  }

  /// Runs `work` on the loop and gives its result; cancelling the caller cancels the work.
  package func perform<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = startTask(work)
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Waits until `deadline` has passed.
  ///
  /// - Throws: `CancellationError` when the task is cancelled or the loop stops.
  package nonisolated(nonsending) func sleep(until deadline: Deadline) async throws(CancellationError) {
    let slot = WaitSlot(loop: self)
    guard await slot.wait(until: deadline) == .timedOut else { throw CancellationError() }
  }
}

/// Carries something that belongs to the loop through code that may run anywhere, back to the loop.
struct LoopBound<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
