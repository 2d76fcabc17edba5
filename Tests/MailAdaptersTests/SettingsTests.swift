import Expressions
import FlowEngine
import FlowModel
import MIME
import SASL
import SMTP
import TenantBase
import TestSupport
import Testing
import Transport

@testable import MailAdapters

/// Every key: what it reads, its default, and what it refuses.
@Suite struct SettingsTests {
  private func settings(_ properties: FlowDocument.Properties) throws -> MailReceiverSettings {
    try MailReceiverSettings(try mailChannel(properties))
  }

  @Test func `absent keys take the documented defaults`() throws {
    let channel = try channel(.mail([("server", "mail.example.com"), ("from", "a@b.example"), ("to", "c@d.example")]))
    let settings = try MailReceiverSettings(channel)
    #expect(settings.channelName == "Mail")
    let connection = settings.connection
    #expect(connection.server == ServerAddress(host: "mail.example.com", port: 25))
    #expect(!connection.hasPort)
    #expect(connection.connectTimeout == .seconds(30))
    #expect(connection.protection == .startTLSMandatory)
    #expect(connection.login == nil)
    #expect(!connection.allowsPlaintextPassword)
    #expect(connection.tls == MailTLSSettings())
    #expect(connection.tls.minimumVersion == .tls12)
    #expect(connection.tls.maximumVersion == nil)
    #expect(connection.tls.pins.isEmpty)
    #expect(connection.clientName == nil)
    let content = settings.content
    #expect(content.body.source == "${in.body}")
    #expect(content.isMessageBody)
    #expect(content.bodyMediaType.constant == "text/plain")
    #expect(content.bodyCharset == .utf8)
    #expect(content.transferEncoding == .automatic)
    #expect(content.attachments.isEmpty && content.inlineParts.isEmpty)
    #expect(!content.addsMessageAttachments)
    #expect(content.htmlBody == nil)
    #expect(settings.fields.cc.constant == "" && settings.fields.subject.constant == "")
    #expect(settings.fields.replyTo == nil && settings.fields.sender == nil && settings.fields.furtherHeaders.isEmpty)
    #expect(settings.envelope.notifications == nil && settings.envelope.returnedContent == nil)
    guard case .author = settings.envelope.sender else {
      Issue.record("the bounces go elsewhere")
      return
    }
  }

  @Test func `the connection's keys are read`() throws {
    let pin = String(repeating: "aB:", count: 31) + "aB"
    let connection = try settings([
      ("server", " [2001:db8::1]:465 "), ("timeout", "3000"), ("ssl", "SMTPS"), ("auth", "loginEncrypted"),
      ("user", " mailer "), ("proxyType", "none"), ("tenant.allowPlaintextPassword", "true"),
      ("tenant.authorizationId", "boss"), ("tenant.clientName", "client.example.com"), ("tenant.tls.trust", "keystore"),
      ("tenant.tls.minimumVersion", "1.0"), ("tenant.tls.maximumVersion", "1.2"), ("tenant.tls.pins", "\(pin), \(pin)"),
    ]).connection
    #expect(connection.server == ServerAddress(host: "2001:db8::1", port: 465))
    #expect(connection.hasPort)
    #expect(connection.connectTimeout == .milliseconds(3000))
    #expect(connection.protection == .smtps)
    #expect(connection.login == .init(style: .encrypted, credentialName: "mailer", authorizationID: "boss"))
    #expect(connection.allowsPlaintextPassword)
    #expect(connection.clientName == "client.example.com")
    #expect(connection.tls.trust == .keystore)
    #expect(connection.tls.minimumVersion == .tls10)
    #expect(connection.tls.maximumVersion == .tls12)
    #expect(connection.tls.pins == [[UInt8](repeating: 0xAB, count: 32)])
  }

  @Test(arguments: [
    ("off", MailConnectionSettings.Protection.off), ("starttls_optional", .startTLSOptional),
    ("starttls_mandatory", .startTLSMandatory), ("smtps", .smtps), ("STARTTLS_Mandatory", .startTLSMandatory),
  ])
  func `protection is read in any case`(text: String, expected: MailConnectionSettings.Protection) throws {
    #expect(try settings([("ssl", text)]).connection.protection == expected)
  }

