import SASL
import TenantBase
import Wire

/// How a session is opened.
package struct SMTPConfiguration: Sendable {
  package var clientName: SMTPClientName
  package var tls: TLSRequirement
  package var limits: SMTPLimits
  /// BDAT where the server offers CHUNKING (RFC 3030); DATA, which every server has, is the default.
  package var prefersChunking = false
  /// Keep a transcript for support.
  package var keepsTranscript = true

  package init(clientName: SMTPClientName, tls: TLSRequirement, limits: SMTPLimits = SMTPLimits()) {
    self.clientName = clientName
    self.tls = tls
    self.limits = limits
  }
}

/// What a server and its connection offer for the login.
package struct SMTPLoginOffer {
  package let mechanisms: [SASLMechanismName]
  package let security: StreamSecurity
  /// The connection's channel binding data by its registered name (`tls-exporter`); nil when there is none.
  package let channelBinding: (String) -> [UInt8]?
}

/// Chooses a mechanism and makes its exchange; throws when none is acceptable. Selection is not the client's business.
package typealias SMTPAuthenticator = (SMTPLoginOffer) throws(SASLError) -> any SASLExchange
