import SASL
import SMTP
import TenantBase
import Transport
import Wire

/// The connection that a mail wants: to where, how protected, as whom.
struct MailConnectionRequest: Sendable {
  let target: ConnectionTarget
  let requirement: TLSRequirement
  let clientName: SMTPClientName
  /// Nil when nobody logs in.
  let login: MailLogin?
  /// For the connection attempt, its TLS included.
  let connectTimeout: Duration

  /// What two mails must agree in to share a connection: everything but the time limit.
  struct Key: Hashable, Sendable {
    /// Address, connect-to, TLS policy with trust, its generation, and pins.
    let target: ConnectionTarget
    let requirement: String
    let clientName: String
    let login: LoginKey?
  }

  struct LoginKey: Hashable, Sendable {
    let style: String
    let credentialName: String
    let credentialVersion: UInt64
    let user: String
    let authorizationID: String?
    let allowsPlaintextPassword: Bool
    let needsVerifiedTLS: Bool
  }

  var key: Key {
    Key(
      target: target, requirement: "\(requirement)", clientName: clientName.text,
      login: login.map { login in
        LoginKey(
          style: login.style.name, credentialName: login.credential.name, credentialVersion: login.credential.version,
          user: login.credential.user, authorizationID: login.authorizationID,
          allowsPlaintextPassword: login.allowsPlaintextPassword, needsVerifiedTLS: login.needsVerifiedTLS)
      })
  }
}