  @Test(arguments: [
    ("auto", TransferEncodingRequest.automatic), ("Automatic", .automatic), ("7Bit", .sevenBit), ("8Bit", .eightBit),
    ("Base64", .base64), ("Binary", .binary), ("Quoted-Printable", .quotedPrintable), ("", .automatic),
  ])
  func `content transfer encodings are read`(text: String, expected: TransferEncodingRequest) throws {
    #expect(try settings([("attachmentTransferEncoding", text)]).content.transferEncoding == expected)
  }

  @Test(arguments: [
    ("UTF-8", "UTF-8"), ("windows-1252", "windows-1252"), ("UTF-ASCII", "us-ascii"), ("ISO-8859-1", "ISO-8859-1"),
  ])
  func `body encodings are read`(text: String, expected: String) throws {
    #expect(try settings([("content_encoding", text)]).content.bodyCharset.name == expected)
  }

  @Test func `attachment rows are read`() throws {
    let rows = FlowDocument.table([
      [
        ("attachment.value", ""), ("attachment.type", "text/csv"), ("attachment.name", "${property.n}.csv"),
        ("attachment.source", "Body"),
      ],
      [
        ("attachment.value", " file "), ("attachment.type", ""), ("attachment.name", "b"),
        ("attachment.source", "Header"),
      ],
      [("attachment.name", "c")],
    ])
    let content = try settings([("attachments", rows), ("keep_attachments", "1")]).content
    #expect(content.attachments.map(\.source) == [.body, .header("file"), .body])
    #expect(
      content.attachments.map(\.mediaType.name) == ["text/csv", "application/octet-stream", "application/octet-stream"])
    #expect(content.attachments.map(\.name.source) == ["${property.n}.csv", "b", "c"])
    #expect(content.addsMessageAttachments)
  }

  @Test func `our own keys of the mail are read`() throws {
    let settings = try settings([
      ("tenant.replyTo", "r@b.example"), ("tenant.sender", "s@b.example"), ("tenant.priority", "High"),
      ("tenant.sensitivity", "company-confidential"), ("tenant.header.X-Order", "${property.order}"),
      ("tenant.htmlBody", "<p>${in.body}</p>"), ("tenant.inline.logo@example.com", "logo.png"),
      ("tenant.envelopeFrom", "<>"), ("tenant.dsn.notify", "Success, failure"), ("tenant.dsn.return", "headers"),
    ])
    #expect(settings.fields.furtherHeaders.map(\.name) == ["X-Priority", "Importance", "Sensitivity", "X-Order"])
    #expect(
      settings.fields.furtherHeaders.map(\.value.source) == ["1", "high", "Company-Confidential", "${property.order}"])
    #expect(settings.content.htmlBody?.source == "<p>${in.body}</p>")
    #expect(settings.content.inlineParts.map(\.contentID) == ["logo@example.com"])
    #expect(settings.envelope.notifications == .on(success: true, failure: true, delay: false))
    #expect(settings.envelope.returnedContent == .headers)
    #expect(try self.settings([("tenant.dsn.notify", "never")]).envelope.notifications == .never)
    #expect(try self.settings([("tenant.dsn.return", "full")]).envelope.returnedContent == .full)
  }

  /// One property that is wrong: the failure begins with the channel, then the property's name in the editor.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let key: String
    let value: String
    let reason: String
    var others: [String: String] = [:]

    init(_ key: String, _ value: String, _ reason: String, with others: [String: String] = [:]) {
      (self.key, self.value, self.reason, self.others) = (key, value, reason, others)
    }

    var testDescription: String { "\(key)=\(value)" }

    static let all: [Refusal] = [
      Refusal("server", "", "Address is empty"),
      Refusal("server", "https://x.example", "Address is wrong: 'https://x.example' is not host or host:port"),
      Refusal("server", "${header.host}", "Address may not hold an expression"),
      Refusal("timeout", "0", "Timeout is wrong: '0' is not a number from 1 to 299999"),
      Refusal("timeout", "300000", "Timeout is wrong: '300000' is not a number from 1 to 299999"),
      Refusal("timeout", "30 s", "Timeout is wrong: '30 s' is not a number"),
      Refusal("timeout", "${property.t}", "Timeout may not hold an expression"),
      Refusal(
        "ssl", "tls", "Protection is wrong: 'tls' is not one of off, starttls_optional, starttls_mandatory, smtps"),
      Refusal("ssl", "${property.p}", "Protection may not hold an expression"),
      Refusal("auth", "basic", "Authentication is wrong: 'basic' is not one of none, loginPlain, loginEncrypted"),
      Refusal("auth", "${property.a}", "Authentication may not hold an expression"),
      Refusal("auth", "oauth", "Authentication OAuth2 Authorization Code cannot run yet"),
      Refusal("auth", "loginPlain", "Credential Name is empty, and Authentication is loginPlain"),
      Refusal("user", "${property.u}", "Credential Name may not hold an expression", with: ["auth": "loginPlain"]),
      Refusal(
        "auth", "loginPlain",
        "Authentication Plain User Name/Password with Protection off would send the password readable",
        with: ["ssl": "off", "user": "mailer"]),
      Refusal("proxyType", "sapcc", "Proxy Type On-Premise (sapcc) needs SAP's Cloud Connector"),
      Refusal("proxyType", "manual", "Proxy Type 'manual' cannot run here"),
      Refusal("encrypt.type", "signature", "Signature and Encryption Type 'signature' (S/MIME) cannot run yet"),
      Refusal("from", "", "From is empty"),
      Refusal("from", "orders", "From is no list of mail addresses"),
      Refusal("to", "", "To is empty, and so are Cc and Bcc"),
      Refusal("to", "user@example.com@mail.com", "To is no list of mail addresses"),
      Refusal("cc", "a@b.example c@d.example", "Cc is no list of mail addresses"),
      Refusal("bcc", "<<bcc>>", "Bcc is no list of mail addresses"),
      Refusal("subject", "${header.}", "Subject cannot be read"),
      Refusal("body", "${nothing}", "Mail Body cannot be read"),
      Refusal("content_type", "text", "Body MIME Type is wrong"),
      Refusal("content_type", "multipart/mixed", "Body MIME Type is wrong: a body is no multipart"),
      Refusal("content_encoding", "klingon-1", "Body Encoding is wrong: no charset 'klingon-1' is known here"),
      Refusal("content_encoding", "${property.c}", "Body Encoding may not hold an expression"),
      Refusal(
        "attachmentTransferEncoding", "uuencode", "Content Transfer Encoding is wrong: 'uuencode' is not one of auto"),
      Refusal("keep_attachments", "yes", "Add Message Attachments is wrong: 'yes' is not one of 1, true, 0, false"),
      Refusal("attachments", "<row>", "Attachments is wrong: the table cannot be read"),
      Refusal(
        "attachments", "<row><cell id='attachment.source'>Property</cell></row>",
        "Attachments is wrong: the source 'Property' is not one of Body, Header"),
      Refusal(
        "attachments", "<row><cell id='attachment.source'>Header</cell></row>",
        "Attachments has a row with source Header that names no header"),
      Refusal("attachments", "<row><cell id='attachment.type'>csv</cell></row>", "Attachments is wrong"),
      Refusal("attachments", "<row><cell id='attachment.name'>${x</cell></row>", "Attachments cannot be read"),
      Refusal("attachments", "<row><cell id='attachment.type'>multipart/x</cell></row>", "Attachments is wrong"),
      Refusal("tenant.allowPlaintextPassword", "maybe", "tenant.allowPlaintextPassword is wrong"),
      Refusal("tenant.clientName", "laptop", "tenant.clientName is wrong: 'laptop' is neither a full host name"),
      Refusal("tenant.tls.trust", "all", "tenant.tls.trust is wrong: 'all' is not one of system+keystore, keystore"),
      Refusal(
        "tenant.tls.minimumVersion", "1.4", "tenant.tls.minimumVersion is wrong: '1.4' is not one of 1.0, 1.1, 1.2, 1.3"
      ),
      Refusal(
        "tenant.tls.maximumVersion", "1.1", "tenant.tls.maximumVersion is wrong: TLS 1.1 is below the minimum, TLS 1.2"),
      Refusal("tenant.tls.pins", "abcd", "tenant.tls.pins is wrong: 'abcd' is not a SHA-256 fingerprint"),
      Refusal("tenant.tls.pins", String(repeating: "+f", count: 32), "tenant.tls.pins is wrong"),
      Refusal("tenant.replyTo", "nobody", "tenant.replyTo is no list of mail addresses"),
      Refusal("tenant.priority", "urgent", "tenant.priority is wrong: 'urgent' is not one of low, normal, high"),
      Refusal("tenant.sensitivity", "top", "tenant.sensitivity is wrong"),
      Refusal(
        "tenant.header.Subject", "x", "tenant.header.Subject is wrong: this field is set by the mail's own settings"),
      Refusal("tenant.header.Bcc", "x@y.example", "tenant.header.Bcc is wrong"),
      Refusal("tenant.header.X A", "x", "tenant.header.X A is wrong: a header name has only printable ASCII"),
      Refusal("tenant.header.X-Priority", "1", "tenant.header.X-Priority is wrong", with: ["tenant.priority": "low"]),
      Refusal(
        "tenant.htmlBody", "<p>", "tenant.htmlBody is wrong: it stands beside a text",
        with: ["content_type": "text/html"]),
      Refusal(
        "tenant.inline.logo", "logo.png", "tenant.inline.logo is wrong: 'logo' is no Content-ID",
        with: ["content_type": "text/html"]),
      Refusal("tenant.inline.a@b", "", "tenant.inline.a@b is empty", with: ["content_type": "text/html"]),
      Refusal("tenant.inline.a@b", "logo.png", "tenant.inline.a@b is wrong: only HTML can show an inline part"),
      Refusal("tenant.dsn.notify", "never, failure", "tenant.dsn.notify is wrong"),
      Refusal(
        "tenant.dsn.notify", "sometimes", "tenant.dsn.notify is wrong: 'sometimes' is neither never nor a list of"),
      Refusal("tenant.dsn.return", "all", "tenant.dsn.return is wrong: 'all' is not one of full, headers"),
      Refusal("tenant.sentCopy.folder", "Sent", "tenant.sentCopy.folder has no effect without tenant.sentCopy.server"),
      Refusal("tenant.tls.pin", "x", "tenant.tls.pin is no key of a mail receiver channel"),
      Refusal("tenant.onDoubts", "hold", "tenant.onDoubts is no key of a mail receiver channel"),
      Refusal("tenant.onDoubt", "drop", "tenant.onDoubt is wrong: 'drop' is not one of resend, hold"),
    ]
  }

  @Test(arguments: Refusal.all)
  func `what cannot be is refused with the property's name and place`(refusal: Refusal) throws {
    let properties = refusal.others.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    let document = FlowDocument.mail(mailProperties(properties + [(refusal.key, refusal.value)]))
    let channel = try channel(document)
    let error = try #require(throws: FlowFailure.self) { _ = try MailReceiverSettings(channel) }
    #expect(error.failureClass == .configuration)
    #expect(error.explanation.summary.hasPrefix("channel 'Mail': \(refusal.reason)"))
    // A property that is missing altogether has the channel's place.
    let at = refusal.reason.hasPrefix("Credential Name is empty") ? "<b:messageFlow" : "<key>\(refusal.key)</key>"
    #expect(error.explanation.places == ["orders.iflw:\(try #require(document.line(of: at)))"])
  }

  @Test func `everything that is wrong is found in one look`() throws {
    let channel = try mailChannel([("server", ""), ("timeout", "x"), ("ssl", "y"), ("from", "z")])
    let reading = MailReceiverSettings.read(channel)
    #expect(reading.settings == nil)
    #expect(
      reading.findings.map(\.code) == [
        "mail-value-missing", "mail-value-wrong", "mail-value-wrong", "mail-value-wrong",
      ])
    let error = try #require(throws: FlowFailure.self) { _ = try MailReceiverSettings(channel) }
    #expect(error.explanation.summary == "channel 'Mail': Address is empty (and 3 more)")
  }

  @Test func `a parameter without value is left to the flow's own check, and the channel does not run`() throws {
    let channel = try mailChannel([("server", "{{host}}"), ("to", "{{to}}"), ("ssl", "{{p}}")])
    let reading = MailReceiverSettings.read(channel)
    #expect(reading.findings.isEmpty)
    #expect(reading.settings == nil)
    #expect(throws: FlowFailure.self) { _ = try MailReceiverSettings(channel) }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func `every mail channel of the published flows is read, or says what is missing`()
    throws
  {
    var readable = 0
    var reasons: [String: Int] = [:]
    for path in Corpus.files(below: "iflw", suffix: ".iflw") {
      let flow = try LoadedFlow(at: Corpus.folder + "/" + path).flow
      for channel in flow.channels where channel.type == MailReceiverFactory.type {
        let reading = MailReceiverSettings.read(channel)
        if reading.settings != nil { readable += 1 }
        for finding in reading.findings where finding.severity == .error {
          reasons[
            finding.code + " " + finding.reason.split(separator: " ").prefix(2).joined(separator: " "), default: 0] += 1
        }
      }
    }
    print("readable \(readable)", reasons.sorted { $0.key < $1.key })
    #expect(readable > 0)
  }
}
