import Expressions
import FlowEngine
import MIME
import SMTP
import TenantBase

/// Makes a mail from an exchange as a receiver channel's properties say.
///
/// No header of the exchange becomes a mail header or changes a recipient unless a property names it.
struct MailComposer: Sendable {
  let settings: MailReceiverSettings
  /// Delivers every mail here instead; nil to deliver as addressed.
  let redirectTo: MailAddress?

  /// A header beside the Message-ID that repetitions have in common: some relays put in a Message-ID of their own.
  static let deliveryHeader = "X-Tenant-Delivery"

  /// - Parameters:
  ///   - token: letters and digits that nobody can foretell: for the Message-ID and the boundaries.
  ///   - deliveryToken: gives the journal's token for these recipients, which the Message-ID is then made of; nil for a
  ///     mail that is not in the journal.
  /// - Throws: `MIMEError` with the field's name, `ExpressionError`, or the error of a body's file.
  func compose(
    _ exchange: Exchange, in run: FlowRun, token: String, date: HeaderDate,
    deliveryToken: (([MailAddress]) throws -> String)? = nil
  ) throws -> ComposedMail {
    let view = ExchangeView(of: exchange, in: run)
    let fields = settings.fields
    let from = try addresses(fields.from, .from, view)
    guard let author = from.mailboxes.first else {
      throw MIMEError(.missingField, field: "From", detail: "the channel's From is empty for this message")
    }
    let to = try addresses(fields.to, .to, view)
    let cc = try addresses(fields.cc, .cc, view)
    let bcc = try addresses(fields.bcc, .bcc, view)
    let everyone = to.mailboxes + cc.mailboxes + bcc.mailboxes
    guard !everyone.isEmpty else {
      throw MIMEError(.missingField, field: "To", detail: "To, Cc and Bcc of the channel are empty for this message")
    }
    let content = try MailContentComposer(settings: settings.content, exchange: exchange, view: view).compose()
    var draft = MailDraft(from: from, to: to, subject: try subject(view), content: content.content)
    draft.cc = cc
    draft.replyTo = try fields.replyTo.map { try addresses($0, .replyTo, view) } ?? AddressList()
    draft.sender = try fields.sender.flatMap { try singleAddress($0, .sender, view) }
    draft.furtherHeaders = try furtherHeaders(view)
    let envelope = try envelope(author: author, everyone: everyone, view)
    var left = "\(run.id.prefix(12)).\(run.now().milliseconds).\(token.prefix(8))"
    let delivery = try deliveryToken?(envelope.recipients.map(\.address))
    if let delivery {
      left = delivery
      draft.furtherHeaders.removeAll { ASCII.equalIgnoringCase($0.name.utf8, Self.deliveryHeader.utf8) }
      draft.furtherHeaders.append(MailDraft.HeaderField(name: Self.deliveryHeader, value: delivery))
    }
    let messageID = "<\(left)@\(Self.domain(of: author))>"
    let mail = try draft.build(identity: MailIdentity(messageID: messageID, date: date, boundaryToken: token))
    return ComposedMail(mail: mail, envelope: envelope, deliveryToken: delivery, notes: content.notes())
  }

  // MARK: fields

  private func addresses(
    _ template: ExpressionTemplate, _ key: PropertyKey, _ view: ExchangeView
  ) throws -> AddressList {
    try AddressList.parsing(BlankText.trimmedBlanks(try template.evaluate(in: view)), field: key.label)
  }

  /// Nil when the value is empty for this message.
  private func singleAddress(
    _ template: ExpressionTemplate, _ key: PropertyKey, _ view: ExchangeView
  ) throws -> MailAddress? {
    let text = BlankText.trimmedBlanks(try template.evaluate(in: view))
    return text.isEmpty ? nil : try MailAddress.parsing(text, field: key.label)
  }

  private func subject(_ view: ExchangeView) throws -> String? {
    let subject = try settings.fields.subject.evaluate(in: view)
    return subject.isEmpty ? nil : subject
  }

  private func furtherHeaders(_ view: ExchangeView) throws -> [MailDraft.HeaderField] {
    try settings.fields.furtherHeaders.compactMap { header in
      let value = BlankText.trimmedBlanks(try header.value.evaluate(in: view))
      return value.isEmpty ? nil : MailDraft.HeaderField(name: header.name, value: value)
    }
  }

  /// For the Message-ID; `localhost` when the sender has no domain in plain ASCII.
  private static func domain(of author: MailAddress) -> String {
    let domain = author.domain
    let isUsable =
      !domain.isEmpty
      && domain.utf8.allSatisfy { ASCII.isVisible($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    return isUsable ? domain : "localhost"
  }

  // MARK: envelope

  private func envelope(author: MailAddress, everyone: [MailAddress], _ view: ExchangeView) throws -> SMTPEnvelope {
    let recipients = redirectTo.map { [$0] } ?? Self.unique(everyone)
    var envelope = SMTPEnvelope(
      sender: try envelopeSender(author: author, view), recipients: recipients.map { SMTPRecipient($0) })
    envelope.returnedContent = settings.envelope.returnedContent
    if let notifications = settings.envelope.notifications {
      for index in envelope.recipients.indices { envelope.recipients[index].notifications = notifications }
    }
    return envelope
  }

  private func envelopeSender(author: MailAddress, _ view: ExchangeView) throws -> MailAddress? {
    guard case .template(let template) = settings.envelope.sender else { return author }
    let text = BlankText.trimmedBlanks(try template.evaluate(in: view))
    if text == "<>" { return nil }
    return try MailAddress.parsing(text, field: PropertyKey.envelopeFrom.label)
  }

  /// Two spellings of a domain are one address; local parts belong to their server and are compared as they are.
  private static func unique(_ mailboxes: [MailAddress]) -> [MailAddress] {
    var seen: Set<String> = []
    return mailboxes.filter { seen.insert("\($0.localPart)@\($0.domain.lowercased())").inserted }
  }
}
