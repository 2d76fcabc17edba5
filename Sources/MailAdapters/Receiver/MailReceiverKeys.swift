/// The properties of a mail receiver channel.
extension PropertyKey {
  static let from = PropertyKey("from", "From")
  static let to = PropertyKey("to", "To")
  static let cc = PropertyKey("cc", "Cc")
  static let bcc = PropertyKey("bcc", "Bcc")
  static let subject = PropertyKey("subject", "Subject")
  static let mailBody = PropertyKey("body", "Mail Body")
  static let bodyMediaType = PropertyKey("content_type", "Body MIME Type")
  static let bodyCharset = PropertyKey("content_encoding", "Body Encoding")
  static let attachments = PropertyKey("attachments", "Attachments")
  static let addsMessageAttachments = PropertyKey("keep_attachments", "Add Message Attachments")
  static let transferEncoding = PropertyKey("attachmentTransferEncoding", "Content Transfer Encoding")
  static let smime = PropertyKey("encrypt.type", "Signature and Encryption Type")

  static let clientName = PropertyKey("tenant.clientName")
  static let envelopeFrom = PropertyKey("tenant.envelopeFrom")
  static let replyTo = PropertyKey("tenant.replyTo")
  static let sender = PropertyKey("tenant.sender")
  static let priority = PropertyKey("tenant.priority")
  static let sensitivity = PropertyKey("tenant.sensitivity")
  static let htmlBody = PropertyKey("tenant.htmlBody")
  static let dsnNotify = PropertyKey("tenant.dsn.notify")
  static let dsnReturn = PropertyKey("tenant.dsn.return")
  static let sentCopyServer = PropertyKey("tenant.sentCopy.server")
  static let sentCopyProtection = PropertyKey("tenant.sentCopy.protection")
  static let sentCopyFolder = PropertyKey("tenant.sentCopy.folder")
  static let sentCopyCredential = PropertyKey("tenant.sentCopy.credential")
  static let onDoubt = PropertyKey("tenant.onDoubt")

  /// Followed by a header's name.
  static let headerPrefix = "tenant.header."
  /// Followed by a Content-ID.
  static let inlinePrefix = "tenant.inline."

  static let sentCopyKeys: [PropertyKey] = [.sentCopyServer, .sentCopyProtection, .sentCopyFolder, .sentCopyCredential]

  static let ownReceiverKeys: [PropertyKey] =
    [
      .allowPlaintextPassword, .authorizationID, .tlsTrust, .tlsMinimumVersion, .tlsMaximumVersion, .tlsPins,
      .clientName, .envelopeFrom, .replyTo, .sender, .priority, .sensitivity, .htmlBody, .dsnNotify, .dsnReturn,
      .onDoubt,
    ] + sentCopyKeys
}
