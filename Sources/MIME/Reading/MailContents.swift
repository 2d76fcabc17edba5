/// What a person means by a mail: its text, its HTML, its attachments.
package struct MailContents: Sendable {
  /// A file that came with a mail.
  package struct Attachment: Sendable {
    /// The part that it is, or in whose text it stands uuencoded.
    package var path: [Int]
    /// Safe to write into a folder, unique within the mail.
    package var fileName: String
    /// As the mail names it, decoded and not cleaned; nil when it has no name.
    package var originalName: String?
    /// In lower case, without parameters.
    package var mediaType: String
    /// Belongs to the HTML rather than to the list of files: an image that it shows.
    package var isInline: Bool
    /// Without angle brackets.
    package var contentID: String?
    /// The content of a uuencoded file; nil for a part, whose content the message has.
    package var uuencodedContent: [UInt8]?
  }

  /// The plain text: of the plain parts, else derived from the HTML; nil when the mail has neither.
  package let text: String?
  /// Whether `text` comes from the HTML.
  package let isTextDerived: Bool
  /// The HTML parts as sent; nil when there is none. Nothing in it is made safe.
  package let html: String?
  /// Files, in the order of the mail; mails within the mail are attachments too.
  package let attachments: [Attachment]
  /// Parts that belong to the HTML.
  package let inlineParts: [Attachment]

  package init(_ message: ReceivedMail) {
    var collector = ContentCollector(message)
    collector.collect(message.root)
    let html = collector.html.isEmpty ? nil : collector.html.joined(separator: "\n")
    let plain = collector.text.isEmpty ? nil : collector.text.joined(separator: "\n")
    self.html = html
    text = plain ?? html.map { HTMLText.plainText(of: $0) }
    isTextDerived = plain == nil && html != nil
    attachments = collector.files.filter { !$0.isInline }
    inlineParts = collector.files.filter(\.isInline)
  }
}

extension ReceivedMail {
  /// The bytes of an attachment, transfer encoding undone; nil when they are in the store.
  package func content(of attachment: MailContents.Attachment) -> [UInt8]? {
    attachment.uuencodedContent ?? part(at: attachment.path).flatMap { content(of: $0) }
  }
}
