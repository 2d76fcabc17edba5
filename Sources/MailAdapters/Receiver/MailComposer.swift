import Expressions
import FlowEngine
import MIME
import TenantBase

/// A mail ready to leave: its bytes, and who gets it.
struct ComposedMail: Sendable {
  let mail: OutgoingMail
  let sender: MailAddress
  /// Each address once, in the order To, Cc, Bcc.
  let recipients: [MailAddress]
  /// What the person should know: characters that the charset does not have.
  let notes: [String]
}

/// Makes a mail from an exchange as a receiver channel's properties say.
///
/// No header of the exchange becomes a mail header or changes a recipient unless a property names it.
struct MailComposer: Sendable {
  let settings: MailReceiverSettings
  /// Delivers every mail here instead; nil to deliver as addressed.
  let redirectTo: MailAddress?

  func compose(_ exchange: Exchange, in run: FlowRun, identity: MailIdentity) throws -> ComposedMail {
    let view = ExchangeView(of: exchange, in: run)
    let from = try addresses(settings.from, "From", view)
    guard let author = from.mailboxes.first else {
      throw MIMEError(.missingField, field: "From", detail: "the channel's From is empty for this message")
    }
    let to = try addresses(settings.to, "To", view)
    let cc = try addresses(settings.cc, "Cc", view)
    let bcc = try addresses(settings.bcc, "Bcc", view)
    let recipients = redirectTo.map { [$0] } ?? Self.unique(to.mailboxes + cc.mailboxes + bcc.mailboxes)
    guard !recipients.isEmpty else {
      throw MIMEError(.missingField, field: "To", detail: "To, Cc and Bcc of the channel are empty for this message")
    }
    let body = try makeBody(exchange, view)
    var content = MailContent(body: body, attachments: try rowAttachments(exchange, view))
    if settings.addsMessageAttachments { content.attachments += try messageAttachments(exchange) }
    let subject = try settings.subject.evaluate(in: view)
    var message = MailDraft(from: from, to: to, subject: subject.isEmpty ? nil : subject, content: content)
    message.cc = cc
    let notes = body.isLossless ? [] : ["characters that \(settings.bodyCharset.name) does not have became ?"]
    return ComposedMail(mail: try message.build(identity: identity), sender: author, recipients: recipients, notes: notes)
  }

  /// The domain of the channel's From for this message, in ASCII, for the Message-ID; `localhost` when there is none to use.
  func senderDomain(_ exchange: Exchange, in run: FlowRun) throws -> String {
    let from = try addresses(settings.from, "From", ExchangeView(of: exchange, in: run))
    let domain = from.mailboxes.first?.domain ?? ""
    let isUsable = !domain.isEmpty && domain.utf8.allSatisfy { ASCII.isVisible($0) && $0 != 0x3C && $0 != 0x3E }
    return isUsable ? domain : "localhost"
  }

  private func addresses(
    _ template: ExpressionTemplate, _ field: String, _ view: ExchangeView
  ) throws -> AddressList {
    let text = ChannelReader.trimmed(try template.evaluate(in: view))
    return text.isEmpty ? AddressList() : try AddressList.parsing(text, field: field)
  }

  /// Two spellings of a domain are one address; local parts belong to their server and are compared as they are.
  private static func unique(_ mailboxes: [MailAddress]) -> [MailAddress] {
    var seen: Set<String> = []
    return mailboxes.filter { seen.insert("\($0.localPart)@\($0.domain.lowercased())").inserted }
  }

  private func makeBody(_ exchange: Exchange, _ view: ExchangeView) throws -> MailBody {
    let typeText = ChannelReader.trimmed(try settings.bodyMediaType.evaluate(in: view))
    let mediaType = typeText.isEmpty ? .plainText : try MediaType.parsing(typeText, field: "Body MIME Type")
    if mediaType.isBinary, ["${in.body}", "${body}"].contains(settings.body.source) {
      return MailBody(source: .bytes(exchange.body.bytes), mediaType: mediaType, encoding: settings.transferEncoding)
    }
    return try MailBody(
      text: settings.body.evaluate(in: view), mediaType: mediaType, charset: settings.bodyCharset,
      encoding: settings.transferEncoding)
  }

  private func rowAttachments(_ exchange: Exchange, _ view: ExchangeView) throws -> [MailAttachment] {
    try settings.attachments.map { row in
      let bytes =
        switch row.source {
        case .body: exchange.body.bytes
        case .header(let name): Array((exchange.headers[name]?.text ?? "").utf8)
        }
      return MailAttachment(
        name: try row.name.evaluate(in: view), mediaType: Self.withCharset(row.mediaType, for: bytes),
        source: .bytes(bytes), encoding: settings.transferEncoding)
    }
  }

  private func messageAttachments(_ exchange: Exchange) throws -> [MailAttachment] {
    try exchange.attachments.map { attachment in
      let mediaType = try MediaType.parsing(attachment.mediaType, field: "attachment type")
      return MailAttachment(
        name: attachment.name, mediaType: Self.withCharset(mediaType, for: attachment.content.bytes),
        source: .bytes(attachment.content.bytes), encoding: settings.transferEncoding)
    }
  }

  /// Text of an exchange is UTF-8; a reader of the mail must know it.
  private static func withCharset(_ mediaType: MediaType, for bytes: [UInt8]) -> MediaType {
    guard mediaType.isText, mediaType.charset == nil, bytes.contains(where: { $0 >= 0x80 }),
      String(validating: bytes, as: UTF8.self) != nil
    else { return mediaType }
    var result = mediaType
    result.setCharset("UTF-8")
    return result
  }
}

extension MediaType {
  /// Types whose content is not text in any charset.
  fileprivate var isBinary: Bool {
    ["application/octet-stream", "application/zip", "application/x-gzip", "application/gzip", "application/pdf"]
      .contains(name) || name.hasPrefix("image/") || name.hasPrefix("audio/") || name.hasPrefix("video/")
  }
}
