import Certificates
import TenantBase
import Wire

/// How a connection came to be, for messages and for `test-connection`.
package struct ConnectionReport: Sendable {
  /// All addresses of the name, in the order of trying.
  package var addresses: [String] = []
  /// The one that answered.
  package var connectedAddress: String?
  package var nameDuration: Duration = .zero
  package var connectDuration: Duration = .zero
  /// Nil before TLS.
  package var tls: TLSReport?
}

/// What is known of a handshake, also of one that failed.
package struct TLSReport: Sendable {
  package var duration: Duration
  /// `TLS 1.3`.
  package var version: String
  /// As OpenSSL names it.
  package var cipher: String
  /// As the peer sent them, its own first.
  package var peerCertificates: [Certificate]
  package var verdict: CertificateVerdict
  package var isResumed: Bool
}

/// Whether a peer's certificate is believed.
package enum CertificateVerdict: Sendable, Equatable {
  case trusted
  /// `isUnknownAuthority` when trusting the certificate would mend it.
  case refused(reason: String, hints: [String], isUnknownAuthority: Bool)
}
