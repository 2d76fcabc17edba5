import COpenSSL
import Certificates
import TenantBase

/// Which rule a peer's certificate breaks.
struct TLSRefusal: Equatable {
  /// `X509_V_ERR_…`, or ``pinMismatch``.
  let code: Int32
  /// 0 is the peer's own certificate.
  let depth: Int
  /// The one that breaks the rule.
  let certificate: Certificate?

  /// Ours: no certificate of the chain is among the pins.
  static let pinMismatch: Int32 = -1

  /// Trusting the certificate would mend it.
  var isUnknownAuthority: Bool {
    [
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
    ].contains(code)
  }

  /// In plain words: the rule, and the certificate by its subject.
  ///
  /// - Parameter host: the name that was looked for.
  func words(host: String) -> String {
    let subject = certificate?.subject ?? "a certificate of the chain"
    switch code {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "\(subject) expired on \(certificate.map { CertificateDate.day($0.notAfter) } ?? "an unknown day")"
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "\(subject) is valid only from \(certificate.map { CertificateDate.day($0.notBefore) } ?? "later") on"
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: return nameWords(host: host)
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "\(subject) is self-signed and not known here"
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return "its authority '\(subject)' is not known here"
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "its authority '\(certificate?.issuer ?? "unknown")' is not known here"
    case X509_V_ERR_INVALID_PURPOSE: return "\(subject) is not made for a TLS server (extended key usage)"
    case X509_V_ERR_INVALID_CA, X509_V_ERR_INVALID_NON_CA, X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return "\(subject) signed another certificate and is no authority"
    case Self.pinMismatch: return "no certificate of its chain is pinned for this connection"
    default: return strengthWords(subject) ?? systemWords(subject)
    }
  }

  private func nameWords(host: String) -> String {
    let names = certificate?.hostNames ?? []
    guard !names.isEmpty else {
      return "the certificate (\(certificate?.subject ?? "unknown")) has no subjectAltName; "
        + "a name in its subject does not count (RFC 9525), and so it is not for \(host)"
    }
    let shown = names.prefix(8).joined(separator: ", ")
    let more = names.count > 8 ? " and \(names.count - 8) more" : ""
    return "the certificate is for \(shown)\(more) and not for \(host)"
  }

  private func strengthWords(_ subject: String) -> String? {
    switch code {
    case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL:
      "the key of \(subject) is too weak (\(certificate?.publicKey.description ?? "unknown"))"
    case X509_V_ERR_CA_MD_TOO_WEAK:
      "the signature of \(subject) is too weak (\(certificate?.signatureAlgorithm ?? "unknown"))"
    case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION:
      "the authority of \(subject) may not certify that name (name constraint)"
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: "the signature of \(subject) is wrong"
    case X509_V_ERR_CERT_REVOKED: "\(subject) is revoked"
    default: nil
    }
  }

  private func systemWords(_ subject: String) -> String {
    "\(subject): \(X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)")"
  }

  /// - Parameter peer: `host:port`, as the person would write it.
  func hints(peer: String, leaf: Certificate?) -> [String] {
    switch code {
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      return ["see whether the Address is the name that the server has its certificate for"]
    case X509_V_ERR_CERT_HAS_EXPIRED: return ["whoever runs \(peer) has to renew the certificate"]
    case X509_V_ERR_CERT_NOT_YET_VALID: return ["compare this machine's clock: date -u"]
    default: break
    }
    guard isUnknownAuthority else { return [] }
    let shown = leaf.map { " (its SHA-256 is \($0.fingerprintText))" } ?? ""
    return [
      "compare the fingerprint\(shown), then trust it: "
        + "tenant import-certificate --from-server \(peer) --alias NAME"
    ]
  }
}
