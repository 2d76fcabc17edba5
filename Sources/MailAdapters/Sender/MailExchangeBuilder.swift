import Expressions
import FlowEngine
import MIME
import System
import TenantBase

/// Makes the message of a flow from a mail, as SAP's adapter does it: headers, text, attachments.
struct MailExchangeBuilder: Sendable {
  let content: MailSenderContent
  let admission: MailHeaderAdmission
  /// What the tracked properties say beside the mail.
  let origin: Origin
  /// Where large parts go.
  let spoolFolder: String
  var limits = MIMELimits.standard

  struct Origin: Sendable, Equatable {
    var host: String
    var user: String
    var folder: String
  }

  /// - Throws: `FlowFailure` of class permanent for a mail over the limits: whoever asks keeps it raw. Of class temporary
  ///   when the disk does not take its parts.
  func exchange(of message: RawSourceMessage, id: String) throws(FlowFailure) -> Exchange {
    let (mail, parts) = try parse(message.raw)
    if let limit = mail.exceededLimit {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "the mail cannot be read: it has more structure than allowed", cause: "over the limit '\(limit.rawValue)'",
          hints: ["it is kept as it came; mail show shows what it holds"]))
    }
    var exchange = Exchange(id: id)
    setHeaders(of: mail, in: &exchange)
    let reading = MailPartReader(mail: mail, parts: parts, raw: message.raw, spoolFolder: spoolFolder)
    do throws(SystemError) {
      let contents = MailContents(mail)
      let body = try reading.body(contents)
      exchange.body = body.body
      exchange.headers["Content-Type"] = .text(body.contentType)
      let attachments = try reading.attachments(contents, without: body.path, digest: message.content.digest)
      if !content.removesAttachments { exchange.attachments = attachments }
      track(mail, message, attachments: attachments, html: contents.html, in: &exchange)
    } catch { throw Self.unstorable(error) }
    if content.includesOriginal { exchange.byteProperties[Self.originalProperty] = message.raw }
    return exchange
  }

  static let originalProperty = "SAP_MAIL_ORIGINAL_MESSAGE"

  private func parse(_ raw: MessageBody) throws(FlowFailure) -> (ReceivedMail, SpoolPartStore) {
    do throws(SystemError) {
      if raw.byteCount > limits.partInMemory { try Folder.create(spoolFolder) }
      var parser = MailStreamParser(limits: limits, store: SpoolPartStore(folder: spoolFolder))
      var reader = raw.makeReader()
      while let chunk = try reader.nextChunk(atMost: 64 * 1024) { parser.consume(chunk) }
      let (mail, store) = parser.finish()
      if let failure = store.failure { throw failure }
      return (mail, store)
    } catch { throw Self.unstorable(error) }
  }

  private static func unstorable(_ error: SystemError) -> FlowFailure {
    FlowFailure(.stepFailed, class: .temporary, error.explanation.within("the mail's parts could not be kept"))
  }

  // MARK: headers

  private func setHeaders(of mail: ReceivedMail, in exchange: inout Exchange) {
    for field in mail.root.header.fields {
      guard let name = admission.name(for: field.name) else { continue }
      let value = ExpressionValue.text(text(of: field))
      switch exchange.headers[name] {
      case nil: exchange.headers[name] = value
      case .list(let values): exchange.headers[name] = .list(values + [value])
      case .some(let first): exchange.headers[name] = .list([first, value])
      }
    }
  }

  private func text(of field: HeaderField) -> String {
    if content.decodesHeaders { return HeaderText.decode(field.unfoldedBytes) }
    // As it came: encoded words and line ends of folded headers.
    var value = field.rawValue[...]
    while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
    while let last = value.last, last <= 0x20, last != 0 { value.removeLast() }
    return String(decoding: value, as: UTF8.self)
  }

  // MARK: tracked properties

  private func track(
    _ mail: ReceivedMail, _ message: RawSourceMessage, attachments: [ExchangeAttachment], html: String?,
    in exchange: inout Exchange
  ) {
    let headers = mail.headers
    func set(_ property: TrackedMailProperty, _ value: String) { exchange.properties[property.name] = .text(value) }
    set(.fileName, attachments.first?.name ?? "")
    set(.fromAddress, headers.from.map(\.bare).joined(separator: ", "))
    set(.host, origin.host)
    set(.messageID, message.content.messageID ?? "")
    set(.subject, headers.subject ?? "")
    set(.toAddress, headers.to.map(\.bare).joined(separator: ", "))
    set(.user, origin.user)
    set(.folder, origin.folder)
    set(.contentType, mail.root.contentType.mediaType)
    if let date = headers.receivedDate ?? headers.date { set(.receivedDate, date.iso8601) }
    exchange.properties[TrackedMailProperty.attachmentCount.name] = .integer(Int64(attachments.count))
    if let html, html.utf8.count <= MessageBody.memoryLimit { set(.html, html) }
  }
}

/// Properties of the exchange that say where a mail came from. A flow reads and changes them as any other; a receiver
/// channel takes them by `${property...}`.
enum TrackedMailProperty: String, CaseIterable {
  case fileName, fromAddress, host, subject, toAddress, user, folder, contentType, receivedDate, attachmentCount, html
  case messageID = "messageId"

  var name: String { "tenant.mail.\(rawValue)" }
}

extension MailAddress {
  /// `local@domain` as a person writes it; only the one that is there in damaged mail.
  fileprivate var bare: String { domain.isEmpty ? localPart : "\(localPart)@\(domain)" }
}
