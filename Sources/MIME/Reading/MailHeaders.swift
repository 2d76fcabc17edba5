import TenantBase

/// The header fields of a mail that people and programs ask for, decoded.
package struct MailHeaders: Sendable {
  package let block: HeaderBlock

  package init(_ block: HeaderBlock) { self.block = block }

  /// The decoded value of the first field of that name; nil when there is none.
  package func text(_ name: String) -> String? {
    block.first(named: name).map { HeaderText.decode($0.unfoldedBytes) }
  }

  /// The entries of all fields of that name: `To` stands more than once in damaged mail.
  package func addressEntries(_ name: String) -> [AddressEntry] {
    block.all(named: name).flatMap { AddressField.parse($0.unfoldedBytes) }
  }

  /// The addresses alone, those within groups included.
  package func addresses(_ name: String) -> [MailAddress] { addressEntries(name).flatMap(\.addresses) }

  package var subject: String? { text("Subject") }
  package var from: [MailAddress] { addresses("From") }
  package var sender: MailAddress? { addresses("Sender").first }
  package var replyTo: [MailAddress] { addresses("Reply-To") }
  package var to: [MailAddress] { addresses("To") }
  package var cc: [MailAddress] { addresses("Cc") }
  package var bcc: [MailAddress] { addresses("Bcc") }

  /// The Date field; nil when there is none or it cannot be read.
  package var date: HeaderDate? { block.first(named: "Date").flatMap { HeaderDate.parse($0.unfoldedBytes) } }

  /// When the last server received the mail: what the topmost Received field says.
  package var receivedDate: HeaderDate? {
    guard let value = block.first(named: "Received")?.unfoldedBytes, let semicolon = value.lastIndex(of: 0x3B) else {
      return nil
    }
    return HeaderDate.parse(Array(value[(semicolon + 1)...]))
  }

  /// Without angle brackets.
  package var messageID: String? { identifiers("Message-ID").first }
  package var inReplyTo: [String] { identifiers("In-Reply-To") }
  package var references: [String] { identifiers("References") }

  private func identifiers(_ name: String) -> [String] {
    block.first(named: name).map { MessageID.list($0.unfoldedBytes) } ?? []
  }
}

extension ReceivedMail {
  package var headers: MailHeaders { MailHeaders(root.header) }
}
