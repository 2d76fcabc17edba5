import Glibc
import TenantBase
import Wire

/// Opens connections. Runs on the event loop of its caller: an ``EventLoopActor``, or work given to
/// ``EventLoop/perform(_:)``.
package enum Connector {
  /// Looks the name up, connects to the first address that answers, and makes TLS where the target wants it at once.
  ///
  /// - Parameters:
  ///   - deadline: of all steps together.
  ///   - loop: the one that the caller runs on; being elsewhere is our own bug and traps.
  /// - Throws: `StreamError`, naming the step and the addresses tried.
  package static func connect(
    to target: ConnectionTarget, deadline: Deadline, on loop: EventLoop = .shared
  ) async throws(StreamError) -> SocketStream {
    let stream = try await openPlain(to: target, deadline: deadline, on: loop)
    if target.security == .implicitTLS { try await stream.startTLS(deadline: deadline) }
    return stream
  }

  /// Makes a TLS connection only to see its certificates, and closes it. Not one byte of ours goes over it.
  ///
  /// For servers with STARTTLS: connect, talk the protocol up to the server's consent, then
  /// ``SocketStream/probeTLS(deadline:)``.
  /// - Returns: what the server showed, believed or not.
  /// - Throws: `StreamError` when there was no certificate to see.
  package static func probeTLS(
    of target: ConnectionTarget, deadline: Deadline, on loop: EventLoop = .shared
  ) async throws(StreamError) -> ConnectionReport {
    let stream = try await openPlain(to: target, deadline: deadline, on: loop)
    return try await stream.probeTLS(deadline: deadline)
  }

  private static func openPlain(
    to target: ConnectionTarget, deadline: Deadline, on loop: EventLoop
  ) async throws(StreamError) -> SocketStream {
    loop.assertCurrent()
    guard let identity = PeerIdentity(host: target.host) else { throw unusableName(target) }
    var report = ConnectionReport()
    let start = ContinuousClock.now
    let addresses = try await resolve(target, deadline: deadline, on: loop)
    report.addresses = addresses.map(\.text)
    let resolved = ContinuousClock.now
    report.nameDuration = start.duration(to: resolved)
    let attempts = ConnectionAttempts(addresses, loop: loop, peer: target.name)
    let (source, address) = try await attempts.firstConnected(deadline: deadline)
    report.connectedAddress = address.text
    report.connectDuration = resolved.duration(to: .now)
    return SocketStream(source: source, target: target, identity: identity, report: report)
  }

  private static func resolve(
    _ target: ConnectionTarget, deadline: Deadline, on loop: EventLoop
  ) async throws(StreamError) -> [SocketAddress] {
    let endpoint = target.connectTo ?? target.endpoint
    if let literal = SocketAddress.literal(endpoint.host, port: endpoint.port) { return literal }
    guard let name = PeerIdentity(host: endpoint.host)?.name else { throw unusableName(target) }
    let (result, wake) = await BlockingWork.run(on: loop, until: deadline) {
      () -> Result<[SocketAddress], NameResolution.Failure> in
      do throws(NameResolution.Failure) {
        return .success(try NameResolution.lookUp(name, port: endpoint.port, flags: 0))
      } catch {
        return .failure(error)
      }
    }
    switch (wake, result) {
    case (.cancelled, _): throw StreamError(.cancelled, peer: target.name)
    case (.closed, _): throw StreamError(.closed, peer: target.name)
    case (.timedOut, nil), (.ready, nil):
      throw StreamError(.timedOut, peer: target.name, detail: "no answer to the name lookup of \(name)")
    case (_, .success(let addresses)?):
      return SocketAddress.takingTurns(addresses)
    case (_, .failure(let failure)?):
      throw StreamError(.unknownHost, peer: target.name, detail: "\(name): \(failure.words)")
    }
  }

  private static func unusableName(_ target: ConnectionTarget) -> StreamError {
    let isForeign = target.host.utf8.contains { $0 >= 0x80 }
    let detail =
      isForeign
      ? "host names outside ASCII are not looked up; write the name in its ASCII form (xn--...)"
      : "not a host name"
    return StreamError(.unknownHost, peer: target.name, detail: detail)
  }
}
