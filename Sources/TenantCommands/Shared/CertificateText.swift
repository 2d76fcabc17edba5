import Artifacts
import Certificates
import Keystore
import System
import TenantBase
import TenantRuntime

/// Certificates as people and programs read them.
enum CertificateText {
  /// The alias and the facts by which a person decides; each line ends in a line feed.
  static func lines(_ candidate: CertificateImport.Candidate) -> String {
    let notes =
      switch candidate.standing {
      case .new: ""
      case .present: "   (in the keystore already)"
      case .expired: "   (expired)"
      }
    return "\(PrintableText.escaping(candidate.alias.text))\(notes)\n" + indented(facts(candidate.certificate))
  }

  /// Subject, issuer, validity and fingerprint, in rows of two columns.
  static func facts(_ certificate: Certificate, now: WallTime = .now) -> [[String]] {
    var rows = [
      ["subject", certificate.subject],
      ["issuer", certificate.isSelfIssued ? "\(certificate.issuer) (itself)" : certificate.issuer],
      ["valid", validity(of: certificate, now: now)],
    ]
    if !certificate.hostNames.isEmpty {
      rows.append(["names", certificate.hostNames.prefix(20).joined(separator: ", ")])
    }
    rows.append(["authority", certificate.isCA ? "yes" : "no: it vouches for itself alone"])
    rows.append(["SHA-256", certificate.fingerprintText])
    return rows
  }

  static func validity(of certificate: Certificate, now: WallTime = .now) -> String {
    let days = "\(CertificateDate.day(certificate.notBefore)) to \(CertificateDate.day(certificate.notAfter))"
    if certificate.isExpired(at: now.seconds) { return "\(days), EXPIRED" }
    if certificate.isNotYetValid(at: now.seconds) { return "\(days), not yet valid" }
    return days
  }

  static func json(_ candidate: CertificateImport.Candidate) -> JSONValue {
    guard case .object(let facts) = json(candidate.certificate) else { return .null }
    return .object(
      [
        JSONValue.Member("alias", .string(candidate.alias.text)), JSONValue.Member("origin", .string(candidate.origin)),
        JSONValue.Member("imported", .bool(candidate.standing != .present)),
      ] + facts)
  }

  static func json(_ certificate: Certificate) -> JSONValue {
    [
      "subject": .string(certificate.subject), "issuer": .string(certificate.issuer),
      "serialNumber": .string(certificate.serialNumber),
      "validFrom": .string(CertificateDate.timestamp(certificate.notBefore)),
      "validUntil": .string(CertificateDate.timestamp(certificate.notAfter)),
      "names": .strings(certificate.hostNames), "isAuthority": .bool(certificate.isCA),
      "publicKey": .string(certificate.publicKey.description),
      "signatureAlgorithm": .string(certificate.signatureAlgorithm), "sha256": .string(certificate.fingerprintText),
    ]
  }

  static func indented(_ rows: [[String]]) -> String {
    Table.text(rows).split(separator: "\n").map { "  \($0)\n" }.joined()
  }

  /// What a server showed, and which of it is offered for import.
  static func chainLines(_ shown: ServerCertificates) -> [String] {
    var lines = ["\(shown.server) shows:"]
    for certificate in shown.chain {
      lines.append("  \(certificate.subject), by \(certificate.isSelfIssued ? "itself" : certificate.issuer)")
    }
    switch shown.chain.count {
    case 1 where shown.chain.first?.isSelfIssued == true: lines.append("it shows one certificate, signed by itself")
    case 1: lines.append("it shows its own certificate alone: trusting that one is good until the server renews it")
    default: lines.append("the topmost one is taken: it vouches for those before it")
    }
    if shown.isTrustedAlready { lines.append("the authorities of this system vouch for this server already") }
    return lines
  }
}
