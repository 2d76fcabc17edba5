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
/// Belongs to the loop's thread. Calling an async function may give the thread away before its first line runs, so a
/// wake may come between looking and waiting: it is kept, and ends the next wait. Who looks first says so by
/// ``forgetWake()``, then looks, then waits.
final class WaitSlot {
  let loop: EventLoop
  private var waiter: UnsafeContinuation<Wake, Never>?
  /// A wake that found nobody waiting.
  private var keptWake: Wake?
  /// Counts waits, begun and ended, so that a cancellation that comes late does not end a later one.
  private var turn: UInt64 = 0
  /// Of the wait at hand.
  private(set) var deadline: Deadline?
  /// Position in the loop's heap, -1 outside; the heap keeps it.
  var heapIndex = -1

  init(loop: EventLoop) { self.loop = loop }

  var isWaiting: Bool { waiter != nil }

  /// To be called before looking whether there is anything to wait for.
  func forgetWake() { keptWake = nil }

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

  /// Ends the wait at hand, or the next one.
  func wake(_ why: Wake) {
    guard let waiter else {
      keptWake = why
      return
    }
    self.waiter = nil
    if heapIndex >= 0 { loop.timers.remove(self) }
    deadline = nil
    turn &+= 1
    waiter.resume(returning: why)
  }

  private func arm(_ continuation: UnsafeContinuation<Wake, Never>, until deadline: Deadline?) {
    loop.assertCurrent()
    precondition(waiter == nil, "two tasks wait for the same thing")
    waiter = continuation
    if let keptWake {
      self.keptWake = nil
      return wake(keptWake)
    }
    self.deadline = deadline
    if deadline != nil { loop.timers.insert(self) }
  }

  private func cancel(_ turn: UInt64) {
    if turn == self.turn { wake(.cancelled) }
  }
}
