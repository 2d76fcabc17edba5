import TenantBase
import Transport
import Wire

/// Keeps connections to mail servers between mails, so that the next mail needs no new login.
///
/// Two mails share a connection only when everything about it is the same: address, TLS policy, trust, login,
/// credential version. Within the limits a mail that finds no connection opens one; over them it waits, or the unused
/// connection that has waited longest makes room. Lives on the event loop with its sessions.
package actor MailConnectionPool: EventLoopActor {
  package nonisolated let loop: EventLoop
  private let limits: MailConnectionLimits

  private struct IdleConnection {
    let key: MailConnectionRequest.Key
    let session: MailSession
    let expiry: Deadline
  }

  /// A connection for one mail; goes back by ``release(_:)``.
  struct Lease: Sendable {
    let session: MailSession
    let key: MailConnectionRequest.Key
    /// It has carried mails before, so that the server may have ended it meanwhile.
    let isReused: Bool
  }

  private enum Wake: Sendable { case room, timedOut, cancelled }

  /// The one that waits longest first.
  private var idle: [IdleConnection] = []
  /// Open or being opened, by the address that is really connected to.
  private var countByServer: [ConnectionTarget.Endpoint: Int] = [:]
  private var waiters: [(id: Int, continuation: CheckedContinuation<Wake, Never>)] = []
  private var nextWaiterID = 0
  private var reaper: Task<Void, any Error>?
  private var isClosed = false

  package init(limits: MailConnectionLimits = MailConnectionLimits(), loop: EventLoop = .shared) {
    self.limits = limits
    self.loop = loop
  }

  // MARK: lending

  /// A connection for one mail: a kept one, or a new one.
  ///
  /// - Parameter takesKept: false to insist on a new one, after a kept one has turned out to be dead.
  /// - Throws: `StreamError` or `SMTPError`; `.timedOut` when all connections stay in use until `deadline`.
  func lend(_ request: MailConnectionRequest, takesKept: Bool = true, deadline: Deadline) async throws -> Lease {
    let key = request.key
    while true {
      if isClosed { throw StreamError(.closed, peer: request.target.name, detail: "the run is over") }
      if takesKept, let session = takeIdle(key) { return Lease(session: session, key: key, isReused: true) }
      if makeRoom(for: key) { break }
      try await waitForRoom(request, until: deadline)
    }
    countByServer[Self.server(of: key), default: 0] += 1
    let session = MailSession(loop: loop)
    do {
      try await session.open(request, deadline: deadline)
    } catch {
      forget(key)
      throw error
    }
    return Lease(session: session, key: key, isReused: false)
  }

  /// Takes a connection back, to keep it or to end it.
  func release(_ lease: Lease) async {
    let session = lease.session
    if !isClosed, isWorthKeeping(session) {
      idle.append(IdleConnection(key: lease.key, session: session, expiry: .after(limits.idleTime)))
      startReaper()
      wakeNextWaiter()
    } else {
      forget(lease.key)
      await session.quit(deadline: .after(limits.farewellTime))
    }
  }

  /// Ends every kept connection; those in use end when they come back. Nothing is lent any more.
  package func close() async {
    isClosed = true
    reaper?.cancel()
    let ending = idle
    idle = []
    for connection in ending { forget(connection.key) }
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.continuation.resume(returning: .room) }
    let deadline = Deadline.after(limits.farewellTime)
    await withTaskGroup(of: Void.self) { group in
      for connection in ending { group.addTask { await connection.session.quit(deadline: deadline) } }
    }
  }

  // MARK: keeping

  private func isWorthKeeping(_ session: MailSession) -> Bool {
    // The session lives on the same loop: looking at it takes no wait.
    session.assumeIsolated { $0.isReusable && $0.mailCount < limits.mailsPerConnection }
  }

  /// The connection for `key` that was used last and is still alive.
  private func takeIdle(_ key: MailConnectionRequest.Key) -> MailSession? {
    while let index = idle.lastIndex(where: { $0.key == key }) {
      let connection = idle.remove(at: index)
      let isAlive = connection.session.assumeIsolated { $0.isReusable }
      if isAlive, !connection.expiry.hasPassed { return connection.session }
      end(connection)
    }
    return nil
  }

  /// Whether one more connection may be opened, after unused ones have gone where they stand in the way.
  private func makeRoom(for key: MailConnectionRequest.Key) -> Bool {
    let server = Self.server(of: key)
    if countByServer[server, default: 0] >= limits.perServer {
      guard let index = idle.firstIndex(where: { Self.server(of: $0.key) == server }) else { return false }
      end(idle.remove(at: index))
    }
    if countByServer.values.reduce(0, +) >= limits.total {
      guard !idle.isEmpty else { return false }
      end(idle.removeFirst())
    }
    return true
  }

  /// Says goodbye without making anybody wait for the answer.
  private func end(_ connection: IdleConnection) {
    forget(connection.key)
    let deadline = Deadline.after(limits.farewellTime)
    _ = loop.startTask { await connection.session.quit(deadline: deadline) }
  }

  private func forget(_ key: MailConnectionRequest.Key) {
    let server = Self.server(of: key)
    let left = countByServer[server, default: 0] - 1
    countByServer[server] = left > 0 ? left : nil
    wakeNextWaiter()
  }

  private static func server(of key: MailConnectionRequest.Key) -> ConnectionTarget.Endpoint {
    key.target.connectTo ?? key.target.endpoint
  }

  // MARK: time

  /// Ends connections whose time has come, as long as any is kept.
  private func startReaper() {
    guard reaper == nil else { return }
    reaper = loop.startTask { [weak self, loop] in
      while let next = await self?.endExpired() { try await loop.sleep(until: next) }
    }
  }

  /// - Returns: when to look again; nil when no connection is kept.
  private func endExpired() -> Deadline? {
    while let first = idle.first, first.expiry.hasPassed { end(idle.removeFirst()) }
    if idle.isEmpty { reaper = nil }
    return idle.first?.expiry
  }

  // MARK: waiting

  private func waitForRoom(_ request: MailConnectionRequest, until deadline: Deadline) async throws {
    let id = nextWaiterID
    nextWaiterID += 1
    let timer = loop.startTask { [weak self, loop] in
      try await loop.sleep(until: deadline)
      await self?.wake(id, .timedOut)
    }
    defer { timer.cancel() }
    let wake = await withTaskCancellationHandler {
      await wait(as: id)
    } onCancel: {
      _ = loop.startTask { [weak self] in await self?.wake(id, .cancelled) }
    }
    switch wake {
    case .room: return
    case .timedOut:
      throw StreamError(
        .timedOut, peer: request.target.name, detail: "all connections that it may have at once stay in use")
    case .cancelled: throw StreamError(.cancelled, peer: request.target.name)
    }
  }

  private func wait(as id: Int) async -> Wake {
    if Task.isCancelled { return .cancelled }
    return await withCheckedContinuation { waiters.append((id, $0)) }
  }

  private func wake(_ id: Int, _ wake: Wake) {
    guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
    waiters.remove(at: index).continuation.resume(returning: wake)
  }

  private func wakeNextWaiter() {
    guard !waiters.isEmpty else { return }
    waiters.removeFirst().continuation.resume(returning: .room)
  }
}
