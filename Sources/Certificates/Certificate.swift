import TenantBase

/// An X.509 certificate: its DER bytes, and what they say.
///
/// Texts are printable on one line: no control or direction character of the file passes. That a value of this type
/// exists says only that it could be read, nothing about trust.
package struct Certificate: Sendable {
  package let der: [UInt8]
  /// One line as in RFC 4514: `CN=mail.example.com, O=Example`; `(empty)` for an empty name.
  package let subject: String
  package let issuer: String
  /// Upper case hex without separators, at least two digits.
  package let serialNumber: String
  /// Unix seconds; the certificate is valid from this second on.
  package let notBefore: Int64
  /// Unix seconds; the last second at which it is valid.
  package let notAfter: Int64
  package let subjectAltNames: [SubjectAltName]
  /// May sign other certificates (basicConstraints, or an old self-signed version 1 root).
  package let isCA: Bool
  /// Subject and issuer are the same name.
  package let isSelfIssued: Bool
  package let publicKey: PublicKeyFacts
  /// OpenSSL's long name: `sha256WithRSAEncryption`.
  package let signatureAlgorithm: String
  /// SHA-256 of ``der``, 32 bytes.
  package let fingerprint: [UInt8]

  /// A name for which the certificate stands. Text is escaped: compare by OpenSSL, never by this.
  package enum SubjectAltName: Sendable, Hashable {
    case dns(String)
    /// `192.0.2.1` or `2001:db8::1`.
    case ip(String)
    case email(String)

    package var text: String {
      switch self {
      case .dns(let name), .ip(let name), .email(let name): name
      }
    }
  }

  package struct PublicKeyFacts: Sendable, Hashable {
    /// `RSA`, `EC prime256v1`, `ED25519`.
    package let algorithm: String
    package let bits: Int

    package var description: String { "\(algorithm), \(bits) bits" }
  }

  /// `AB:CD:…`, the SHA-256 fingerprint.
  package var fingerprintText: String { Hex.text(fingerprint, separator: ":") }

  /// - Parameter now: Unix seconds.
  package func isExpired(at now: Int64) -> Bool { now > notAfter }

  package func isNotYetValid(at now: Int64) -> Bool { now < notBefore }

  /// DNS names and addresses, in the certificate's order.
  package var hostNames: [String] {
    subjectAltNames.compactMap { name in
      switch name {
      case .dns(let text), .ip(let text): text
      case .email: nil
      }
    }
  }
}

extension Certificate: Hashable {
  /// Two certificates are the same when their bytes are.
  package static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }

  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

extension Certificate: CustomStringConvertible {
  package var description: String { subject }
}

enum Hex {
  static func text(_ bytes: [UInt8], separator: String = "") -> String {
    let digits = Array("0123456789ABCDEF")
    return bytes.map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }.joined(separator: separator)
  }
}
