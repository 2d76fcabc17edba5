import MIME
import SMTP

/// A mail ready to leave: its bytes, and who gets it.
struct ComposedMail: Sendable {
  let mail: OutgoingMail
  let envelope: SMTPEnvelope
  /// Of the journal; nil for a mail that is not in it.
  var deliveryToken: String?
  /// What the person should know: characters that the charset does not have.
  let notes: [String]
}
