import Expressions
import MIME
import TenantBase

/// The properties of a mail receiver channel (SMTP), read into types.
///
/// Fields that may hold `${...}` are templates, evaluated for each exchange; the others are fixed for the channel.
/// Unknown keys are ignored, absent keys take SAP's documented default.
package struct MailReceiverSettings: Sendable {
  /// Property `ssl`.
  package enum Protection: String, Sendable, CaseIterable {
    case off
    case startTLSOptional = "starttls_optional"
    case startTLSMandatory = "starttls_mandatory"
    case smtps
  }

  /// Property `auth`.
  package enum Authentication: String, Sendable, CaseIterable {
    case none
    case loginPlain
    case loginEncrypted
  }

  /// One row of the attachment table.
  package struct AttachmentRow: Sendable {
    package enum Source: Sendable, Equatable {
      case body
      /// The named header's value.
      case header(String)
    }

    package let name: ExpressionTemplate
    package let mediaType: MediaType
    package let source: Source
  }

  package let channelName: String
  package let server: ServerAddress
  /// For the connection attempt, its TLS included: more than nothing, less than 5 minutes; 30 s by default.
  package let connectTimeout: Duration
  package let protection: Protection
  package let authentication: Authentication
  /// Nil exactly when authentication is none.
  package let credentialName: String?
  /// `tenant.allowPlaintextPassword`: a readable password may leave without TLS; counts with Protection off only.
  package let allowsPlaintextPassword: Bool
  package let tls: MailTLSSettings

  package let from: ExpressionTemplate
  package let to: ExpressionTemplate
  package let cc: ExpressionTemplate
  package let bcc: ExpressionTemplate
  package let subject: ExpressionTemplate
  package let body: ExpressionTemplate
  /// `text/plain` by default; real flows take it from a property, too.
  package let bodyMediaType: ExpressionTemplate
  package let bodyCharset: MailCharset
  package let transferEncoding: TransferEncodingRequest
  package let attachments: [AttachmentRow]
  /// Add Message Attachments: all attachments of the exchange join the mail.
  package let addsMessageAttachments: Bool
}
