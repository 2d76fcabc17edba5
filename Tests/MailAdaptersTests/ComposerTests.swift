import Expressions
import FlowEngine
import Foundation
import MIME
import SMTP
import System
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

@Suite struct ComposerTests {
  private func recipients(_ composed: ComposedMail) -> [String] {
    composed.envelope.recipients.map(\.address.specification)
  }

  /// The error of composing.
  private func refusal(_ properties: FlowDocument.Properties, _ exchange: Exchange) throws -> MIMEError {
    try #require(throws: MIMEError.self) { _ = try compose(properties, exchange) }
  }

  // MARK: addresses

  @Test func `names, groups, semicolons and UTF-8 are taken as they are written`() throws {
    let (mail, composed) = try compose([
      ("from", "Bestellungen Müller <orders@example.com>"),
      ("to", "\"Smith, Anna\" <anna@example.org>; team: bob@example.org, carol@example.org;, jürgen@exämple.de"),
    ])
    #expect(recipients(composed) == ["anna@example.org", "bob@example.org", "carol@example.org", "jürgen@exämple.de"])
    #expect(header("To", of: mail)?.hasPrefix("\"Smith, Anna\" <anna@example.org>, team: bob@example.org") == true)
    #expect(header("From", of: mail)?.hasPrefix("=?UTF-8?") == true)
    #expect(composed.envelope.sender?.specification == "orders@example.com")
    #expect(composed.mail.needsSMTPUTF8)
  }

  @Test func `an address that stands in To, Cc and Bcc gets the mail once`() throws {
    let (mail, composed) = try compose([
      ("to", "anna@example.org, Anna <anna@EXAMPLE.org>"), ("cc", "bob@example.org, anna@example.org"),
      ("bcc", "carol@example.org; BOB@example.org"),
    ])
    #expect(recipients(composed) == ["anna@example.org", "bob@example.org", "carol@example.org", "BOB@example.org"])
    #expect(header("Cc", of: mail) == "bob@example.org, anna@example.org")
    #expect(header("Bcc", of: mail) == nil)
    #expect(!mail.contains("carol"))
  }

  @Test func `a mail may go to Bcc alone`() throws {
    let (mail, composed) = try compose([("to", ""), ("bcc", "carol@example.org")])
    #expect(recipients(composed) == ["carol@example.org"])
    #expect(header("To", of: mail) == nil)
  }

  @Test func `addresses that are empty for this message are refused by the field's name`() throws {
    let none = exchange(properties: [("to", " "), ("from", "")])
    #expect(try refusal([("to", "${property.to}")], none).field == "To")
    #expect(try refusal([("from", "${property.from}")], none).field == "From")
    #expect(try refusal([("to", "${property.to}"), ("cc", "${property.gone}")], none).kind == .missingField)
  }

  @Test func `redirected mails keep their header and go to one address`() throws {
    let elsewhere = MailAddress(localPart: "tester", domain: "test.example")
    let (mail, composed) = try compose([("cc", "bob@example.org")], redirectTo: elsewhere)
    #expect(recipients(composed) == ["tester@test.example"])
    #expect(header("To", of: mail) == "anna@example.org")
  }

  // MARK: injection

  static let headerFields: [(key: String, field: String)] = [
    ("from", "From"), ("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"), ("subject", "Subject"),
    ("content_type", "Body MIME Type"), ("tenant.replyTo", "tenant.replyTo"), ("tenant.sender", "tenant.sender"),
    ("tenant.envelopeFrom", "tenant.envelopeFrom"), ("tenant.header.X-Order", "X-Order"),
  ]

  @Test(arguments: headerFields.map(\.key), ["\r\nBcc: eve@evil.example", "\nX: y", "\r", "\n", "\u{0}"])
  func `a line end or NUL in a dynamic field is refused by the field's name`(key: String, poison: String) throws {
    let field = try #require(Self.headerFields.first { $0.key == key }?.field)
    let value =
      ["subject", "tenant.header.X-Order"].contains(key) ? "x" : key == "content_type" ? "text/plain" : "a@b.example"
    for text in [value + poison, poison + value, value + poison + value] {
      let error = try refusal([(key, "${property.value}")], exchange(properties: [("value", text)]))
      #expect(error.field == field)
      #expect(error.kind == .controlCharacter)
    }
  }

