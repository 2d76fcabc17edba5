import SASL
import TenantBase
import Transport
import Wire

/// How a connection is protected and who is logged in, for the report.
struct MailConnectionFacts: Sendable, Equatable {
  var protection: String
  /// Empty when nobody is.
  var login: String
  var notes: [String]

  init(protection: String, login: String, notes: [String]) {
    self.protection = protection
    self.login = login
    self.notes = notes
  }

  init(of stream: SocketStream, _ security: ConnectionSecurity, _ login: MailLogin?, _ selection: SASLSelection?) {
    var protection = "no TLS"
    if case .tls(let version, _, let isVerified) = stream.security {
      let start = security == .startTLS ? "STARTTLS" : "implicit TLS"
      protection = "\(start), \(version), \(isVerified ? "verified" : "not verified")"
    }
    self.init(protection: protection, login: "", notes: [])
    guard let login, let selection else { return }
    let asWhom = login.authorizationID.map { " for \(PrintableText.escaping($0))" } ?? ""
    self.login = "\(selection.mechanism.rawValue) as \(PrintableText.escaping(login.credential.user))\(asWhom)"
    notes = selection.weakness.map { [$0.message] } ?? []
  }
}
