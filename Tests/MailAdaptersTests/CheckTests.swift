import FlowModel
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

@Suite struct ReceiverCheckTests {
  private func warnings(_ properties: FlowDocument.Properties) throws -> [String] {
    let document = FlowDocument.mail(mailProperties(properties))
    let flow = try flow(document)
    let channel = try #require(flow.channels.first)
    let check = MailReceiverCheck()
    #expect(check.covers(channel.type))
    let findings = check.findings(for: channel, in: flow)
    #expect(findings.allSatisfy { $0.subject.kind == .channel && $0.place.line != nil })
    return findings.map { "\($0.severity.rawValue) \($0.code): \($0.reason)" }
  }

  @Test func `a sound channel has nothing to tell`() throws {
    #expect(try warnings([]) == [])
    #expect(try warnings([("auth", "loginPlain"), ("user", "mailer")]) == [])
    #expect(
      try warnings([("server", "mail.example.com:465"), ("ssl", "smtps"), ("auth", "loginEncrypted"), ("user", "m")])
        == [])
    #expect(try warnings([("server", "mail.example.com:25")]) == [])
  }

  @Test(arguments: [
    ("587", "smtps", "Address has port 587, where servers begin without TLS"),
    ("465", "starttls_mandatory", "Address has port 465, where servers expect TLS from the first byte"),
    ("465", "off", "Address has port 465, where servers expect TLS from the first byte"),
    ("25", "smtps", "Address has port 25, where servers begin without TLS"),
    ("993", "smtps", "Address has port 993, which is for fetching mail"),
    ("143", "starttls_mandatory", "Address has port 143, which is for fetching mail"),
  ])
  func `a port that does not fit the protection is told`(port: String, protection: String, reason: String) throws {
    let found = try warnings([("server", "mail.example.com:\(port)"), ("ssl", protection)])
    #expect(found.contains("warning mail-mismatch: \(reason)"))
  }

  @Test func `an address without port and a login at port 25 are told`() throws {
    #expect(
      try warnings([("server", "smtp.gmail.com")])
        == ["warning mail-mismatch: Address names no port, so that 25 is used"])
    let login: FlowDocument.Properties = [("server", "mail.example.com:25"), ("auth", "loginPlain"), ("user", "m")]
    #expect(try warnings(login).count == 1)
  }

  @Test func `weak settings are told`() throws {
    #expect(try warnings([("ssl", "starttls_optional")]).map { $0.prefix(18) } == ["warning mail-weak:"])
    #expect(try warnings([("ssl", "off")]).map { $0.prefix(18) } == ["warning mail-weak:"])
    let encrypted = try warnings([("ssl", "off"), ("auth", "loginEncrypted"), ("user", "m")])
    #expect(encrypted.count == 1 && encrypted[0].contains("MD5"))
    #expect(try warnings([("tenant.tls.minimumVersion", "1.1")]).first?.contains("TLS 1.1, which is broken") == true)
  }

  @Test func `a readable password is an error, and a warning where it is meant`() throws {
    let plain: FlowDocument.Properties = [("ssl", "off"), ("auth", "loginPlain"), ("user", "m")]
    #expect(try warnings(plain).contains { $0.hasPrefix("error mail-password-readable: Authentication") })
    let allowed = try warnings(plain + [("tenant.allowPlaintextPassword", "true")])
    #expect(allowed.count == 1)
    #expect(allowed[0].hasPrefix("warning mail-password-readable: tenant.allowPlaintextPassword"))
  }

  @Test func `settings without effect are told`() throws {
    #expect(try warnings([("tenant.allowPlaintextPassword", "1")]).first?.hasPrefix("warning mail-no-effect") == true)
    #expect(try warnings([("tenant.authorizationId", "x")]).first?.hasPrefix("warning mail-no-effect") == true)
    #expect(
      try warnings([("ssl", "off"), ("tenant.tls.trust", "keystore")]).contains {
        $0.hasPrefix("warning mail-no-effect")
      })
  }

  @Test func `placeholders are told once, as errors where they cannot work`() throws {
    #expect(
      try warnings([("from", "username@domain")])
        == ["warning mail-value-placeholder: From is 'username@domain', which looks like a placeholder"])
    let broken = try warnings([("to", "<<email recipient>>")])
    #expect(broken.count == 1 && broken[0].hasPrefix("error mail-value-placeholder: To is no list"))
    let alias = try warnings([("auth", "loginPlain"), ("user", "<<name of your credential>>")])
    #expect(alias.count == 1 && alias[0].hasPrefix("warning mail-value-placeholder: Credential Name"))
  }

  @Test func `weaknesses are told beside errors`() throws {
    let found = try warnings([("ssl", "starttls_optional"), ("from", "")])
    #expect(found.contains("error mail-value-missing: From is empty"))
    #expect(found.contains { $0.hasPrefix("warning mail-weak: Protection") })
  }
}

