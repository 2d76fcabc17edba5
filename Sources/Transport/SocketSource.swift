import CLinux
import Glibc
import TenantBase

/// A non-blocking socket on its loop: the descriptor, and the tasks that wait for it.
///
/// Belongs to the loop's thread, and owns the descriptor. Any event wakes every waiter, because TLS may have to write
/// in order to read; who was woken for nothing waits again.
final class SocketSource {
  let loop: EventLoop
  let descriptor: Int32
  let readable: WaitSlot
  let writable: WaitSlot
  /// Woken as well: a task that waits for several sockets at once.
  var observer: WaitSlot?
  /// An event came since this was last set to false.
  var hasEvent = false
  private var token: UInt64?
  private(set) var isClosed = false

  /// Takes ownership of `descriptor`, which is closed when nil is returned (`errno` says why).
  init?(descriptor: Int32, loop: EventLoop) {
    self.loop = loop
    self.descriptor = descriptor
    readable = WaitSlot(loop: loop)
    writable = WaitSlot(loop: loop)
    guard let token = loop.register(self) else {
      let reason = errno
      Glibc.close(descriptor)
      errno = reason
      return nil
    }
    self.token = token
  }

  func eventsArrived(_ events: UInt32) {
    hasEvent = true
    readable.wake(.ready)
    writable.wake(.ready)
    observer?.wake(.ready)
  }

  /// Closes the descriptor and ends every wait for it. Twice is harmless.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    if let token { loop.unregister(token, descriptor: descriptor) }
    Glibc.close(descriptor)
    readable.wake(.closed)
    writable.wake(.closed)
    observer?.wake(.ready)
  }
}
