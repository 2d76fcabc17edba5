import Expressions
import FlowEngine
import FlowModel
import MIME
import TenantBase

/// The MIME Multipart Decoder: the first part of a multipart becomes the body, the others attachments.
struct MultipartDecode: FlowStep {
  /// The multipart's header stands in the body; else among the headers of the exchange.
  let hasInlineHeader: Bool

  static func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let key = ["MultipartHeadersInline", "MultipartAddHeadersInline"].first { reading.properties[$0] != nil }
    return MultipartDecode(hasInlineHeader: key.map { reading.flag($0) } ?? false)
  }

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    var head: [UInt8] = []
    if !hasInlineHeader {
      let contentType = exchange.headers["Content-Type"]?.text ?? ""
      guard ContentType.parse(Array(contentType.utf8))?.isMultipart == true else { return }
      // A value is one field, whatever it holds.
      let plain = contentType.unicodeScalars.map { $0.value < 0x20 ? " " : String($0) }.joined()
      head = Array("Content-Type: \(plain)\r\n\r\n".utf8)
    }
    let mail = MailMessageParser.parse(head + (try exchange.body.wholeBytes()))
    guard mail.exceededLimit == nil, mail.root.kind == .multipart, let body = mail.root.children.first else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "the body is no MIME multipart" + (mail.exceededLimit.map { " within the limits (\($0.rawValue))" } ?? "")))
    }
    for name in MultipartEncode.ownFields { exchange.headers[name] = nil }
    if hasInlineHeader { takeHeaders(of: mail.root, into: &exchange) }
    exchange.headers["Content-Type"] = .text(Self.contentType(of: body))
    exchange.body = MessageBody(bytes: Self.content(of: body, in: mail))
    addAttachments(Array(mail.root.children.dropFirst()), of: mail, to: &exchange)
  }

  private func takeHeaders(of part: MIMEPart, into exchange: inout Exchange) {
    for field in part.header.fields {
      let name = field.name
      guard !MultipartEncode.ownFields.contains(name.lowercased()), name.lowercased() != "message-id" else { continue }
      exchange.headers[name] = .text(HeaderText.decode(field.unfoldedBytes))
    }
  }

  private func addAttachments(_ parts: [MIMEPart], of mail: ReceivedMail, to exchange: inout Exchange) {
    var names = AttachmentNames()
    for attachment in exchange.attachments { _ = names.unique(attachment.name, fallback: "", mediaType: "") }
    for part in parts {
      let given = part.disposition?.parameters["filename"] ?? part.contentType.parameters["name"]
      let mediaType = part.contentType.mediaType
      exchange.attachments.append(
        ExchangeAttachment(
          name: names.unique(given, fallback: "part-\(part.pathText)", mediaType: mediaType), mediaType: mediaType,
          content: MessageBody(bytes: Self.content(of: part, in: mail))))
    }
  }

  /// Text in UTF-8, whatever its charset; other content as it is; a container with what it holds.
  private static func content(of part: MIMEPart, in mail: ReceivedMail) -> [UInt8] {
    if part.kind == .leaf, part.contentType.isText, let charset = part.contentType.charset?.lowercased(),
      !["utf-8", "utf8", "us-ascii"].contains(charset), let text = mail.text(of: part)
    {
      return Array(text.utf8)
    }
    return mail.content(of: part) ?? []
  }

  private static func contentType(of part: MIMEPart) -> String {
    // A boundary belongs to the value of a multipart; a charset is no longer true of text in UTF-8.
    guard part.contentType.isMultipart else { return part.contentType.mediaType }
    return part.header.first(.contentType)?.unfoldedValue ?? part.contentType.mediaType
  }
}
