import TenantBase

/// Why a wait ended.
enum Wake: Sendable {
  /// The socket may go on, the work is done.
  case ready
  case timedOut
  /// The task was cancelled.
  case cancelled
  /// The socket was closed on our side, or the loop stopped.
  case closed
}

/// A place where one task at a time waits on its loop, until someone wakes it or its deadline passes.
///
/// Belongs to the loop's thread. A wake with nobody waiting is lost: who waits looks first, and looks again after it.
final class WaitSlot {
  let loop: EventLoop
  private var waiter: UnsafeContinuation<Wake, Never>?
  /// Counts waits, so that a cancellation that comes late does not end a later one.
  private var turn: UInt64 = 0
  /// Of the wait at hand; nil outside the heap.
  private(set) var deadline: Deadline?
  /// Position in the loop's heap; the heap keeps it.
  var heapIndex = -1

  init(loop: EventLoop) { self.loop = loop }

  var isWaiting: Bool { waiter != nil }

  /// Waits; must be called on the loop. The first of wake, deadline and cancellation ends it.
  func wait(until deadline: Deadline?, isolation: isolated (any Actor)? = #isolation) async -> Wake {
    loop.assertCurrent()
    if Task.isCancelled { return .cancelled }
    turn &+= 1
    let (turn, loop, slot) = (turn, loop, LoopBound(self))
    return await withTaskCancellationHandler {
      _ = isolation  // captured, so that the closure stays on the loop (Swift 6.3)
      return await withUnsafeContinuation { slot.value.arm($0, until: deadline) }
    } onCancel: {
      loop.execute { slot.value.cancel(turn) }
    }
  }

  /// Ends the wait at hand, if there is one.
  func wake(_ why: Wake) {
    guard let waiter else { return }
    self.waiter = nil
    if heapIndex >= 0 { loop.timers.remove(self) }
    deadline = nil
    waiter.resume(returning: why)
  }

  private func arm(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Deadline?) {
    loop.assertCurrent()
    precondition(waiter == nil, "two tasks wait for the same thing")
    waiter = continuation
    self.deadline = deadline
    if deadline != nil { loop.timers.insert(self) }
  }

  private func cancel(_ turn: UInt64) {
    if turn == self.turn { wake(.cancelled) }
  }
}
