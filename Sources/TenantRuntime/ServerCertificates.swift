import Certificates
import MailAdapters
import TenantBase
import Transport
import Wire

/// The certificates that a server shows. Looking at them sends it nothing of ours.
package struct ServerCertificates: Sendable {
  package let server: ServerAddress
  /// As sent, the server's own first; at least one.
  package let chain: [Certificate]
  /// The system's authorities vouch for the server.
  package let isTrustedAlready: Bool

  /// Of a whole look, lookup and connection included.
  private static let timeLimit: Duration = .seconds(30)

  /// - Parameter upgrade: the protocol to ask for STARTTLS; nil: by the port, else TLS at once.
  /// - Throws: `StreamError`, or a `HomeError` when the server offers no TLS.
  package static func fetch(
    from server: ServerAddress, upgrade: StartTLSProtocol?
  ) async throws -> ServerCertificates {
    let upgrade = StartTLSProtocol.choice(for: server, given: upgrade)
    let target = ConnectionTarget(
      host: server.host, port: server.port, security: upgrade == nil ? .implicitTLS : .startTLS,
      tls: TLSPolicy(trust: .system, minimumVersion: .tls12))
    let report = try await EventLoop.shared.perform {
      let deadline = Deadline.after(timeLimit)
      guard let upgrade else { return try await Connector.probeTLS(of: target, deadline: deadline) }
      let stream = try await Connector.connect(to: target, deadline: deadline)
      defer { stream.close() }
      var conversation = StartTLSConversation(upgrade, stream)
      try await conversation.lead(deadline: deadline)
      return try await stream.probeTLS(deadline: deadline)
    }
    guard let tls = report.tls, !tls.peerCertificates.isEmpty else {
      throw HomeError(.refused, Explanation("\(server) showed no certificate"))
    }
    return ServerCertificates(
      server: server, chain: tls.peerCertificates, isTrustedAlready: tls.verdict == CertificateVerdict.trusted)
  }
}
