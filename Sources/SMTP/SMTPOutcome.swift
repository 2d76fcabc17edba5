import MIME
import TenantBase

/// What became of a mail, recipient by recipient.
package struct SMTPOutcome: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    /// The server has taken responsibility (RFC 5321 section 4.2.5).
    case accepted(SMTPReply)
    /// For good: repeating changes nothing.
    case refused(SMTPReply)
    /// For now: a later attempt may succeed.
    case refusedForNow(SMTPReply)
    /// The end of the data was sent and no usable answer came: the server may have taken the mail or not (RFC 1047).
    /// Not simply to be repeated.
    case inDoubt(reason: String)

    package var reply: SMTPReply? {
      switch self {
      case .accepted(let reply), .refused(let reply), .refusedForNow(let reply): reply
      case .inDoubt: nil
      }
    }
  }

  package struct RecipientOutcome: Sendable, Equatable {
    package let address: MailAddress
    package let outcome: Outcome
  }

  package enum Note: Sendable, Equatable {
    /// Delivery reports were asked for and the server has no DSN.
    case deliveryReportsNotOffered
  }

  /// In the envelope's order.
  package let recipients: [RecipientOutcome]
  /// The answer to the end of the data; nil when none came or no data was sent.
  package let finalReply: SMTPReply?
  package let notes: [Note]
  /// Whether the next mail can go over the same connection.
  package let isConnectionUsable: Bool

  package var acceptedCount: Int {
    recipients.count { if case .accepted = $0.outcome { true } else { false } }
  }

  /// How the mail as a whole ended; nil when every recipient was accepted.
  ///
  /// A mail that reached anybody is never `.temporary`: repeating it as a whole would send it twice.
  package var failureClass: FailureClass? {
    var classes: [FailureClass] = []
    for recipient in recipients {
      switch recipient.outcome {
      case .accepted: break
      case .refused(let reply): classes.append(reply.failureClass)
      case .refusedForNow: classes.append(acceptedCount > 0 ? .permanent : .temporary)
      case .inDoubt: classes.append(.outcomeUnknown)
      }
    }
    return [.outcomeUnknown, .refused, .permanent, .temporary].first(where: classes.contains)
  }
}
