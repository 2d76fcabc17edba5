import MIME
import SMTP
import TenantBase

/// An envelope, and how its mail may be sent, as the journal stores them: a line for each fact, UTF-8.
///
/// ```
/// mail-envelope 1
/// sender <orders@example.com>
/// return HDRS
/// content 8bit utf8
/// recipient <anna@example.org>
/// notify failure,delay
/// ```
struct JournaledEnvelope: Sendable, Equatable {
  var envelope: SMTPEnvelope
  var needs8BitMIME: Bool
  var needsSMTPUTF8: Bool

  private static let head = "mail-envelope 1"

  init(_ composed: ComposedMail) {
    envelope = composed.envelope
    needs8BitMIME = composed.mail.needs8BitMIME
    needsSMTPUTF8 = composed.mail.needsSMTPUTF8
  }

  var bytes: [UInt8] {
    var lines = [Self.head, "sender <\(envelope.sender?.specification ?? "")>"]
    if let returned = envelope.returnedContent { lines.append("return \(returned.rawValue)") }
    if let id = envelope.envelopeID { lines.append("id \(id)") }
    lines.append("content\(needs8BitMIME ? " 8bit" : "")\(needsSMTPUTF8 ? " utf8" : "")")
    for recipient in envelope.recipients {
      lines.append("recipient <\(recipient.address.specification)>")
      if let notifications = recipient.notifications { lines.append("notify \(Self.text(of: notifications))") }
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  /// - Throws: `MIMEError` where an address does not come back; nil for what is no envelope.
  init?(bytes: [UInt8]) throws {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.first == Self.head else { return nil }
    envelope = SMTPEnvelope(sender: nil, recipients: [])
    needs8BitMIME = false
    needsSMTPUTF8 = false
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard let name = parts.first else { return nil }
      let value = parts.count > 1 ? parts[1] : ""
      switch name {
      case "sender": envelope.sender = value == "<>" ? nil : try Self.address(value)
      case "return": envelope.returnedContent = SMTPEnvelope.ReturnedContent(rawValue: value)
      case "id": envelope.envelopeID = value
      case "content":
        let words = value.split(separator: " ")
        needs8BitMIME = words.contains("8bit")
        needsSMTPUTF8 = words.contains("utf8")
      case "recipient": envelope.recipients.append(SMTPRecipient(try Self.address(value)))
      case "notify":
        guard let last = envelope.recipients.indices.last else { return nil }
        envelope.recipients[last].notifications = Self.notifications(of: value)
      default: return nil
      }
    }
    guard !envelope.recipients.isEmpty else { return nil }
  }

  private static func address(_ text: String) throws -> MailAddress {
    try MailAddress.parsing(specification: String(text.dropFirst().dropLast()), field: "stored envelope")
  }

  private static func text(of notifications: DeliveryNotifications) -> String {
    switch notifications {
    case .never: return "never"
    case .on(let success, let failure, let delay):
      return [success ? "success" : nil, failure ? "failure" : nil, delay ? "delay" : nil].compactMap { $0 }
        .joined(separator: ",")
    }
  }

  private static func notifications(of text: String) -> DeliveryNotifications {
    let words = text.split(separator: ",")
    guard text != "never" else { return .never }
    return .on(
      success: words.contains("success"), failure: words.contains("failure"), delay: words.contains("delay"))
  }
}