  @Test(arguments: ["\r\nX: y", "\n", "\u{0}"]) func `a line end or NUL in an attachment's name is refused`(
    poison: String
  ) throws {
    let row = FlowDocument.table([[("attachment.name", "${property.n}"), ("attachment.type", "text/csv")]])
    let error = try refusal([("attachments", row)], exchange(properties: [("n", "a" + poison)]))
    #expect(error.field == "attachment name")
    #expect(error.kind == .controlCharacter)
    var withAttachment = exchange()
    withAttachment.attachments = [ExchangeAttachment(name: "a" + poison, mediaType: "text/plain", content: .empty)]
    #expect(try refusal([("keep_attachments", "1")], withAttachment).field == "attachment name")
    withAttachment.attachments[0].name = "a"
    withAttachment.attachments[0].mediaType = "text/plain" + poison
    #expect(try refusal([("keep_attachments", "1")], withAttachment).field == "attachment type")
  }

  @Test(arguments: ["a@b.example> SIZE=1", "a@b.example>\tRCPT", "-oX@", "a b@c.example", "@b.example", "a@"])
  func `what would be more than an address in a command is refused`(text: String) throws {
    #expect(try refusal([("to", "${property.to}")], exchange(properties: [("to", text)])).field == "To")
  }

  @Test func `no header of the exchange becomes a mail header or changes a recipient`() throws {
    let names = ["Subject", "To", "Cc", "Bcc", "From", "Reply-To", "X-Custom", "Content-Type", "Date", "Message-ID"]
    let poisoned = exchange(body: "b", headers: names.map { ($0, "leak@evil.example") })
    let (mail, composed) = try compose([("subject", "s")], poisoned)
    #expect(!mail.contains("leak"))
    #expect(recipients(composed) == ["anna@example.org"])
    #expect(header("Subject", of: mail) == "s")
  }

  // MARK: body

  @Test func `fields are evaluated for each message`() throws {
    let properties: FlowDocument.Properties = [
      ("to", "${property.to}"), ("subject", "Order ${header.number}"), ("body", "Dear ${property.to},\n${in.body}"),
    ]
    for (number, to) in [("1", "a@b.example"), ("2", "c@d.example")] {
      let message = exchange(body: "text", headers: [("Number", number)], properties: [("to", to)])
      let (mail, composed) = try compose(properties, message)
      #expect(header("Subject", of: mail) == "Order \(number)")
      #expect(mail.hasSuffix("\r\n\r\nDear \(to),\r\ntext\r\n"))
      #expect(recipients(composed) == [to])
    }
  }

  @Test(arguments: [("ISO-8859-1", "Gr=FC=DFe ?"), ("windows-1252", "Gr=FC=DFe ?"), ("UTF-ASCII", "Gr??e ?")])
  func `characters that the charset does not have become question marks, and a note says so`(
    charset: String, expected: String
  ) throws {
    let (mail, composed) = try compose(
      [("content_encoding", charset), ("attachmentTransferEncoding", "Quoted-Printable")], exchange(body: "Grüße 日"))
    #expect(mail.contains(expected))
    #expect(composed.notes.count == 1)
    #expect(composed.notes.first?.contains("became ?") == true)
    #expect(try compose([("content_encoding", charset)], exchange(body: "plain")).composed.notes.isEmpty)
  }

  @Test func `the body's type may come from the message, and a wrong one is refused by name`() throws {
    let properties: FlowDocument.Properties = [("content_type", "${property.type}")]
    let html = try compose(properties, exchange(body: "<p>", properties: [("type", "text/html")])).text
    #expect(header("Content-Type", of: html) == "text/html; charset=UTF-8")
    let none = try compose(properties, exchange(body: "x")).text
    #expect(header("Content-Type", of: none) == "text/plain; charset=UTF-8")
    #expect(try refusal(properties, exchange(properties: [("type", "nonsense")])).field == "Body MIME Type")
    #expect(try refusal(properties, exchange(properties: [("type", "multipart/mixed")])).field == "Body MIME Type")
  }

  @Test func `a binary body arrives byte for byte`() throws {
    var message = Exchange(id: "x")
    let bytes: [UInt8] = [0, 0xFF, 0x0D, 0x0A, 0x0A, 0x2E, 0x0D, 0x80]
    message.body = MessageBody(bytes: bytes)
    let (mail, _) = try compose([("content_type", "application/zip")], message)
    #expect(header("Content-Transfer-Encoding", of: mail) == "base64")
    let encoded = mail.components(separatedBy: "\r\n\r\n").last?.filter { $0 != "\r\n" } ?? ""
    #expect(Data(base64Encoded: encoded).map { [UInt8]($0) } == bytes)
  }

