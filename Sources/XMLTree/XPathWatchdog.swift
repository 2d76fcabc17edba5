import CLibXML2
import Glibc
import Synchronization

/// Ends evaluations that take too long.
///
/// libxml2 counts the nodes that it visits and stops at a limit, but joins of their sets and copies of their text cost
/// more than a visit. It reads the limit again at each visit; so a thread of our own lowers it when the time is over.
/// A thread, not a task: the pool's threads may all be busy with evaluations.
final class XPathWatchdog: Sendable {
  static let shared = XPathWatchdog()

  private struct Watch: @unchecked Sendable {
    let context: xmlXPathContextPtr
    let end: ContinuousClock.Instant
  }

  private struct State {
    var watches: [Int: Watch] = [:]
    var next = 0
    var isRunning = false
  }

  private let state = Mutex(State())
  private static let interval: useconds_t = 20_000

  /// - Returns: the number to end the watch with; the context must live until then.
  func watch(_ context: xmlXPathContextPtr, for time: Duration) -> Int {
    let watch = Watch(context: context, end: ContinuousClock.now.advanced(by: time))
    let (number, starts) = state.withLock { state in
      state.next += 1
      state.watches[state.next] = watch
      defer { state.isRunning = true }
      return (state.next, !state.isRunning)
    }
    if starts { start() }
    return number
  }

  /// - Returns: whether the evaluation was ended.
  func end(_ number: Int) -> Bool {
    state.withLock { $0.watches.removeValue(forKey: number) == nil }
  }

  private func start() {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let result = pthread_create(&thread, &attributes, { _ in XPathWatchdog.shared.run() }, nil)
    // Without a thread the count of visits alone is the limit.
    if result != 0 { state.withLock { $0.isRunning = false } }
  }

  /// Lives while there is something to watch.
  private func run() -> UnsafeMutableRawPointer? {
    while true {
      usleep(Self.interval)
      let now = ContinuousClock.now
      let isDone = state.withLock { state in
        for (number, watch) in state.watches where watch.end <= now {
          watch.context.pointee.opLimit = 1
          state.watches[number] = nil
        }
        if state.watches.isEmpty { state.isRunning = false }
        return state.watches.isEmpty
      }
      if isDone { return nil }
    }
  }
}
