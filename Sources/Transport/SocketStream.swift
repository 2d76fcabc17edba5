import Crypto
import Glibc
import TenantBase
import Wire

/// A TCP connection on an event loop, in the clear or under TLS.
///
/// Belongs to its loop: whoever uses it runs there. One read and one write may wait at the same time, never two of a
/// kind. Letting go of it closes it.
package final class SocketStream: ByteStream {
  package let target: ConnectionTarget
  package let loop: EventLoop
  let identity: PeerIdentity
  let source: SocketSource
  var tls: TLSSession?
  private var facts: ConnectionReport
  /// Of a handshake that is over, well or badly.
  var tlsReport: TLSReport?
  private var stepsWithoutWait = 0

  /// So many reads or writes in a row that found work at once let other connections have a turn.
  private static let stepsPerTurn = 32

  init(source: SocketSource, target: ConnectionTarget, identity: PeerIdentity, report: ConnectionReport) {
    self.source = source
    self.target = target
    self.identity = identity
    loop = source.loop
    facts = report
  }

  deinit {
    guard !source.isClosed else { return }
    let (source, tls) = (LoopBound(source), LoopBound(tls))
    loop.execute {
      tls.value?.sendCloseNotify()
      source.value.close()
    }
  }

  package var peerName: String { target.name }

  package var isClosed: Bool { source.isClosed }

  package var security: StreamSecurity {
    guard let tls, tls.isEstablished else { return .plaintext }
    return .tls(version: tls.version, cipher: tls.cipher, isVerified: true)
  }

  package func channelBinding(_ kind: ChannelBindingKind) -> [UInt8]? { tls?.channelBinding(kind) }

  /// Still connected, and the peer has sent nothing that is unread: a connection kept for reuse can be used. One that the
  /// peer ended meanwhile, or that holds a farewell (`421`, `* BYE`), cannot.
  package var isQuiet: Bool {
    guard !isClosed else { return false }
    loop.assertCurrent()
    return (tls?.peek() ?? source.peek()) == .wouldBlock
  }

  /// How the connection came to be.
  package var report: ConnectionReport {
    var report = facts
    report.tls = tlsReport
    if let tls, !isClosed { report.tls?.peerCertificates = tls.peerCertificates }
    return report
  }

  package func read(into buffer: inout [UInt8], atMost limit: Int, deadline: Deadline) async throws(StreamError)
    -> Int
  {
    guard limit > 0 else { return 0 }
    while true {
      try await takeTurn()
      source.readable.forgetWake()
      let space = UnsafeMutableRawBufferPointer(rebasing: loop.scratch.prefix(limit))
      switch tls?.read(into: space) ?? source.receive(into: space) {
      case .done(let count):
        buffer.append(contentsOf: space.prefix(count))
        return count
      case .ended: return 0
      case .failed(let failure): throw closing(failure.streamError(peer: peerName))
      case .wouldBlock: try await waitToRead(until: deadline)
      }
    }
  }

  package func write(_ bytes: [UInt8], deadline: Deadline) async throws(StreamError) {
    var position = 0
    while position < bytes.count {
      try await takeTurn()
      source.writable.forgetWake()
      let outcome = bytes.withUnsafeBytes { offer(UnsafeRawBufferPointer(rebasing: $0[position...])) }
      position += try await written(outcome, deadline: deadline)
    }
  }

  package func write(secret: borrowing SecretBytes, deadline: Deadline) async throws(StreamError) {
    var position = 0
    while position < secret.count {
      try await takeTurn()
      source.writable.forgetWake()
      let outcome = secret.withBytes { offer(UnsafeRawBufferPointer(rebasing: $0[position...])) }
      position += try await written(outcome, deadline: deadline)
    }
  }

  package func close() {
    guard !source.isClosed else { return }
    loop.assertCurrent()
    tls?.sendCloseNotify()
    keepResumption()
    source.close()
    tls = nil
  }
}

// MARK: Steps

extension SocketStream {
  private func offer(_ bytes: UnsafeRawBufferPointer) -> TLSSession.Outcome {
    tls?.write(bytes) ?? source.send(bytes)
  }

  /// The number of bytes that went out; 0 after a wait.
  private func written(_ outcome: TLSSession.Outcome, deadline: Deadline) async throws(StreamError) -> Int {
    switch outcome {
    case .done(let count): return count
    case .wouldBlock:
      try await wait(source.writable, until: deadline, step: "the peer takes no more data")
      return 0
    case .ended: throw closing(StreamError(.closedByPeer, peer: peerName))
    case .failed(.endOfStream): throw closing(StreamError(.closedByPeer, peer: peerName))
    case .failed(let failure): throw closing(failure.streamError(peer: peerName))
    }
  }

  /// Before each step: still open, still wanted, and others had a turn.
  private func takeTurn() async throws(StreamError) {
    loop.assertCurrent()
    guard !source.isClosed else { throw StreamError(.closed, peer: peerName) }
    guard !Task.isCancelled else { throw closing(StreamError(.cancelled, peer: peerName)) }
    stepsWithoutWait += 1
    guard stepsWithoutWait > Self.stepsPerTurn else { return }
    stepsWithoutWait = 0
    await Task.yield()
    guard !source.isClosed else { throw StreamError(.closed, peer: peerName) }
  }

  /// A read that timed out leaves the stream as it was.
  private func waitToRead(until deadline: Deadline) async throws(StreamError) {
    stepsWithoutWait = 0
    switch await source.readable.wait(until: deadline) {
    case .ready: return
    case .timedOut: throw StreamError(.timedOut, peer: peerName, detail: "nothing arrived within the time limit")
    case .cancelled: throw closing(StreamError(.cancelled, peer: peerName))
    case .closed: throw StreamError(.closed, peer: peerName)
    }
  }

  /// - Parameter step: what was not done in time, for the error.
  func wait(_ slot: WaitSlot, until deadline: Deadline, step: String) async throws(StreamError) {
    stepsWithoutWait = 0
    switch await slot.wait(until: deadline) {
    case .ready:
      guard !source.isClosed else { throw StreamError(.closed, peer: peerName) }
    case .timedOut: throw closing(StreamError(.timedOut, peer: peerName, detail: step))
    case .cancelled: throw closing(StreamError(.cancelled, peer: peerName))
    case .closed: throw StreamError(.closed, peer: peerName)
    }
  }

  /// Closes the stream and gives the error back, to be thrown.
  func closing(_ error: StreamError) -> StreamError {
    close()
    return error
  }
}

extension SocketSource {
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> TLSSession.Outcome {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .done(count) }
      if count == 0 { return .ended }
      if errno != EINTR { return failure(errno) }
    }
  }

  func peek() -> TLSSession.Outcome {
    var byte: UInt8 = 0
    let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK))
    return count > 0 ? .done(count) : count == 0 ? .ended : failure(errno)
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> TLSSession.Outcome {
    while true {
      let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .done(count) }
      if errno != EINTR { return failure(errno) }
    }
  }

  private func failure(_ code: Int32) -> TLSSession.Outcome {
    code == EAGAIN || code == EWOULDBLOCK ? .wouldBlock : .failed(.system(code))
  }
}
