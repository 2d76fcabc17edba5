import Testing

/// `run-iflow` of a flow that a mailbox starts, against a real server.
struct ReceivingTests {
  @Test func `a mail with attachments goes through the flow, once`() async throws {
    let flow = try ReceivingFlow(try await MailHome())
    let folder = flow.mailbox.folder
    try flow.mailbox.append(
      """
      From: =?UTF-8?Q?Anna_M=C3=BCller?= <anna@example.org>
      To: orders@example.com
      Subject: =?UTF-8?Q?Bestellung_f=C3=BCr?= \(folder)
      Message-ID: <1.\(folder)@example.org>
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary=x

      --x
      Content-Type: text/plain; charset=iso-8859-1
      Content-Transfer-Encoding: quoted-printable

      Gr=F6=DFe 42
      --x
      Content-Type: application/pdf; name="order.pdf"
      Content-Transfer-Encoding: base64

      JVBERi0xLjcA/w==
      --x--

      """)
    let result = try await flow.run()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(
      result.outputText.contains("Mailbox (sender)  imap.gmail.com:993  \(folder)  implicit TLS, TLS 1.3, verified"))
    #expect(result.outputText.contains("Anna Müller <anna@example.org>  Bestellung für \(folder)"))
    #expect(result.outputText.contains("accepted  sales@example.org"))
    #expect(result.outputText.contains("marked as read"))
    #expect(result.outputText.contains("1 processed"))
    let arrived = try await flow.mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    let text = String(decoding: arrived[0].filter { $0 != 13 }, as: UTF8.self)
    #expect(text.contains("Anna M=C3=BCller <anna@example.org> wrote:\n\nGr=C3=B6=C3=9Fe 42"))
    #expect(text.contains("filename=order.pdf"))
    #expect(text.contains("JVBERi0xLjcA/w=="))
    #expect(try flow.mailbox.flags() == ["\\Seen"])

    let second = try await flow.run()
    #expect(second.exitCode == 0)
    #expect(second.outputText.contains("no mail to take"))
    #expect(try await flow.mail.servers.catchall.newMessages(withHeader: folder).count == 1)
  }

  @Test func `a mail that somebody marks as unread again is not processed again`() async throws {
    let flow = try ReceivingFlow(try await MailHome())
    try flow.mailbox.appendOrder("again")
    #expect(try await flow.run().exitCode == 0)
    try flow.mailbox.command("SELECT \(flow.mailbox.folder)")
    try flow.mailbox.command("STORE 1 -FLAGS (\\Seen)")
    let second = try await flow.run()
    #expect(second.exitCode == 0)
    #expect(second.outputText.contains("no mail to take; 1 done before"), "\(second.outputText)")
  }

