import Expressions
import FlowEngine
import MIME
import TenantBase

/// Makes the content of a mail: body, HTML alternative, attachments and inline parts.
struct MailContentComposer {
  let settings: MailContentSettings
  let exchange: Exchange
  let view: ExchangeView

  struct Result {
    let content: MailContent
    /// Known only once the mail is built: a large body is converted while it is read.
    let notes: () -> [String]
  }

  func compose() throws -> Result {
    let text = try body()
    var content = MailContent(body: text.body)
    content.attachments = try settings.attachments.map(attachment)
    if settings.addsMessageAttachments { content.attachments += try exchange.attachments.map(attachment) }
    var isHTMLLossless = true
    if let html = try htmlBody() {
      content.htmlAlternative = html
      isHTMLLossless = html.isLossless
    }
    try takeInlineParts(of: &content)
    let charset = settings.bodyCharset.name
    return Result(content: content) {
      text.isLossless() && isHTMLLossless ? [] : ["characters that \(charset) does not have became ?"]
    }
  }

  // MARK: body

  private func body() throws -> (body: MailBody, isLossless: () -> Bool) {
    let typeText = BlankText.trimmedBlanks(try settings.bodyMediaType.evaluate(in: view))
    let field = PropertyKey.bodyMediaType.label
    let mediaType = typeText.isEmpty ? .plainText : try MediaType.parsing(typeText, field: field)
    if mediaType.isMultipart { throw MIMEError(.malformedMediaType, field: field, detail: "a body is no multipart") }
    if settings.isMessageBody {
      if mediaType.isBinary {
        let body = MailBody(source: exchange.body.source, mediaType: mediaType, encoding: settings.transferEncoding)
        return (body, { true })
      }
      if exchange.body.bytesInMemory == nil { return streamedBody(mediaType) }
    }
    let body = try MailBody(
      text: settings.body.evaluate(in: view), mediaType: mediaType, charset: settings.bodyCharset,
      encoding: settings.transferEncoding)
    return (body, { body.isLossless })
  }

  /// A body in a file: converted piece by piece each time it is read.
  private func streamedBody(_ mediaType: MediaType) -> (body: MailBody, isLossless: () -> Bool) {
    let source = ConvertedTextSource(content: exchange.body, charset: settings.bodyCharset)
    var type = mediaType
    type.setCharset(settings.bodyCharset.name)
    let body = MailBody(source: .source(source), mediaType: type, encoding: settings.transferEncoding)
    return (body, { source.isLossless })
  }

  /// Nil when the value is empty for this message.
  private func htmlBody() throws -> MailBody? {
    guard let template = settings.htmlBody else { return nil }
    let html = try template.evaluate(in: view)
    guard !html.isEmpty else { return nil }
    return try MailBody(
      text: html, mediaType: .html, charset: settings.bodyCharset, encoding: settings.transferEncoding)
  }

  // MARK: attachments

  private func attachment(_ row: MailContentSettings.AttachmentRow) throws -> MailAttachment {
    let content: MessageBody =
      switch row.source {
      case .body: exchange.body
      case .header(let name): MessageBody(text: exchange.headers[name]?.text ?? "")
      }
    return MailAttachment(
      name: try row.name.evaluate(in: view), mediaType: try Self.withCharset(row.mediaType, for: content),
      source: content.source, encoding: settings.transferEncoding)
  }

  private func attachment(_ attachment: ExchangeAttachment) throws -> MailAttachment {
    let mediaType = try MediaType.parsing(attachment.mediaType, field: "attachment type")
    return MailAttachment(
      name: attachment.name, mediaType: try Self.withCharset(mediaType, for: attachment.content),
      source: attachment.content.source, encoding: settings.transferEncoding)
  }

  /// Text of an exchange is UTF-8; a reader of the mail must know it.
  private static func withCharset(_ mediaType: MediaType, for content: MessageBody) throws -> MediaType {
    guard mediaType.isText, mediaType.charset == nil, try UTF8Scan.needsCharset(content) else { return mediaType }
    var result = mediaType
    result.setCharset("UTF-8")
    return result
  }

  /// Attachments that the HTML shows leave the list of those to save.
  private func takeInlineParts(of content: inout MailContent) throws {
    for part in settings.inlineParts {
      let name = try part.attachmentName.evaluate(in: view)
      guard let index = content.attachments.firstIndex(where: { $0.name == name }) else {
        throw MIMEError(
          .missingField, field: PropertyKey.inlinePrefix + part.contentID,
          detail: "the mail has no attachment '\(PrintableText.escaping(name))'")
      }
      var inline = content.attachments.remove(at: index)
      inline.contentID = part.contentID
      inline.disposition = .inline
      content.inlineParts.append(inline)
    }
  }
}

extension MediaType {
  /// Types whose content is not text in any charset.
  fileprivate var isBinary: Bool {
    ["application/octet-stream", "application/zip", "application/x-gzip", "application/gzip", "application/pdf"]
      .contains(name) || name.hasPrefix("image/") || name.hasPrefix("audio/") || name.hasPrefix("video/")
  }
}
