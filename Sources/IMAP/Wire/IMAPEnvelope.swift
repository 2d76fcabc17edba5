import MIME

/// The header as the server read it (RFC 3501 section 7.4.2). Fields that it left out are nil or empty.
package struct IMAPEnvelope: Sendable, Equatable {
  /// As it stands in the mail.
  package var date: [UInt8]?
  /// As it stands in the mail, encoded words included.
  package var rawSubject: [UInt8]?
  package var from = AddressList()
  package var sender = AddressList()
  package var replyTo = AddressList()
  package var to = AddressList()
  package var cc = AddressList()
  package var bcc = AddressList()
  package var inReplyTo: [UInt8]?
  /// With its angle brackets.
  package var messageID: [UInt8]?

  package init() {}

  package var subject: String? { rawSubject.map(HeaderText.decode) }
}
