import FlowEngine
import FlowModel
import TestSupport
import Testing

@testable import MailAdapters

/// What a sender channel needs at least, laid under what a test says.
func senderDocument(
  _ properties: FlowDocument.Properties = [], transport: String = "IMAP"
) -> FlowDocument {
  let least: FlowDocument.Properties = [
    ("server", "imap.example.com:993"), ("ssl", "imaps"), ("auth", "loginPlain"), ("user", "mailer"),
    ("folder", "INBOX"), ("selectionReadFlag", "unread"), ("postProcessing", "mark"),
  ]
  let given = Set(properties.map(\.key))
  let fixed: FlowDocument.Properties = [
    ("Name", "In"), ("ComponentType", "Mail"), ("direction", "Sender"), ("TransportProtocol", transport),
  ]
  let own = least.filter { !given.contains($0.key) } + properties
  return FlowDocument([.message, .end], channels: [.init(id: "In", at: "Start", isSender: true, fixed + own)])
}

func senderSettings(_ properties: FlowDocument.Properties = []) throws -> MailSenderSettings {
  try MailSenderSettings(try channel(senderDocument(properties)))
}

/// A mail as a file has it, with the line ends of a mail.
func rawMail(_ text: String) throws -> RawSourceMessage {
  try SpooledMail.message(of: MessageBody(text: text.replacing("\n", with: "\r\n")))
}
