import Synchronization
import TenantBase

/// Runs calls that block (name lookup, key derivation) on threads of their own, so that no loop stands still.
///
/// At most ``threadLimit`` at once; more wait in line. A thread lives as long as there is work.
package enum BlockingWork {
  package static let threadLimit = 16

  private struct Line {
    var waiting: [@Sendable () -> Void] = []
    var threads = 0
  }

  private static let line = Mutex(Line())

  /// Runs `work` on another thread and waits for its result, however long it takes.
  package static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      start { continuation.resume(returning: work()) }
    }
  }

  /// The same from a loop, but no longer than until `deadline`: then the thread ends alone and its result is dropped.
  ///
  /// - Returns: nil when the wait ended first, and why.
  static func run<Value: Sendable>(
    on loop: EventLoop, until deadline: Deadline, isolation: isolated (any Actor)? = #isolation,
    _ work: @escaping @Sendable () -> Value
  ) async -> (value: Value?, wake: Wake) {
    let slot = LoopBound(WaitSlot(loop: loop))
    let result = ResultBox<Value>()
    start {
      let value = work()
      result.value.withLock { $0 = value }
      loop.execute { slot.value.wake(.ready) }
    }
    let wake = await slot.value.wait(until: deadline)
    return (result.value.withLock { $0 }, wake)
  }

  private final class ResultBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  private static func start(_ work: @escaping @Sendable () -> Void) {
    let needsThread = line.withLock { line in
      line.waiting.append(work)
      guard line.threads < threadLimit else { return false }
      line.threads += 1
      return true
    }
    guard needsThread, !SystemThread.start(workUntilEmpty) else { return }
    workUntilEmpty()  // no thread to be had: late is better than never
  }

  @Sendable private static func workUntilEmpty() {
    while true {
      let next = line.withLock { line -> (@Sendable () -> Void)? in
        guard !line.waiting.isEmpty else {
          line.threads -= 1
          return nil
        }
        return line.waiting.removeFirst()
      }
      guard let next else { return }
      next()
    }
  }
}
