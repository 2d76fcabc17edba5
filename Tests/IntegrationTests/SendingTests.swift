import TestSupport
import Testing

/// `run-iflow` against real servers: what it sends arrives.
struct SendingTests {
  @Test func `the hello sample arrives over STARTTLS with plain login`() async throws {
    let mail = try await MailHome()
    let flow = try mail.home.write(
      TestFiles.text(TestFiles.packageRoot + "/iflows/SendingAnEmail.iflw"), to: "SendingAnEmail.iflw")
    let result = try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpSubmission))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("STARTTLS, TLS 1.3, verified  PLAIN as orders@example.com"))
    #expect(result.outputText.contains("accepted  anna@example.org  250 2.0.0 Ok"))
    #expect(result.outputText.contains("note: test: connections for"))
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    let text = String(decoding: arrived[0].filter { $0 != 13 }, as: UTF8.self)
    #expect(text.contains("\nSubject: Hello from tenant\n"))
    #expect(text.contains("\nThis mail was sent by the integration flow SendingAnEmail on "))
    #expect(arrived.count == 1)
  }

  @Test(.enabled(if: Corpus.isPresent)) func `SAP's published recipe runs byte for byte`() async throws {
    let mail = try await MailHome(trusts: false)
    let recipe =
      Corpus.folder + "/iflw/SAP__apibusinesshub-integration-recipes/Document_Message_-_Sending_an_Email"
      + "/Document_Message_-_Sending_an_Email.iflw"
    let result = try await mail.runFlow(
      recipe, mail.connecting(to: mail.servers.smtpSubmission) + ["--trust-file", mail.servers.caFile])
    // Its address is the placeholder username@domain, which is no full domain: a real server may refuse it.
    #expect(result.outputText.contains("PLAIN as orders@example.com"), "\(result.errorText)")
    #expect(result.exitCode == 0, "\(result.errorText)")
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    let text = String(decoding: arrived[0], as: UTF8.self)
    #expect(text.contains("Subject: EIPinCPI"))
    #expect(text.contains("Hello, World!"))
  }

  @Test func `the order confirmation arrives with its attachment and subject`() async throws {
    let mail = try await MailHome(credential: "Order Mailbox")
    let order = try mail.home.write("<order number='4711'><item>Größe</item></order>", to: "order.xml")
    let result = try await mail.runFlow(
      TestFiles.packageRoot + "/iflows/OrderConfirmation",
      mail.connecting(to: mail.servers.smtpSubmission, from: "mail.example.test:587") + [
        "--parameter", "Mail Server=mail.example.test:587", "--body", order, "--header", "OrderNumber=4711",
      ])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("SCRAM-SHA-256 as orders@example.com"))
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    let text = String(decoding: arrived[0].filter { $0 != 13 }, as: UTF8.self)
    #expect(text.contains("\nSubject: Your order 4711\n"))
    #expect(text.contains("filename=order-4711.xml"))
    #expect(text.contains("PG9yZGVyIG51bWJlcj0nNDcxMSc+PGl0ZW0+R3LDtsOfZTwvaXRlbT48L29yZGVyPg=="))
  }

  @Test func `the alert arrives with hashed login and Protection off`() async throws {
    let mail = try await MailHome(credential: "Alert Mailbox", user: .alice, trusts: false)
    let result = try await mail.runFlow(
      TestFiles.packageRoot + "/iflows/Alert.iflw",
      ["--parameter", "Mail Server=\(mail.servers.host):\(mail.servers.smtpPlain)"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("no TLS  SCRAM-SHA-256 as alice@example.test"))
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    #expect(arrived.count == 1)
  }

  @Test(
    arguments: [
      ("starttls_mandatory", "loginPlain", MailServers.SMTPPort.loginOnly, "LOGIN"),
      ("starttls_mandatory", "loginPlain", MailServers.SMTPPort.plainOnly, "PLAIN"),
      ("starttls_mandatory", "loginEncrypted", MailServers.SMTPPort.cramOnly, "CRAM-MD5"),
      ("starttls_optional", "loginEncrypted", MailServers.SMTPPort.submission, "SCRAM-SHA-256"),
      ("smtps", "loginPlain", MailServers.SMTPPort.implicitTLS, "PLAIN"),
      ("smtps", "loginEncrypted", MailServers.SMTPPort.implicitTLS, "SCRAM-SHA-256"),
    ] as [(String, String, MailServers.SMTPPort, String)])
  func `each protection and login is what the report says`(
    protection: String, login: String, port: MailServers.SMTPPort, mechanism: String
  ) async throws {
    let mail = try await MailHome()
    let flow = try mail.flow([FlowChange("ssl", protection), FlowChange("auth", login)])
    let result = try await mail.runFlow(flow, mail.connecting(to: mail.servers.number(of: port)))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("verified  \(mechanism) as orders@example.com"), "\(result.outputText)")
  }

  @Test(arguments: [MailServers.User.utf8, .long, .special], ["loginPlain", "loginEncrypted"])
  func `any password logs in`(user: MailServers.User, login: String) async throws {
    let mail = try await MailHome(user: user)
    let flow = try mail.flow([FlowChange("auth", login)])
    let result = try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpSubmission))
    #expect(result.exitCode == 0, "\(result.errorText)")
  }

  @Test func `no login works where the server wants none`() async throws {
    let mail = try await MailHome(credential: nil)
    let flow = try mail.flow([FlowChange("auth", "none"), FlowChange("user", "")])
    let result = try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpStartTLSNoAuth))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("STARTTLS, TLS 1.3, verified\n"))
  }

  @Test func `servers without extensions and with HELO alone take the mail`() async throws {
    let mail = try await MailHome(credential: nil, trusts: false)
    let flow = try mail.flow([FlowChange("auth", "none"), FlowChange("ssl", "off")])
    for port in [mail.servers.smtpPoor, mail.servers.smtpHeloOnly] {
      let result = try await mail.runFlow(flow, mail.connecting(to: port))
      #expect(result.exitCode == 0, "\(result.errorText)")
    }
  }

  @Test func `a dry run shows the mail and sends nothing`() async throws {
    let mail = try await MailHome(credential: nil, trusts: false)
    let result = try await mail.runFlow(try mail.flow([]), ["--dry-run"])
    #expect(result.exitCode == 0)
    #expect(result.outputText.contains("not sent  anna@example.org"))
    #expect(result.outputText.contains("\nSubject: Hello from tenant"))
    #expect(result.outputText.contains("COMPLETED, dry run: nothing was sent"))
  }

  @Test func `redirect-to delivers to that address alone`() async throws {
    let mail = try await MailHome()
    let flow = try mail.flow([FlowChange("cc", "carol@example.org")])
    let result = try await mail.runFlow(
      flow, mail.connecting(to: mail.servers.smtpSubmission) + ["--redirect-to", "tester@example.test"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("accepted  tester@example.test"))
    #expect(!result.outputText.contains("accepted  anna@example.org"))
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    #expect(String(decoding: arrived[0], as: UTF8.self).contains("Delivered-To: tester@example.test"))
    #expect(arrived.count == 1)
  }

  @Test func `json output has the documented members`() async throws {
    let mail = try await MailHome()
    let result = try await mail.runFlow(
      try mail.flow([]), mail.connecting(to: mail.servers.smtpSubmission) + ["--output", "json"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let text = result.outputText
    for part in [
      "\"flow\": \"Variation\"", "\"status\": \"COMPLETED\"", "\"exitCode\": 0", "\"endpoint\": \"smtp.gmail.com:587\"",
      "\"login\": \"PLAIN as orders@example.com\"", "\"credentialName\": \"Gmail Credentials\"",
      "\"target\": \"anna@example.org\"", "\"status\": \"accepted\"", "\"error\": null",
    ] {
      #expect(text.contains(part), "\(part) is not in \(text)")
    }
  }
}
