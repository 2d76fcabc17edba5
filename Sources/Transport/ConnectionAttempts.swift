import Glibc
import TenantBase
import Wire

/// Connects to the first of several addresses that answers (RFC 8305 section 5): the next one starts when the last one
/// failed, or after 250 ms, while the earlier ones go on.
///
/// Belongs to its loop's thread.
final class ConnectionAttempts {
  static let stagger: Duration = .milliseconds(250)
  static let addressLimit = 16

  private struct Attempt {
    let address: SocketAddress
    let source: SocketSource
  }

  private let loop: EventLoop
  private let peer: String
  private let anyEvent: WaitSlot
  private var untried: ArraySlice<SocketAddress>
  private var running: [Attempt] = []
  /// `192.0.2.1 (Connection refused)`, in the order of failing.
  private var failures: [(address: SocketAddress, code: Int32)] = []

  /// - Parameter peer: `host:port`, for errors.
  init(_ addresses: [SocketAddress], loop: EventLoop, peer: String) {
    self.loop = loop
    self.peer = peer
    anyEvent = WaitSlot(loop: loop)
    untried = addresses.prefix(Self.addressLimit)
  }

  /// - Returns: the connected socket, now the caller's to close.
  func firstConnected(deadline: Deadline) async throws(StreamError) -> (source: SocketSource, address: SocketAddress) {
    defer { for attempt in running { attempt.source.close() } }
    var nextStart = Deadline.after(.zero)
    while true {
      anyEvent.forgetWake()
      if let winner = takeConnected() { return winner }
      if running.isEmpty || nextStart.hasPassed, let address = untried.popFirst() {
        start(address)
        nextStart = Deadline.after(Self.stagger)
        continue
      }
      guard !running.isEmpty else { throw failure() }
      let wakeUp = untried.isEmpty ? deadline : deadline.orEarlier(nextStart)
      switch await anyEvent.wait(until: wakeUp) {
      case .ready: break
      case .timedOut: if deadline.hasPassed { throw timeout() }
      case .cancelled: throw StreamError(.cancelled, peer: peer)
      case .closed: throw StreamError(.closed, peer: peer)
      }
    }
  }

  private func start(_ address: SocketAddress) {
    let descriptor = socket(
      address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else {
      failures.append((address, errno))
      return
    }
    SocketOptions.set(descriptor)
    let result = address.bytes.withUnsafeBytes { bytes -> Int32 in
      guard let start = bytes.baseAddress else { return -1 }
      return connect(descriptor, start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
    let code = errno
    guard result == 0 || code == EINPROGRESS else {
      failures.append((address, code))
      Glibc.close(descriptor)
      return
    }
    guard let source = SocketSource(descriptor: descriptor, loop: loop) else {
      failures.append((address, errno))
      return
    }
    source.observer = anyEvent
    source.hasEvent = result == 0
    running.append(Attempt(address: address, source: source))
  }

  /// Looks at every attempt that had an event: the first that is connected wins, those that failed leave.
  private func takeConnected() -> (source: SocketSource, address: SocketAddress)? {
    for index in running.indices.reversed() where running[index].source.hasEvent {
      let attempt = running[index]
      let code = attempt.source.isClosed ? ECANCELED : SocketOptions.pendingError(attempt.source.descriptor)
      guard code != EINPROGRESS else { continue }
      running.remove(at: index)
      if code == 0 {
        attempt.source.observer = nil
        return (attempt.source, attempt.address)
      }
      failures.append((attempt.address, code))
      attempt.source.close()
    }
    return nil
  }

  private func failure() -> StreamError {
    let unreachable: Set<Int32> = [ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT]
    let system: Set<Int32> = [EMFILE, ENFILE, EACCES, EPERM, ENOMEM, ENOBUFS]
    let codes = failures.map(\.code)
    let kind: StreamError.Kind =
      if codes.contains(where: system.contains) {
        .systemRefused
      } else if codes.allSatisfy(unreachable.contains) {
        .networkUnreachable
      } else if codes.allSatisfy({ $0 == ETIMEDOUT }) {
        .timedOut
      } else {
        .connectionRefused
      }
    return StreamError(kind, peer: peer, detail: failureWords())
  }

  private func timeout() -> StreamError {
    let waiting = running.map { "\($0.address.text) (no answer)" }
    let all = (waiting + [failureWords()]).filter { !$0.isEmpty }.joined(separator: ", ")
    return StreamError(.timedOut, peer: peer, detail: "no connection within the time limit: \(all)")
  }

  private func failureWords() -> String {
    failures.map { "\($0.address.text) (\(SystemWords.text($0.code)))" }.joined(separator: ", ")
  }
}

enum SocketOptions {
  /// No Nagle (a resumed TLS handshake would wait 40 ms for a delayed acknowledgement), and probes for peers that
  /// vanished: after one minute, four times, 15 seconds apart.
  static func set(_ descriptor: Int32) {
    setInteger(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    setInteger(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    setInteger(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60)
    setInteger(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 15)
    setInteger(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 4)
  }

  private static func setInteger(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// 0 when connected; `EINPROGRESS` when it is not known yet.
  static func pendingError(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
    guard code == 0 else { return code }
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
      guard let start = bytes.baseAddress else { return -1 }
      return getpeername(descriptor, start.assumingMemoryBound(to: sockaddr.self), &size)
    }
    return result == 0 ? 0 : errno == ENOTCONN ? EINPROGRESS : errno
  }
}
