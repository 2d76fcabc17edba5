import Expressions
import FlowModel
import MIME
import TenantBase

/// What the mails of a channel carry.
package struct MailContentSettings: Sendable {
  /// One row of the attachment table.
  package struct AttachmentRow: Sendable {
    package enum Source: Sendable, Equatable {
      case body
      /// The named header's value.
      case header(String)
    }

    package let name: ExpressionTemplate
    package let mediaType: MediaType
    package let source: Source
  }

  /// An attachment that the HTML shows.
  package struct InlinePart: Sendable {
    /// Without angle brackets: `logo@example.com` for `cid:logo@example.com`.
    package let contentID: String
    /// The name of an attachment of the mail.
    package let attachmentName: ExpressionTemplate
  }

  /// The Mail Body; the body of the message by default.
  package let body: ExpressionTemplate
  /// The same in HTML, beside the text; nil for none.
  package let htmlBody: ExpressionTemplate?
  /// `text/plain` by default; real flows take it from a property, too.
  package let bodyMediaType: ExpressionTemplate
  package let bodyCharset: MailCharset
  package let transferEncoding: TransferEncodingRequest
  package let attachments: [AttachmentRow]
  package let inlineParts: [InlinePart]
  /// Add Message Attachments: all attachments of the exchange join the mail.
  package let addsMessageAttachments: Bool

  /// Whether the Mail Body is the body of the message and nothing else, so that it need not be text.
  var isMessageBody: Bool { ["${in.body}", "${body}"].contains(body.source) }
}

extension MailContentSettings {
  init(_ reader: inout ChannelReader) {
    if let protection = reader.text(.smime), protection.lowercased() != "none" {
      reader.report(
        .error, .unsupported, .smime, "'\(PrintableText.escaping(protection))' (S/MIME) cannot run yet",
        remedy: "set it to none, where an unsigned and unencrypted mail will do")
    }
    body = reader.template(.mailBody, default: "${in.body}")
    bodyMediaType = Self.mediaType(&reader)
    bodyCharset = Self.charset(&reader)
    transferEncoding = Self.transferEncoding(&reader)
    attachments = Self.attachmentRows(&reader)
    addsMessageAttachments = reader.flag(.addsMessageAttachments)
    htmlBody = reader.text(.htmlBody) == nil ? nil : reader.template(.htmlBody)
    inlineParts = Self.inlineParts(&reader)
    let mainType = bodyMediaType.constant?.lowercased() ?? "text/html"
    if htmlBody != nil, bodyMediaType.constant != nil, !mainType.hasPrefix("text/plain") {
      reader.report(
        .error, .wrong, .htmlBody, "is wrong: it stands beside a text, and Body MIME Type is \(mainType)",
        remedy: "set Body MIME Type to text/plain and put the text into Mail Body")
    }
    if let first = reader.properties(after: PropertyKey.inlinePrefix).first, htmlBody == nil,
      !mainType.hasPrefix("text/html")
    {
      reader.report(.error, .wrong, first.key, "is wrong: only HTML can show an inline part, and the mail has none")
    }
  }

  private static func mediaType(_ reader: inout ChannelReader) -> ExpressionTemplate {
    guard let template = reader.lineTemplate(.bodyMediaType) else { return ExpressionTemplate(constant: "text/plain") }
    if let constant = template.constant {
      let type = reader.reading(.bodyMediaType) {
        try MediaType.parsing(constant, field: PropertyKey.bodyMediaType.label)
      }
      if type?.isMultipart == true { reader.report(.error, .wrong, .bodyMediaType, "is wrong: a body is no multipart") }
    }
    return template
  }

  private static func charset(_ reader: inout ChannelReader) -> MailCharset {
    guard let name = reader.fixedText(.bodyCharset) else { return .utf8 }
    return reader.reading(.bodyCharset) { try MailCharset(name: name, field: PropertyKey.bodyCharset.label) } ?? .utf8
  }

  private static func transferEncoding(_ reader: inout ChannelReader) -> TransferEncodingRequest {
    guard let name = reader.fixedText(.transferEncoding) else { return .automatic }
    let request = TransferEncodingRequest(name: name)
    if request == nil {
      reader.refuse(name, .transferEncoding, allowed: TransferEncodingRequest.allCases.map(\.rawValue))
    }
    return request ?? .automatic
  }

  private static func attachmentRows(_ reader: inout ChannelReader) -> [AttachmentRow] {
    reader.table(.attachments).compactMap { row in
      guard let source = source(of: row, &reader) else { return nil }
      let typeName = BlankText.trimmed(row["attachment.type"] ?? "")
      let mediaType =
        typeName.isEmpty
        ? .octetStream
        : reader.reading(.attachments) { try MediaType.parsing(typeName, field: PropertyKey.attachments.label) }
      guard let mediaType else { return nil }
      if mediaType.isMultipart {
        reader.report(.error, .wrong, .attachments, "is wrong: an attachment is no multipart")
      }
      return AttachmentRow(
        name: reader.template(row["attachment.name"] ?? "", of: .attachments), mediaType: mediaType, source: source)
    }
  }

  private static func source(of row: FlowTable.Row, _ reader: inout ChannelReader) -> AttachmentRow.Source? {
    let name = BlankText.trimmed(row["attachment.source"] ?? "Body")
    let value = BlankText.trimmed(row["attachment.value"] ?? "")
    switch name.lowercased() {
    case "body", "": return .body
    case "header" where value.isEmpty:
      reader.report(.error, .missing, .attachments, "has a row with source Header that names no header")
    case "header": return .header(value)
    default:
      reader.report(
        .error, .wrong, .attachments,
        "is wrong: the source '\(PrintableText.escaping(name))' is not one of Body, Header")
    }
    return nil
  }

  /// `tenant.inline.CONTENT-ID = attachment name`.
  private static func inlineParts(_ reader: inout ChannelReader) -> [InlinePart] {
    reader.properties(after: PropertyKey.inlinePrefix).compactMap { contentID, key in
      let halves = contentID.split(separator: "@", omittingEmptySubsequences: false)
      let isIdentifier =
        halves.count == 2 && halves.allSatisfy { !$0.isEmpty }
        && contentID.utf8.allSatisfy { ASCII.isVisible($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
      guard isIdentifier else {
        reader.report(
          .error, .wrong, key, "is wrong: '\(PrintableText.escaping(contentID))' is no Content-ID",
          remedy: "a Content-ID has the form left@right, as in cid:logo@example.com")
        return nil
      }
      guard let name = reader.lineTemplate(key) else {
        reader.report(.error, .missing, key, "is empty: it names an attachment of the mail")
        return nil
      }
      return InlinePart(contentID: contentID, attachmentName: name)
    }
  }
}
