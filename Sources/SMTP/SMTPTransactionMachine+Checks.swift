import MIME
import TenantBase

/// What the server's capabilities rule out before anything is sent.
extension SMTPTransactionMachine {
  /// Addresses of the envelope ask for SMTPUTF8 as well as those of the header.
  static func facts(of mail: MailFacts, envelope: SMTPEnvelope) -> MailFacts {
    var facts = mail
    let addresses = envelope.recipients.map(\.address) + (envelope.sender.map { [$0] } ?? [])
    if addresses.contains(where: \.needsSMTPUTF8) { facts.needsSMTPUTF8 = true }
    return facts
  }

  static func check(
    _ envelope: SMTPEnvelope, _ facts: MailFacts, _ capabilities: SMTPCapabilities, peer: String, limits: SMTPLimits
  ) throws(SMTPError) {
    func refusal(_ kind: SMTPError.Kind, _ detail: String? = nil, cause: MIMEError? = nil) -> SMTPError {
      SMTPError(kind, peer: peer, detail: detail, cause: cause, connection: .usable)
    }
    if envelope.recipients.isEmpty {
      throw refusal(
        .invalidEnvelope, cause: MIMEError(.missingField, field: "To", detail: "the mail has no recipient"))
    }
    if envelope.recipients.count > limits.recipients {
      throw refusal(
        .invalidEnvelope,
        cause: MIMEError(.tooLong, field: "To", detail: "more than \(limits.recipients) recipients in one mail"))
    }
    if facts.needsSMTPUTF8, !capabilities.offersSMTPUTF8 {
      let addresses = envelope.recipients.map(\.address) + (envelope.sender.map { [$0] } ?? [])
      let address = addresses.first(where: \.needsSMTPUTF8)
      let name = address.map { "'\(PrintableText.escaping($0.specification))'" } ?? "one in the mail's header"
      throw refusal(.internationalAddressNotSupported, name)
    }
    if facts.needs8BitMIME, !capabilities.offers8BitMIME { throw refusal(.eightBitNotSupported) }
    if let size = facts.size, let limit = capabilities.sizeLimit, size > limit {
      throw refusal(.messageTooLarge, "\(size) bytes, the server takes \(limit)")
    }
  }
}
