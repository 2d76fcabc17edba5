import Certificates
import TenantBase
import Wire

extension SocketStream {
  package func startTLS(deadline: Deadline) async throws(StreamError) {
    loop.assertCurrent()
    guard !isClosed else { throw StreamError(.closed, peer: peerName) }
    guard tls == nil else { throw closing(StreamError(.tlsFailed, peer: peerName, detail: "TLS is already up")) }
    let session: TLSSession
    do {
      session = try TLSSession(policy: target.tls, identity: identity, descriptor: source.descriptor)
    } catch {
      throw closing(StreamError(.tlsFailed, peer: peerName, detail: error.words))
    }
    if let earlier = TLSResumptionCache.shared.take(resumptionKey) { session.resume(earlier) }
    tls = session
    try await shakeHands(session, deadline: deadline)
  }

  /// Makes TLS only to see the certificates, then closes. Not one byte of ours goes over it.
  ///
  /// - Returns: what the server showed, believed or not.
  /// - Throws: `StreamError` when there was no certificate to see.
  package func probeTLS(deadline: Deadline) async throws(StreamError) -> ConnectionReport {
    do {
      try await startTLS(deadline: deadline)
    } catch {
      guard error.kind == .certificateRefused, tlsReport?.peerCertificates.isEmpty == false else { throw error }
      return report
    }
    let result = report
    close()
    return result
  }

  private func shakeHands(_ session: TLSSession, deadline: Deadline) async throws(StreamError) {
    let start = ContinuousClock.now
    while true {
      source.readable.forgetWake()
      switch session.handshake() {
      case .done:
        tlsReport = TLSReport(session, duration: start.duration(to: .now), verdict: .trusted)
        return
      case .wouldBlock:
        try await wait(source.readable, until: deadline, step: "the TLS handshake was not finished in time")
      case .ended: throw closing(handshakeError(.endOfStream, session))
      case .failed(let failure):
        let error = handshakeError(failure, session)
        if failure == .refused { noteRefusal(session, error, duration: start.duration(to: .now)) }
        throw closing(error)
      }
    }
  }

  /// Keeps what the server showed: the session ends with the stream.
  private func noteRefusal(_ session: TLSSession, _ error: StreamError, duration: Duration) {
    let verdict = CertificateVerdict.refused(
      reason: error.detail ?? "it could not be verified", hints: error.hints,
      isUnknownAuthority: session.refusal?.isUnknownAuthority ?? false)
    tlsReport = TLSReport(session, duration: duration, verdict: verdict)
    tlsReport?.peerCertificates = session.peerCertificates
  }

  private func refusalHints(_ session: TLSSession) -> [String] {
    let connected = (target.connectTo ?? target.endpoint).description
    return session.refusal?.hints(peer: connected, leaf: session.peerCertificates.first) ?? []
  }

  private func handshakeError(_ failure: TLSFailure, _ session: TLSSession) -> StreamError {
    switch failure {
    case .refused:
      StreamError(
        .certificateRefused, peer: peerName, detail: session.refusal?.words(host: identity.name),
        hints: refusalHints(session))
    case .notTLS:
      StreamError(.tlsFailed, peer: peerName, detail: plainTextWords)
    case .nothingInCommon(let words):
      StreamError(
        .tlsFailed, peer: peerName,
        detail: "the server accepts nothing from \(target.tls.minimumVersion.text) on (\(words))")
    case .endOfStream:
      StreamError(.closedByPeer, peer: peerName, detail: "during the TLS handshake")
    case .system(let code):
      StreamError(.closedByPeer, peer: peerName, detail: "during the TLS handshake: \(SystemWords.text(code))")
    case .wantsClientCertificate, .other: failure.streamError(peer: peerName)
    }
  }

  private var plainTextWords: String {
    target.security == .implicitTLS
      ? "the server answered in plain text; is this port for STARTTLS?"
      : "the server agreed to TLS and then answered in plain text"
  }

  // MARK: Resumption

  private var resumptionKey: TLSResumptionCache.Key {
    .init(endpoint: target.endpoint, connectTo: target.connectTo, policy: target.tls)
  }

  /// On closing: what a later connection to the same peer may resume.
  func keepResumption() {
    guard let tls, tls.isEstablished, let session = tls.resumption(), let leaf = tls.peerCertificate else {
      return
    }
    TLSResumptionCache.shared.store(session, for: resumptionKey, certificateEnd: leaf.notAfter)
  }
}

extension TLSReport {
  /// Without the certificates: a connection that waits for hours need not hold them twice.
  fileprivate init(_ session: TLSSession, duration: Duration, verdict: CertificateVerdict) {
    self.init(
      duration: duration, version: session.version, cipher: session.cipher, peerCertificates: [], verdict: verdict,
      isResumed: session.isResumed)
  }
}
