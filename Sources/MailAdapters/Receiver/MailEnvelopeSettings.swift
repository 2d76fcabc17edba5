import Expressions
import FlowModel
import SMTP
import TenantBase

/// What a channel says of the envelope, beside the recipients.
package struct MailEnvelopeSettings: Sendable {
  /// Who gets the bounces.
  package enum Sender: Sendable {
    /// The first address of From.
    case author
    /// One address; `<>` for nobody.
    case template(ExpressionTemplate)
  }

  package let sender: Sender
  /// When the sender wants a delivery report; nil leaves it to the server.
  package let notifications: DeliveryNotifications?
  /// How much of the mail a report returns; nil leaves it to the server.
  package let returnedContent: SMTPEnvelope.ReturnedContent?
  /// What becomes of a mail whose outcome nobody knows; for mails that a source message causes.
  package let onDoubt: DoubtPolicy

  /// Key `tenant.onDoubt`.
  package enum DoubtPolicy: String, Sendable, CaseIterable {
    /// The same bytes with the same Message-ID leave again: nothing is lost, and one may arrive twice.
    case resend
    /// A person decides: nothing arrives twice.
    case hold
  }

  /// Key `tenant.dsn.return`.
  private enum Return: String, CaseIterable {
    case full, headers
  }

  init(_ reader: inout ChannelReader) {
    sender = reader.lineTemplate(.envelopeFrom).map { .template($0) } ?? .author
    notifications = Self.notifications(&reader)
    returnedContent = reader.choice(.dsnReturn, of: Return.self).map { $0 == .full ? .full : .headers }
    onDoubt = reader.choice(.onDoubt, default: DoubtPolicy.resend)
  }

  /// `never`, or a list of `success`, `failure` and `delay`.
  private static func notifications(_ reader: inout ChannelReader) -> DeliveryNotifications? {
    guard let text = reader.fixedText(.dsnNotify) else { return nil }
    let words = text.split(separator: ",").map { BlankText.trimmed($0).lowercased() }
    if words == ["never"] { return .never }
    let allowed = ["success", "failure", "delay"]
    guard !words.isEmpty, words.allSatisfy(allowed.contains) else {
      reader.report(
        .error, .wrong, .dsnNotify,
        "is wrong: '\(PrintableText.escaping(text))' is neither never nor a list of \(allowed.joined(separator: ", "))")
      return nil
    }
    return .on(
      success: words.contains("success"), failure: words.contains("failure"), delay: words.contains("delay"))
  }
}