@Suite struct SenderCheckTests {
  private func findings(_ properties: FlowDocument.Properties, transport: String = "IMAP") throws -> [String] {
    let least: FlowDocument.Properties = [
      ("server", transport == "POP3" ? "mail.example.com:995" : "mail.example.com:993"),
      ("ssl", transport == "POP3" ? "pop3s" : "imaps"), ("auth", "loginPlain"), ("user", "mailbox"),
      ("folder", "INBOX"),
      ("selectionReadFlag", transport == "POP3" ? "all" : "unread"),
      ("postProcessing", transport == "POP3" ? "delete" : "mark"), ("timeout", "30000"),
    ]
    let given = Set(properties.map(\.key))
    let fixed: FlowDocument.Properties = [
      ("Name", "In"), ("ComponentType", "Mail"), ("direction", "Sender"), ("TransportProtocol", transport),
    ]
    let own = least.filter { !given.contains($0.key) } + properties
    let document = FlowDocument(
      [.message, .end], channels: [.init(id: "In", at: "Start", isSender: true, fixed + own)])
    let flow = try flow(document)
    let channel = try #require(flow.channels.first)
    let check = MailSenderCheck()
    #expect(check.covers(channel.type))
    return check.findings(for: channel, in: flow).map { "\($0.severity.rawValue) \($0.code): \($0.reason)" }
  }

  @Test(arguments: ["IMAP", "IMAP4", "POP3"]) func `a sound channel has nothing to tell`(transport: String) throws {
    #expect(try findings([], transport: transport) == [])
  }

  @Test func `selection all with mark as read is told`() throws {
    #expect(
      try findings([("selectionReadFlag", "all")])
        == [
          "warning mail-repetition: Selection all with Mark as Read processes every mail again at each poll of SAP's; "
            + "here each is processed once"
        ])
    #expect(try findings([("selectionReadFlag", "all"), ("postProcessing", "delete")]) == [])
  }

  @Test(arguments: [
    ("993", "starttls_mandatory", "IMAP"), ("143", "imaps", "IMAP"), ("587", "imaps", "IMAP"), ("995", "imaps", "IMAP"),
    ("110", "pop3s", "POP3"), ("995", "starttls_mandatory", "POP3"), ("993", "pop3s", "POP3"),
  ])
  func `a port that does not fit is told`(port: String, protection: String, transport: String) throws {
    let found = try findings([("server", "mail.example.com:\(port)"), ("ssl", protection)], transport: transport)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("warning mail-mismatch: Address has port \(port)") == true)
  }

  @Test(arguments: [
    ("server", "", "Address is empty"), ("user", "", "Credential Name is empty"),
    ("auth", "none", "Authentication is wrong: 'none' is not one of loginPlain, loginEncrypted, oauth"),
    ("auth", "oauth", "Authentication OAuth2 Authorization Code cannot run yet"),
    ("ssl", "pop3s", "Protection is wrong: pop3s is not for IMAP"),
    ("ssl", "off", "Authentication Plain User Name/Password with Protection off would send the password readable"),
    ("postProcessing", "archive", "Archive Folder is empty, and Post-Processing is Archive"),
    ("proxyType", "sapcc", "Proxy Type On-Premise (sapcc)"), ("timeout", "0", "Timeout is wrong"),
    ("maxMessagesPerPoll", "many", "Max. Messages per Poll is wrong"),
    ("selectionReadFlag", "new", "Selection is wrong: 'new' is not one of all, unread"),
    ("tenant.header.X", "y", "tenant.header.X is no key of a mail sender channel"),
  ])
  func `what cannot be is an error`(key: String, value: String, reason: String) throws {
    let found = try findings([(key, value)])
    #expect(found.contains { $0.hasPrefix("error ") && $0.contains(reason) }, "\(found)")
  }

  @Test func `what POP3 cannot do is told`() throws {
    #expect(try findings([("auth", "oauth")], transport: "POP3").first?.contains("is not for POP3") == true)
    #expect(
      try findings([("postProcessing", "archive")], transport: "POP3").first?.contains("POP3 cannot archive") == true)
    #expect(try findings([("folder", "Orders")], transport: "POP3").first?.contains("one folder only") == true)
    #expect(try findings([("postProcessing", "mark")], transport: "POP3").count == 1)
  }

  @Test func `an unknown protocol is an error`() throws {
    #expect(
      try findings([], transport: "NNTP") == [
        "error mail-value-wrong: Transport Protocol is wrong: 'NNTP' is not one of IMAP, POP3"
      ])
  }
}
