import MIME
import TenantBase

/// Who gets a mail, and who gets its bounces. Independent of the mail's header.
package struct SMTPEnvelope: Sendable, Equatable {
  /// nil: the empty path `<>`, so that nothing ever bounces.
  package var sender: MailAddress?
  /// At least one; each address once is the caller's business.
  package var recipients: [SMTPRecipient]
  /// What a delivery report returns; nil leaves it to the server (RFC 3461 section 4.3).
  package var returnedContent: ReturnedContent?
  /// Comes back in delivery reports; printable ASCII, up to 100 characters (RFC 3461 section 4.4).
  package var envelopeID: String?

  package enum ReturnedContent: String, Sendable {
    case full = "FULL"
    case headers = "HDRS"
  }

  package init(sender: MailAddress?, recipients: [SMTPRecipient]) {
    self.sender = sender
    self.recipients = recipients
  }

  /// Whether anything asks for a delivery report.
  package var asksForDeliveryReports: Bool {
    returnedContent != nil || envelopeID != nil
      || recipients.contains { $0.notifications != nil || $0.originalRecipient != nil }
  }
}

package struct SMTPRecipient: Sendable, Equatable {
  package var address: MailAddress
  /// When the sender wants a report (RFC 3461 section 4.1); nil leaves it to the server.
  package var notifications: DeliveryNotifications?
  /// The address before any forwarding (RFC 3461 section 4.2).
  package var originalRecipient: MailAddress?

  package init(_ address: MailAddress) { self.address = address }
}

package enum DeliveryNotifications: Sendable, Equatable {
  case never
  /// At least one of them.
  case on(success: Bool, failure: Bool, delay: Bool)

  var parameterValue: String {
    switch self {
    case .never: return "NEVER"
    case .on(let success, let failure, let delay):
      let names = [success ? "SUCCESS" : nil, failure ? "FAILURE" : nil, delay ? "DELAY" : nil].compactMap { $0 }
      return names.isEmpty ? "NEVER" : names.joined(separator: ",")
    }
  }
}
