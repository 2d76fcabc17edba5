import SASL
import TenantBase
import Wire

/// How a session is opened.
package struct IMAPConfiguration: Sendable {
  /// When the server is told who we are (RFC 2971).
  package enum Identification: Sendable, Equatable {
    /// Where a server is known to refuse folders without it, and where it refuses one for that reason.
    case whereNeeded
    case never
  }

  package var tls: TLSRequirement
  package var limits: IMAPLimits
  package var identification = Identification.whereNeeded
  /// ENABLE UTF8=ACCEPT where it is offered (RFC 6855): without it such a server may hide or rewrite mail with UTF-8 in
  /// its header.
  package var enablesUTF8 = true
  /// Keep a transcript for support.
  package var keepsTranscript = true

  package init(tls: TLSRequirement, limits: IMAPLimits = IMAPLimits()) {
    self.tls = tls
    self.limits = limits
  }
}

/// What a server and its connection offer for the login.
package struct IMAPLoginOffer {
  /// As offered; `LOGIN` also where the server has the LOGIN command and no mechanism for a readable password.
  package let mechanisms: [SASLMechanismName]
  package let security: StreamSecurity
  /// The connection's channel binding data by its registered name (`tls-exporter`); nil when there is none.
  package let channelBinding: (String) -> [UInt8]?
}

/// Chooses a mechanism and makes its exchange; throws when none is acceptable. Selection is not the client's business.
package typealias IMAPAuthenticator = (IMAPLoginOffer) throws(SASLError) -> any SASLExchange