  @Test func `bodies with bare line ends, NUL and long lines leave in canonical form`() throws {
    let text = "a\rb\nc\r\n.\r\nd\u{0}" + String(repeating: "x", count: 2000)
    let bytes = Array(try compose([], exchange(body: text)).text.utf8)
    var longest = 0
    var current = 0
    for (index, byte) in bytes.enumerated() {
      if byte == 0x0A { #expect(index > 0 && bytes[index - 1] == 0x0D) }
      if byte == 0x0D { #expect(index + 1 < bytes.count && bytes[index + 1] == 0x0A) }
      #expect(byte != 0)
      current = byte == 0x0A ? 0 : current + 1
      longest = max(longest, current)
    }
    #expect(longest <= 999)
  }

  // MARK: attachments

  @Test func `attachments come from the body, from a header and from the message`() throws {
    let rows = FlowDocument.table([
      [("attachment.name", "${property.n}.csv"), ("attachment.type", "text/csv"), ("attachment.source", "Body")],
      [
        ("attachment.name", "note.txt"), ("attachment.type", "text/plain"), ("attachment.source", "Header"),
        ("attachment.value", "note"),
      ],
    ])
    var message = exchange(body: "a;ü", headers: [("Note", "remember")], properties: [("n", "orders")])
    message.attachments = [
      ExchangeAttachment(name: "scan.pdf", mediaType: "application/pdf", content: MessageBody(bytes: [0, 1, 2]))
    ]
    let (mail, _) = try compose(
      [("attachments", rows), ("body", "see attachments"), ("keep_attachments", "1")], message)
    for name in ["orders.csv", "note.txt", "scan.pdf"] {
      #expect(mail.contains("attachment; filename=\"\(name)\"") || mail.contains("filename=\(name)"))
    }
    #expect(mail.contains("text/csv; charset=UTF-8"))
    #expect(mail.contains("remember"))
    #expect(mail.contains("AAEC"))
    let without = try compose([("body", "none")], message).text
    #expect(!without.contains("scan.pdf"))
  }

  @Test func `a header that is not there makes an empty attachment`() throws {
    let row = FlowDocument.table([
      [("attachment.name", "n.txt"), ("attachment.source", "Header"), ("attachment.value", "gone")]
    ])
    #expect(try compose([("attachments", row)]).text.contains("filename=n.txt") == true)
  }

  // MARK: our own keys

  @Test func `reply-to, sender, further headers and the envelope's sender are set`() throws {
    let (mail, composed) = try compose(
      [
        ("tenant.replyTo", "Help <help@example.com>, second@example.com"), ("tenant.sender", "robot@example.com"),
        ("tenant.header.X-Order", "${property.order}"), ("tenant.header.X-Empty", "${property.gone}"),
        ("tenant.priority", "high"), ("tenant.envelopeFrom", "bounce+${property.order}@example.com"),
        ("tenant.dsn.notify", "failure,delay"), ("tenant.dsn.return", "headers"),
      ], exchange(properties: [("order", "4711")]))
    #expect(header("Reply-To", of: mail) == "Help <help@example.com>, second@example.com")
    #expect(header("Sender", of: mail) == "robot@example.com")
    #expect(header("X-Order", of: mail) == "4711")
    #expect(header("X-Empty", of: mail) == nil)
    #expect(header("X-Priority", of: mail) == "1")
    #expect(header("Importance", of: mail) == "high")
    #expect(composed.envelope.sender?.specification == "bounce+4711@example.com")
    #expect(composed.envelope.returnedContent == .headers)
    #expect(composed.envelope.recipients.map(\.notifications) == [.on(success: false, failure: true, delay: true)])
  }

  @Test func `an empty bounce address is the empty path, and one that is empty for this message is refused`() throws {
    #expect(try compose([("tenant.envelopeFrom", "<>")]).composed.envelope.sender == nil)
    #expect(try refusal([("tenant.envelopeFrom", "${property.gone}")], exchange()).field == "tenant.envelopeFrom")
    #expect(
      try refusal([("tenant.envelopeFrom", "a@b.example, c@d.example")], exchange()).field == "tenant.envelopeFrom")
  }

  @Test func `an HTML body stands beside the text, and its images inside`() throws {
    var message = exchange(body: "text")
    message.attachments = [
      ExchangeAttachment(name: "logo.png", mediaType: "image/png", content: MessageBody(bytes: [1])),
      ExchangeAttachment(name: "other.txt", mediaType: "text/plain", content: MessageBody(text: "o")),
    ]
    let properties: FlowDocument.Properties = [
      ("tenant.htmlBody", "<img src=\"cid:logo@example.com\">${in.body}"), ("keep_attachments", "1"),
      ("tenant.inline.logo@example.com", "logo.png"),
    ]
    let (mail, _) = try compose(properties, message)
    #expect(header("Content-Type", of: mail)?.hasPrefix("multipart/mixed") == true)
    #expect(mail.contains("multipart/alternative") && mail.contains("multipart/related"))
    #expect(mail.contains("Content-ID: <logo@example.com>"))
    #expect(mail.contains("Content-Disposition: inline; filename=logo.png"))
    #expect(mail.contains("Content-Disposition: attachment; filename=other.txt"))
    message.attachments.removeFirst()
    #expect(try refusal(properties, message).field == "tenant.inline.logo@example.com")
  }

  // MARK: large bodies

  private func largeBody(_ piece: String, count: Int) throws -> MessageBody {
    let folder = NSTemporaryDirectory() + "tenant-spool-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var left = count
    let body = try BodySpool(folder: folder).body { () throws(SystemError) in
      left -= 1
      return left >= 0 ? Array(piece.utf8) : nil
    }
    #expect(body.bytesInMemory == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    return body
  }

  @Test func `a large body is streamed as text, as an attachment, and in another charset`() throws {
    var message = Exchange(id: "x")
    message.body = try largeBody(String(repeating: "Grüße\n", count: 20_000), count: 8)
    let utf8 = try compose([("attachmentTransferEncoding", "8Bit")], message).composed
    #expect(utf8.notes.isEmpty)
    #expect(try utf8.mail.wholeBytes().count > 20_000 * 8 * 8)
    let latin = try compose([("attachmentTransferEncoding", "8Bit"), ("content_encoding", "ISO-8859-1")], message)
    #expect(latin.composed.notes.isEmpty)
    let ascii = try compose([("content_encoding", "UTF-ASCII")], message).composed
    #expect(ascii.notes.count == 1)
    let row = FlowDocument.table([[("attachment.name", "a.txt"), ("attachment.type", "text/plain")]])
    let attached = try compose([("attachments", row), ("body", "see")], message).text
    #expect(attached.contains("text/plain; charset=UTF-8"))
  }

  @Test func `an expression over a large body fails with the reason`() throws {
    var message = Exchange(id: "x")
    message.body = try largeBody(String(repeating: "x", count: 1 << 19), count: 3)
    let error = try #require(throws: ExpressionError.self) { _ = try compose([("subject", "${in.body}")], message) }
    #expect(error.kind == .limitExceeded)
    #expect(throws: ExpressionError.self) { _ = try compose([("body", "x ${in.body}")], message) }
  }

  @Test func `a preview of a large mail is cut, and says so`() async throws {
    var environment = MailEnvironment(credentials: TestCredentials(), certificates: [], trustGeneration: 0)
    environment.isDryRun = true
    var message = Exchange(id: "x")
    message.body = try largeBody(String(repeating: "x", count: 1 << 19), count: 4)
    let outcome = try await makeReceiver([("content_type", "application/zip")], environment).deliver(
      message, at: .test, in: makeRun())
    #expect(outcome.failure == nil)
    #expect(outcome.report.preview?.utf8.count == MailPreview.limit)
    #expect(outcome.report.notes == ["only the first 1024 KiB of the mail are shown"])
  }

  @Test func `the message id has the sender's domain, and never one that could break the header`() throws {
    let (mail, composed) = try compose([])
    #expect(composed.mail.messageID == "<0123456789ab.1795168780000.token012@example.com>")
    #expect(header("Message-ID", of: mail) == composed.mail.messageID)
    #expect(try compose([("from", "a@exämple.de")]).composed.mail.messageID.hasSuffix("@localhost>"))
  }
}
