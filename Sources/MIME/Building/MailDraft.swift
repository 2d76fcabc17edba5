/// A mail as somebody wants to send it. ``build(identity:)`` makes its bytes.
///
/// Bcc is no part of it: blind recipients stand in the envelope alone.
package struct MailDraft: Sendable {
  /// At least one.
  package var from: AddressList
  /// RFC 5322 section 3.6.2: must be there when `from` has several; then the first of them when nil.
  package var sender: MailAddress?
  package var replyTo = AddressList()
  package var to = AddressList()
  package var cc = AddressList()
  /// nil: no Subject field.
  package var subject: String?
  /// In their order, after the fields above. Names that the mail itself sets are refused.
  package var furtherHeaders: [HeaderField] = []
  package var content: MailContent

  package struct HeaderField: Sendable, Equatable {
    package var name: String
    /// Unfolded; non-ASCII characters are written as encoded words.
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(from: AddressList, to: AddressList, subject: String?, content: MailContent) {
    self.from = from
    self.to = to
    self.subject = subject
    self.content = content
  }
}

/// What a mail carries.
package struct MailContent: Sendable {
  /// The main text; nil for a mail of attachments alone.
  package var body: MailBody?
  /// The same in HTML, for readers that show it: makes `multipart/alternative`.
  package var htmlAlternative: MailBody?
  /// Images that the HTML refers to by `cid:`: makes `multipart/related`.
  package var inlineParts: [MailAttachment] = []
  package var attachments: [MailAttachment] = []

  package init(body: MailBody?, attachments: [MailAttachment] = []) {
    self.body = body
    self.attachments = attachments
  }
}

/// A part that is shown, not saved.
package struct MailBody: Sendable {
  package var mediaType: MediaType
  package var source: BodySource
  package var encoding: TransferEncodingRequest
  /// Whether every character exists in the charset; the others became `?`.
  package let isLossless: Bool

  /// Bytes that are already in the charset that `mediaType` names.
  package init(source: BodySource, mediaType: MediaType, encoding: TransferEncodingRequest = .automatic) {
    self.mediaType = mediaType
    self.source = source
    self.encoding = encoding
    isLossless = true
  }

  /// Text in `charset`; characters that it does not have become `?`.
  /// - Throws: `MIMEError.unknownCharset`.
  package init(
    text: String, mediaType: MediaType = .plainText, charset: MailCharset = .utf8,
    encoding: TransferEncodingRequest = .automatic
  ) throws(MIMEError) {
    let (bytes, isLossless) = try charset.encode(text)
    var type = mediaType
    type.setCharset(charset.name)
    self.mediaType = type
    source = .bytes(bytes)
    self.encoding = encoding
    self.isLossless = isLossless
  }
}

package struct MailAttachment: Sendable {
  package enum Disposition: String, Sendable {
    case attachment
    case inline
  }

  /// The file name that a reader suggests; nil for none. Not a path.
  package var name: String?
  package var mediaType: MediaType
  package var source: BodySource
  package var encoding: TransferEncodingRequest
  package var disposition: Disposition
  /// Without angle brackets: `logo@example.com` for `cid:logo@example.com`.
  package var contentID: String?

  package init(
    name: String?, mediaType: MediaType, source: BodySource, encoding: TransferEncodingRequest = .automatic,
    disposition: Disposition = .attachment, contentID: String? = nil
  ) {
    self.name = name
    self.mediaType = mediaType
    self.source = source
    self.encoding = encoding
    self.disposition = disposition
    self.contentID = contentID
  }
}

/// What makes one mail different from a second one with the same content. Injected, so that a retry and a test have the
/// same bytes.
package struct MailIdentity: Sendable, Equatable {
  /// With angle brackets: `<7f1c09.1732090000@mail.example.com>`.
  package var messageID: String
  package var date: HeaderDate
  /// Letters and digits, up to 40, that nobody can foretell: boundaries are made from it.
  package var boundaryToken: String

  package init(messageID: String, date: HeaderDate, boundaryToken: String) {
    self.messageID = messageID
    self.date = date
    self.boundaryToken = boundaryToken
  }
}
