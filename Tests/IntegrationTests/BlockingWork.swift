import Dispatch
import Glibc

/// Waits for programs on threads of their own.
///
/// Not on Dispatch's queues: the tests' own tasks run there too, and each thread that waits for a program would be
/// missing to them. At most some programs run at a time, so that none runs into its time limit because of the others.
enum BlockingWork {
  private static let places = DispatchSemaphore(value: 6)

  static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      start {
        places.wait()
        let result = Result { try work() }
        places.signal()
        continuation.resume(with: result)
      }
    }
  }

  private final class Job {
    let work: () -> Void
    init(_ work: @escaping () -> Void) { self.work = work }
  }

  private static func start(_ work: @escaping @Sendable () -> Void) {
    let job = Unmanaged.passRetained(Job(work))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { context in
        if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().work() }
        return nil
      }, job.toOpaque())
    precondition(code == 0, "no thread for a program under test")
  }
}
