/// All that there is to show of a mail: as text for a person, as JSON for a program (docs/formats/mail-json.md).
package struct MailInspection: Sendable {
  package let mail: ReceivedMail
  package let contents: MailContents
  package let deliveryReport: DeliveryReport?
  package let automatic: AutomaticMail?

  package init(_ mail: ReceivedMail) {
    self.mail = mail
    contents = MailContents(mail)
    deliveryReport = DeliveryReport(mail)
    automatic = AutomaticMail(mail)
  }

  /// The files to write for an extraction: safe unique names and their bytes, inline parts included.
  package var files: [(name: String, content: [UInt8])] {
    (contents.attachments + contents.inlineParts).compactMap { file in
      mail.content(of: file).map { (file.fileName, $0) }
    }
  }
}
