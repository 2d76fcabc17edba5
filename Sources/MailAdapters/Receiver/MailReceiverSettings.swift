import Expressions
import FlowModel
import TenantBase

/// The properties of a mail receiver channel (SMTP), read into types.
///
/// Parameters have been replaced already. Fields that may hold `${...}` are templates, evaluated for each exchange; the
/// others are fixed for the channel. Unknown keys are ignored, absent keys take SAP's documented default.
package struct MailReceiverSettings: Sendable {
  /// How the connection is protected, property `ssl`.
  package enum Protection: String, Sendable, CaseIterable {
    case off
    case startTLSOptional = "starttls_optional"
    case startTLSMandatory = "starttls_mandatory"
    case smtps
  }

  /// How to log in, property `auth`.
  package enum Authentication: String, Sendable, CaseIterable {
    case none
    case loginPlain
    case loginEncrypted
  }

  /// One row of the attachment table.
  package struct AttachmentRow: Sendable {
    package enum Source: Sendable {
      case body
      /// The named header's value.
      case header(String)
    }

    package let name: Template
    package let mediaType: String
    package let source: Source
  }

  package let channelName: String
  package let server: ServerAddress
  /// For the connection attempt; 1 ms to 5 minutes, 30 s by default.
  package let connectTimeout: Duration
  package let protection: Protection
  package let authentication: Authentication
  /// Nil exactly when authentication is none.
  package let credentialName: String?
  /// `tenant.allowPlaintextPassword`: lets a readable password leave without TLS, with Protection off only.
  package let allowsPlaintextPassword: Bool
  package let tls: MailTLSSettings

  package let from: Template
  package let to: Template
  package let cc: Template
  package let bcc: Template
  package let subject: Template
  package let body: Template
  /// Lower case, such as `text/plain`; may come from a property.
  package let bodyMediaType: Template
  /// As documented: UTF-8, windows-1252, UTF-ASCII (a name only SAP uses, for US-ASCII), ISO-8859-1.
  package let bodyCharset: String
  package let transferEncoding: String
  package let attachments: [AttachmentRow]
  /// Add Message Attachments: all attachments of the exchange join the mail.
  package let keepsMessageAttachments: Bool
}