  @Test(
    arguments: [
      ("imaps", "loginPlain", "implicit TLS, TLS 1.3, verified  PLAIN"),
      ("imaps", "loginEncrypted", "implicit TLS, TLS 1.3, verified  SCRAM-SHA-256"),
      ("starttls_mandatory", "loginPlain", "STARTTLS, TLS 1.3, verified  PLAIN"),
      ("starttls_mandatory", "loginEncrypted", "STARTTLS, TLS 1.3, verified  SCRAM-SHA-256"),
      ("starttls_optional", "loginPlain", "STARTTLS, TLS 1.3, verified  PLAIN"),
    ])
  func `each protection and login is what the report says`(
    protection: String, login: String, facts: String
  ) async throws {
    let flow = try ReceivingFlow(try await MailHome(), ["ssl": protection, "auth": login])
    try flow.mailbox.appendOrder("protected")
    let servers = flow.mail.servers
    let result = try await flow.run(imap: protection == "imaps" ? servers.imaps : servers.imap)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("\(facts) as orders@example.com"), "\(result.outputText)")
    #expect(result.outputText.contains("1 processed"))
  }

  @Test func `without TLS a hashed login works, and a readable password does not leave`() async throws {
    let mail = try await MailHome()
    let address = "\(mail.servers.host)\\:\(mail.servers.imap)"
    let hashed = try ReceivingFlow(mail, ["ssl": "off", "auth": "loginEncrypted", "server": address])
    let result = try await hashed.run()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("no TLS  SCRAM-SHA-256 as orders@example.com"))
    let plain = try await ReceivingFlow(mail, ["ssl": "off", "server": address], name: "Plain").run()
    #expect(plain.exitCode == 78)
    #expect(plain.errorText.contains("would send the password readable"))
  }

  @Test(
    arguments: [
      ("mark", ["\\Seen"], [], "marked as read"), ("delete", [], [], "deleted"),
      ("archive", [], [""], "archived in "), ("archiveAndMark", [], ["\\Seen"], " and marked as read"),
    ] as [(String, [String], [String], String)])
  func `each post-processing does what it says`(
    value: String, left: [String], archived: [String], words: String
  ) async throws {
    let mail = try await MailHome()
    let name = "Done\(UInt64.random(in: 0...UInt64.max))"
    let flow = try ReceivingFlow(
      mail, ["postProcessing": value, "archiveMailFolder": name, "tenant.createFolder": "true"])
    try flow.mailbox.appendOrder("first")
    let result = try await flow.run()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains(words), "\(result.outputText)")
    #expect(try flow.mailbox.flags() == left)
    if !archived.isEmpty { #expect(try flow.mailbox.flags(in: name) == archived) }
  }

  @Test func `a missing archive folder leaves the mail processed, and says what to do`() async throws {
    let mail = try await MailHome()
    let flow = try ReceivingFlow(mail, ["postProcessing": "archive", "archiveMailFolder": "Nowhere"])
    try flow.mailbox.appendOrder("first")
    let result = try await flow.run()
    #expect(result.exitCode == 78)
    #expect(result.outputText.contains("1 processed"))
    #expect(result.outputText.contains("not archived in Nowhere yet"))
    #expect(result.errorText.contains("has no folder 'Nowhere'"))
    #expect(result.errorText.contains("tenant.createFolder=true"))
    // The flow does not get it again; what is left to do is tried again.
    try flow.mailbox.command("CREATE Nowhere")
    let second = try await flow.run()
    #expect(second.exitCode == 0, "\(second.errorText)")
    #expect(second.outputText.contains("1 finished"), "\(second.outputText)")
    #expect(try flow.mailbox.flags() == [])
    try flow.mailbox.command("DELETE Nowhere")
  }

  @Test func `a dry run shows the mails and changes nothing`() async throws {
    let flow = try ReceivingFlow(try await MailHome())
    try flow.mailbox.appendOrder("dry")
    let dry = try await flow.run(["--dry-run"])
    #expect(dry.exitCode == 0, "\(dry.errorText)")
    #expect(dry.outputText.contains("would take  1  Anna <anna@example.org>  dry"))
    #expect(dry.outputText.contains("\nSubject: Order: dry"))
    #expect(try flow.mailbox.flags() == [""])
    let real = try await flow.run()
    #expect(real.outputText.contains("1 processed"), "\(real.outputText)")
  }

  @Test func `a mail that a server refuses for good is kept at once, and others go on`() async throws {
    let mail = try await MailHome()
    let flow = try ReceivingFlow(
      mail, receiver: ["to": "${header.Subject}@example.test"])
    try flow.mailbox.appendOrder("refused550")
    try flow.mailbox.appendOrder("anyone")
    let first = try await flow.run()
    #expect(first.exitCode == 1, "\(first.errorText)")
    #expect(first.outputText.contains("1 processed, 1 quarantined"), "\(first.outputText)")
    #expect(first.errorText.contains("mail UID 1 'refused550'"))
    #expect(try flow.mailbox.flags() == ["", "\\Seen"])
    let second = try await flow.run()
    #expect(second.exitCode == 0, "\(second.errorText)")
    #expect(second.outputText.contains("skipped  1  quarantined; to try it again: tenant messages retry 1"))
    #expect(try flow.mailbox.flags() == ["", "\\Seen"])
  }

  @Test func `a folder that is not there, a wrong password and a bad certificate say what to do`() async throws {
    let mail = try await MailHome()
    let noFolder = try await ReceivingFlow(mail, ["folder": "Missing"], name: "NoFolder").run()
    #expect(noFolder.exitCode == 78, "\(noFolder.errorText)")
    #expect(noFolder.errorText.contains("imap.gmail.com:993 has no folder 'Missing'"))
    #expect(noFolder.errorText.contains("hint: the mailbox has the folders '"))
    #expect(noFolder.errorText.contains("sender channel 'Mailbox'"))
    let wrong = try mail.home.write("wrong-on-purpose\n", to: "\(mail.home.folder)/wrong.password")
    try await mail.deploy("Other", user: .orders, passwordFile: wrong)
    let refused = try await ReceivingFlow(mail, ["user": "Other"], name: "Wrong").run()
    #expect(refused.exitCode == 77, "\(refused.errorText)")
    #expect(refused.errorText.contains("imap.gmail.com:993 refused the login"))
    #expect(refused.errorText.contains("replace the stored password with: tenant"))
    let untrusted = try await ReceivingFlow(try await MailHome(trusts: false)).run()
    #expect(untrusted.exitCode == 77)
    #expect(untrusted.errorText.contains("the certificate of imap.gmail.com:993 is refused"))
  }

  @Test func `a server without an answer is unreachable, and nothing is noted`() async throws {
    let flow = try ReceivingFlow(try await MailHome())
    let result = try await flow.run(imap: 1)
    #expect(result.exitCode == 69, "\(result.errorText)")
    #expect(result.errorText.contains("cannot poll for 'Orders'"))
  }

  @Test func `a raw mail is taken from a file without any connection to the mailbox`() async throws {
    let mail = try await MailHome()
    let flow = try ReceivingFlow(mail)
    let file = try mail.home.write(
      "From: ben@example.org\r\nSubject: =?UTF-8?Q?=C3=A4pfel?=\r\n\r\nfive pears\r\n", to: "order.eml")
    let result = try await mail.runFlow(
      flow.file, mail.connecting(to: mail.servers.smtpSubmission) + ["--body", file])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    let text = String(decoding: arrived[0].filter { $0 != 13 }, as: UTF8.self)
    #expect(text.contains("ben@example.org wrote:\n\nfive pears"))
  }

  @Test func `each poll takes its part, and selection and order are the channel's`() async throws {
    let mail = try await MailHome()
    let flow = try ReceivingFlow(
      mail,
      ["maxMessagesPerPoll": "2", "tenant.order": "newestFirst", "tenant.search.subject": "wanted"])
    for name in ["wanted1", "other", "wanted2", "wanted3"] { try flow.mailbox.appendOrder(name) }
    let first = try await flow.run(["--output", "json"])
    #expect(first.exitCode == 0, "\(first.errorText)")
    let poll = try JSONOutput(first)["poll"]
    #expect(poll["messages"].elements.map { $0["subject"].text } == ["wanted3", "wanted2"])
    #expect(poll["messages"].elements.map { $0["postProcessing"]["action"].text } == ["markSeen", "markSeen"])
    #expect(poll["channel"]["folder"].text == flow.mailbox.folder)
    let second = try await flow.run()
    #expect(second.outputText.contains("wanted1") && second.outputText.contains("1 processed"))
    #expect(try flow.mailbox.flags() == ["\\Seen", "", "\\Seen", "\\Seen"])
  }

  @Test func `a large mail stays where it is`() async throws {
    let flow = try ReceivingFlow(try await MailHome(), ["tenant.maximumSize": "1K"])
    try flow.mailbox.appendOrder("large", String(repeating: "four apples and\n", count: 100))
    let result = try await flow.run()
    #expect(result.exitCode == 0)
    #expect(result.outputText.contains("skipped  1  too large: "), "\(result.outputText)")
    #expect(try flow.mailbox.flags() == [""])
  }

  @Test func `a copy of what was sent is kept in the Sent folder`() async throws {
    let mail = try await MailHome()
    let name = "Sent\(UInt64.random(in: 0...UInt64.max))"
    let flow = try ReceivingFlow(
      mail, receiver: ["tenant.sentCopy.server": "imap.gmail.com\\:993", "tenant.sentCopy.folder": name])
    try flow.mailbox.appendOrder("copied")
    let result = try await flow.run()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains("note: a copy is in '\(name)' of imap.gmail.com:993"), "\(result.outputText)")
    #expect(try flow.mailbox.flags(in: name) == ["\\Seen"])
  }
}
