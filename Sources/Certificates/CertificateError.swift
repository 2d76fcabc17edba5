import TenantBase

/// Why a certificate or a file of certificates cannot be used.
package struct CertificateError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    case empty
    /// Larger than ``CertificateLimits/inputBytes``, or more certificates than ``CertificateLimits/certificates``.
    case tooLarge
    /// Neither PEM, DER nor PKCS#7.
    case unknownForm
    /// The armour or its base64 is broken.
    case malformedPEM
    /// The bytes are not an X.509 certificate.
    case malformedCertificate
    case malformedPKCS7
    /// The file holds something else: a private key, a request.
    case notACertificate(CertificateFile.OtherContent)
  }

  package let kind: Kind
  /// Nil when the bytes did not come from a file.
  package let place: SourcePlace?
  /// OpenSSL's words or the exact rule.
  package let detail: String?

  package init(_ kind: Kind, place: SourcePlace? = nil, detail: String? = nil) {
    self.kind = kind
    self.place = place
    self.detail = detail
  }

  package var failureClass: FailureClass { .badInput }

  package var explanation: Explanation {
    Explanation(summary, places: place.map { [$0.description] } ?? [], cause: detail, hints: hints)
  }

  private var summary: String {
    switch kind {
    case .empty: "the file holds no certificate"
    case .tooLarge: "too large for a file of certificates"
    case .unknownForm: "not a certificate: neither PEM, DER nor PKCS#7"
    case .malformedPEM: "broken PEM"
    case .malformedCertificate: "broken certificate"
    case .malformedPKCS7: "broken PKCS#7 bundle"
    case .notACertificate(let content): "this is \(content.words), not a certificate"
    }
  }

  private var hints: [String] {
    switch kind {
    case .notACertificate(.pkcs12):
      ["take the certificates out of it: openssl pkcs12 -in FILE -nokeys -out certificates.pem"]
    case .notACertificate(.privateKey):
      ["a private key does not belong here; give the file of its certificate"]
    case .notACertificate(.request):
      ["give the certificate that the authority made from this request"]
    default: []
    }
  }
}

/// The largest inputs that are read.
package enum CertificateLimits {
  /// Bytes of one file: 6 MiB.
  package static let inputBytes = 6 << 20
  /// Certificates in one file.
  package static let certificates = 10_000
  /// Characters of a name shown.
  package static let nameCharacters = 400
  /// subjectAltNames kept of one certificate.
  package static let alternativeNames = 1_000
}
