import CLinux
import COpenSSL
import Foundation
import Glibc
import Synchronization

/// A TLS echo server for thousands of connections: one thread, epoll, non-blocking.
final class EchoServer: Sendable {
  let port: UInt16
  private let context: TestServerContext
  private let isStopping = Atomic<Bool>(false)

  init(_ context: TestServerContext) {
    let (listener, port) = LoopbackPeer.listen()
    self.port = port
    self.context = context
    Thread.detachNewThread { [self] in run(listener) }
  }

  func stop() { isStopping.store(true, ordering: .relaxed) }

  private func run(_ listener: Int32) {
    let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    var sessions: [Int32: OpaquePointer] = [:]
    watch(epoll, listener)
    _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    var events = [epoll_event](repeating: epoll_event(), count: 512)
    while !isStopping.load(ordering: .relaxed) {
      let count = epoll_wait(epoll, &events, 512, 20)
      for index in 0..<Int(max(count, 0)) {
        let descriptor = Int32(truncatingIfNeeded: events[index].data.u64)
        if descriptor == listener {
          acceptAll(listener, epoll, &sessions)
        } else if let session = sessions[descriptor], !serve(session) {
          SSL_free(session)
          sessions[descriptor] = nil
          close(descriptor)
        }
      }
    }
    for (descriptor, session) in sessions {
      SSL_free(session)
      close(descriptor)
    }
    close(listener)
    close(epoll)
  }

  private func acceptAll(_ listener: Int32, _ epoll: Int32, _ sessions: inout [Int32: OpaquePointer]) {
    while true {
      let descriptor = accept(listener, nil, nil)
      guard descriptor >= 0, let session = SSL_new(context.pointer) else { return }
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      SSL_set_fd(session, descriptor)
      SSL_set_accept_state(session)
      sessions[descriptor] = session
      watch(epoll, descriptor)
    }
  }

  private func watch(_ epoll: Int32, _ descriptor: Int32) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = UInt64(descriptor)
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
  }

  /// False at the end of the connection. Lines are short: what is echoed always fits the socket's buffer.
  private func serve(_ session: OpaquePointer) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      ERR_clear_error()
      let count = SSL_read(session, &buffer, Int32(buffer.count))
      if count <= 0 { return SSL_get_error(session, count) == SSL_ERROR_WANT_READ }
      SSL_write(session, buffer, count)
    }
  }
}
