import Glibc

/// A detached thread of the operating system.
enum SystemThread {
  private final class Entry: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// - Returns: false when the system gives no thread; `body` then does not run.
  @discardableResult
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let entry = Unmanaged.passRetained(Entry(body: body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let result = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<Entry>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, entry.toOpaque())
    if result != 0 { entry.release() }
    return result == 0
  }
}
