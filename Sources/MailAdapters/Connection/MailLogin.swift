import IMAP
import SASL
import SMTP
import TenantBase
import Wire

/// Who logs in, and under which rules.
struct MailLogin: Sendable {
  let style: LoginStyle
  let credential: MailCredential
  let authorizationID: String?
  let allowsPlaintextPassword: Bool
  /// The connection was sent elsewhere for a test: no credential leaves without verified TLS, whatever the channel says.
  let needsVerifiedTLS: Bool

  /// The strongest mechanism that the rules allow and the server offers.
  func select(from offer: SMTPLoginOffer, requirement: TLSRequirement) throws(SASLError) -> SASLSelection {
    try select(offer.mechanisms, offer.security, requirement, channelBinding: offer.channelBinding)
  }

  func select(from offer: IMAPLoginOffer, requirement: TLSRequirement) throws(SASLError) -> SASLSelection {
    try select(offer.mechanisms, offer.security, requirement, channelBinding: offer.channelBinding)
  }

  private func select(
    _ mechanisms: [SASLMechanismName], _ security: StreamSecurity, _ requirement: TLSRequirement,
    channelBinding: (String) -> [UInt8]?
  ) throws(SASLError) -> SASLSelection {
    if needsVerifiedTLS, !security.isVerifiedTLS {
      throw SASLError(
        .passwordWouldBeReadable,
        detail: "a connection that --connect-to sends elsewhere gets no credential without verified TLS")
    }
    var bindings: [SASL.ChannelBindingKind: [UInt8]] = [:]
    for kind in SASL.ChannelBindingKind.preferred { bindings[kind] = channelBinding(kind.rawValue) }
    let protection: LoginProtection =
      security.isVerifiedTLS ? .verifiedTLS : requirement == .off ? .off : .optionalWithoutTLS
    let policy = SASLPolicy(
      style: style, protection: protection, allowsPlaintextPassword: allowsPlaintextPassword,
      channelBindings: bindings)
    return try policy.select(from: mechanisms)
  }

  var credentials: SASLCredentials {
    SASLCredentials(userName: credential.user, authorizationID: authorizationID, password: credential.password)
  }
}
