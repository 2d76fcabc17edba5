import Testing

/// One way to a mailbox: a server's port, the channel's Protection and Authentication, and what they lead to.
private struct Way: Sendable, CustomTestStringConvertible {
  let server: IMAPMailbox.Server
  let port: any KeyPath<MailServers, UInt16> & Sendable
  let protection: String
  let login: String
  /// As the report names it.
  let mechanism: String
  /// Nil for what both sides like best.
  let maximumTLS: String?

  init(
    _ server: IMAPMailbox.Server, _ port: any KeyPath<MailServers, UInt16> & Sendable, _ protection: String,
    _ login: String, _ mechanism: String, maximumTLS: String? = nil
  ) {
    self.server = server
    self.port = port
    self.protection = protection
    self.login = login
    self.mechanism = mechanism
    self.maximumTLS = maximumTLS
  }

  var testDescription: String { "\(server.rawValue), \(protection), \(login), \(mechanism)" }

  var protectionInReport: String { protection == "off" ? "no TLS" : "TLS 1.\(maximumTLS == nil ? 3 : 2), verified" }

  func run(_ reception: Reception, _ values: [String: String]) async throws -> ProgramResult {
    var values = values
    values["in_server"] =
      "\(protection == "off" ? reception.servers.host : "localhost"):\(reception.servers[keyPath: port])"
    values["in_ssl"] = protection
    values["in_auth"] = login
    var keys: [String: String] = [:]
    if protection == "off" && login == "loginPlain" { keys["allowPlaintextPassword"] = "true" }
    if let maximumTLS { keys["tls.maximumVersion"] = maximumTLS }
    return try await reception.run(values, keys: keys)
  }
}

/// A tenant home with the flow that takes mails from a mailbox and sends each on to the catch-all.
private struct Reception {
  let mail: MailHome
  var servers: MailServers { mail.servers }

  init(user: MailServers.User = .orders) async throws {
    mail = try await MailHome(credential: "Mailbox", user: user)
  }

  /// - Parameters:
  ///   - values: parameters of the flow that differ from the usual ones.
  ///   - keys: our own keys of the mailbox's channel.
  func run(
    _ values: [String: String], keys: [String: String] = [:], options: [String] = []
  ) async throws -> ProgramResult {
    var parameters = [
      "in_user": "Mailbox", "in_selection": "unread", "in_messages": "20", "in_processing": "mark", "in_archive": "",
      "out_server": "\(servers.host):\(servers.smtpNoAuth)", "out_ssl": "off", "out_auth": "none", "out_user": "",
      "out_to": "anna@example.org",
    ]
    parameters.merge(values) { _, given in given }
    var lines = parameters.sorted { $0.key < $1.key }.map { "parameter.\($0.key)=\($0.value)" }
    lines += keys.sorted { $0.key < $1.key }.map { "channel.MessageFlow_1.tenant.\($0.key)=\($0.value)" }
    try mail.home.write(lines.joined(separator: "\n") + "\n", to: "MailToMail.tenant.prop")
    let flow = try mail.home.write(
      TestFiles.text(TestFiles.packageRoot + "/Tests/Fixtures/flows/MailToMail.iflw"), to: "MailToMail.iflw")
    return try await mail.runFlow(flow, options)
  }
}

/// `run-iflow` from the mailboxes of the IMAP servers that Debian has: every mechanism, protection and post-processing they
/// offer, any password.
struct ReceivingInteropTests {
  private static let dovecot = [
    Way(.dovecot, \.imaps, "imaps", "loginPlain", "PLAIN"),
    Way(.dovecot, \.imaps, "imaps", "loginEncrypted", "SCRAM-SHA-256"),
    Way(.dovecot, \.imap, "starttls_mandatory", "loginPlain", "PLAIN"),
    Way(.dovecot, \.imap, "starttls_optional", "loginPlain", "PLAIN"),
    Way(.dovecot, \.imap, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-256"),
    Way(.dovecot, \.imap, "starttls_optional", "loginEncrypted", "SCRAM-SHA-256"),
    Way(.dovecot, \.imap, "off", "loginPlain", "PLAIN"),
    Way(.dovecot, \.imap, "off", "loginEncrypted", "SCRAM-SHA-256"),
    Way(.dovecot, \.imapLoginCRAMTLS, "imaps", "loginPlain", "LOGIN"),
    Way(.dovecot, \.imapLoginCRAM, "starttls_mandatory", "loginPlain", "LOGIN"),
    Way(.dovecot, \.imapLoginCRAM, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way(.dovecot, \.imapLoginCRAMTLS, "imaps", "loginEncrypted", "CRAM-MD5"),
    Way(.dovecot, \.imapLoginCRAM, "off", "loginEncrypted", "CRAM-MD5"),
    Way(.dovecot, \.imapDigestTLS, "imaps", "loginEncrypted", "DIGEST-MD5"),
    Way(.dovecot, \.imapDigest, "starttls_mandatory", "loginEncrypted", "DIGEST-MD5"),
    Way(.dovecot, \.imapDigest, "off", "loginEncrypted", "DIGEST-MD5"),
    Way(.dovecot, \.imapSCRAMSHA1TLS, "imaps", "loginEncrypted", "SCRAM-SHA-1"),
    Way(.dovecot, \.imapSCRAMSHA1, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-1"),
    Way(.dovecot, \.imapSCRAMSHA1, "off", "loginEncrypted", "SCRAM-SHA-1"),
  ]

  private static let cyrus = [
    Way(.cyrus, \.cyrusIMAPS, "imaps", "loginPlain", "PLAIN"),
    Way(.cyrus, \.cyrusIMAPS, "imaps", "loginEncrypted", "SCRAM-SHA-256-PLUS", maximumTLS: "1.2"),
    Way(.cyrus, \.cyrusIMAP, "starttls_mandatory", "loginPlain", "PLAIN"),
    Way(.cyrus, \.cyrusIMAP, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-256-PLUS", maximumTLS: "1.2"),
    Way(.cyrus, \.cyrusPlain, "off", "loginPlain", "PLAIN"),
    Way(.cyrus, \.cyrusPlain, "off", "loginEncrypted", "SCRAM-SHA-256"),
    Way(.cyrus, \.cyrusLoginOnly, "starttls_mandatory", "loginPlain", "LOGIN"),
    Way(.cyrus, \.cyrusCRAMOnly, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way(.cyrus, \.cyrusCRAMOnly, "off", "loginEncrypted", "CRAM-MD5"),
    Way(.cyrus, \.cyrusDigestOnly, "starttls_mandatory", "loginEncrypted", "DIGEST-MD5"),
    Way(.cyrus, \.cyrusDigestOnly, "off", "loginEncrypted", "DIGEST-MD5"),
    Way(.cyrus, \.cyrusSCRAMSHA1Only, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-1-PLUS", maximumTLS: "1.2"),
    Way(.cyrus, \.cyrusSCRAMSHA1Only, "off", "loginEncrypted", "SCRAM-SHA-1"),
  ]

  private static let courier = [
    Way(.courier, \.courierIMAPS, "imaps", "loginPlain", "PLAIN"),
    Way(.courier, \.courierIMAPS, "imaps", "loginEncrypted", "CRAM-MD5"),
    Way(.courier, \.courierIMAP, "starttls_mandatory", "loginPlain", "PLAIN"),
    Way(.courier, \.courierIMAP, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way(.courier, \.courierIMAP, "off", "loginPlain", "PLAIN"),
    Way(.courier, \.courierIMAP, "off", "loginEncrypted", "CRAM-MD5"),
    Way(.courier, \.courierLoginOnly, "starttls_mandatory", "loginPlain", "LOGIN"),
  ]

  @Test(arguments: dovecot + cyrus + courier)
  private func `a mail is taken and sent on, and the report says how`(way: Way) async throws {
    let reception = try await Reception()
    let mailbox = try IMAPMailbox(way.server, of: .orders, at: reception.servers)
    let subject = Self.freshName()
    let folder = way.server.folder(subject)
    try mailbox.create(folder)
    try mailbox.append(Self.mail(subject), to: folder)
    let result = try await way.run(reception, ["in_folder": folder])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains(way.protectionInReport), "\(result.outputText)")
    #expect(
      result.outputText.contains("\(way.mechanism) as \(reception.servers.ordersUser)"), "\(result.outputText)")
    try await Self.expectArrival(of: subject, at: reception)
    #expect(try mailbox.flags(in: folder) == [["\\Seen"]])
  }

  /// One way for each mechanism and server.
  private static let mechanisms = [
    dovecot[0], dovecot[1], dovecot[9], dovecot[10], dovecot[14], dovecot[17],
    cyrus[0], cyrus[1], cyrus[5], cyrus[6], cyrus[7], cyrus[9], cyrus[11], cyrus[12],
    courier[0], courier[1], courier[6],
  ]

  @Test(arguments: [MailServers.User.utf8, .long, .special])
  func `any password opens a mailbox with every mechanism, and another one does not`(
    user: MailServers.User
  ) async throws {
    let reception = try await Reception(user: user)
    for way in Self.mechanisms {
      let result = try await way.run(reception, ["in_folder": "INBOX"])
      #expect(result.exitCode == 0, "\(way.testDescription): \(result.errorText)")
    }
    let wrong = try reception.mail.home.write("not it", to: "wrong.password")
    try await reception.mail.deploy("Mailbox", user: user, passwordFile: wrong)
    for way in Self.mechanisms {
      let result = try await way.run(reception, ["in_folder": "INBOX"])
      #expect(result.exitCode == 77, "\(way.testDescription): \(result.exitCode) \(result.errorText)")
    }
  }

  struct PostProcessing: Sendable, CustomTestStringConvertible {
    let server: IMAPMailbox.Server
    let value: String
    /// In the folder and in the archive, afterwards.
    let here: [Set<String>]
    let there: [Set<String>]
    var testDescription: String { "\(server.rawValue), \(value)" }

    static let all = [IMAPMailbox.Server.dovecot, .cyrus, .courier].flatMap { server in
      [
        PostProcessing(server: server, value: "mark", here: [["\\Seen"]], there: []),
        PostProcessing(server: server, value: "delete", here: [], there: []),
        PostProcessing(server: server, value: "archive", here: [], there: [[]]),
        PostProcessing(server: server, value: "archiveAndMark", here: [], there: [["\\Seen"]]),
      ]
    }
  }

  @Test(arguments: PostProcessing.all)
  func `a mail is marked, deleted or archived after it was sent on`(post: PostProcessing) async throws {
    let reception = try await Reception()
    let mailbox = try IMAPMailbox(post.server, of: .orders, at: reception.servers)
    let subject = Self.freshName()
    let folder = post.server.folder(subject)
    let archive = post.server.folder(subject + "x")
    try mailbox.create(folder)
    try mailbox.create(archive)
    try mailbox.append(Self.mail(subject), to: folder)
    let values = [
      "in_server": "\(reception.servers.host):\(post.server.plainPort(of: reception.servers))", "in_ssl": "off",
      "in_auth": "loginEncrypted", "in_folder": folder, "in_processing": post.value,
      "in_archive": post.value.hasPrefix("archive") ? archive : "",
    ]
    let result = try await reception.run(values)
    #expect(result.exitCode == 0, "\(result.errorText)")
    try await Self.expectArrival(of: subject, at: reception)
    #expect(try mailbox.flags(in: folder) == post.here)
    #expect(try mailbox.flags(in: archive) == post.there)
    let again = try await reception.run(values)
    #expect(again.exitCode == 0, "\(again.errorText)")
    try await Self.expectArrival(of: subject, at: reception)
  }

  /// The folder's name in the channel, and as the wire has it in modified UTF-7.
  @Test(arguments: [IMAPMailbox.Server.dovecot, .cyrus, .courier])
  func `folders have names in any language`(server: IMAPMailbox.Server) async throws {
    let reception = try await Reception()
    let mailbox = try IMAPMailbox(server, of: .orders, at: reception.servers)
    let subject = Self.freshName()
    let onWire = server.folder("K&APY-ln &- &Z3FOrA- \(subject)")
    try mailbox.create(onWire)
    try mailbox.append(Self.mail(subject), to: onWire)
    let way = Self.mechanisms.first { $0.server == server }
    let result = try await way?.run(reception, ["in_folder": server.folder("Köln & 東京 \(subject)")])
    #expect(result?.exitCode == 0, "\(result?.errorText ?? "")")
    try await Self.expectArrival(of: subject, at: reception)
    #expect(try mailbox.flags(in: onWire) == [["\\Seen"]])
  }

  @Test func `no password goes to a server with a bad certificate`() async throws {
    let reception = try await Reception()
    let servers = reception.servers
    for (host, port) in [
      (servers.imapsExpiredHost, servers.imapsExpired), (servers.imapsWrongNameHost, servers.imapsWrongName),
      (servers.imapsSelfSignedHost, servers.imapsSelfSigned),
    ] {
      let result = try await reception.run(
        ["in_server": "imap.gmail.com:993", "in_ssl": "imaps", "in_auth": "loginPlain", "in_folder": "INBOX"],
        options: ["--connect-to", "imap.gmail.com:993=\(host):\(port)"])
      #expect(result.exitCode == 77, "\(result.errorText)")
      #expect(result.errorText.contains("certificate"), "\(result.errorText)")
    }
  }

  @Test func `a server that offers channel binding and does not know that of TLS 1.3 is told, with what to do`()
    async throws
  {
    let reception = try await Reception()
    let way = Way(.cyrus, \.cyrusIMAPS, "imaps", "loginEncrypted", "SCRAM-SHA-256-PLUS")
    let result = try await way.run(reception, ["in_folder": "INBOX"])
    #expect(result.exitCode == 77)
    #expect(result.errorText.contains("tenant.tls.maximumVersion=1.2"), "\(result.errorText)")
  }

  @Test func `a server that wants TLS before the login gets no login without it`() async throws {
    let reception = try await Reception()
    let servers = reception.servers
    let result = try await reception.run(
      [
        "in_server": "\(servers.loginDisabledHost):\(servers.imapLoginDisabled)", "in_ssl": "off",
        "in_auth": "loginPlain", "in_folder": "INBOX",
      ], keys: ["allowPlaintextPassword": "true"])
    #expect(result.exitCode == 77, "\(result.errorText)")
  }

  // Arranging.

  /// A folder's name and a mail's subject that no other test has.
  private static func freshName() -> String {
    "r" + String(UInt64.random(in: .min ... .max), radix: 36)
  }

  private static func mail(_ subject: String) -> String {
    """
    From: Anna <anna@example.org>\r
    To: orders@example.com\r
    Subject: \(subject)\r
    Date: Fri, 20 Nov 2026 10:00:00 +0000\r
    Message-ID: <\(subject)@source.example.org>\r
    \r
    The order \(subject).\r

    """
  }

  /// The mail is in the catch-all, once.
  private static func expectArrival(of subject: String, at reception: Reception) async throws {
    let arrived = try await reception.servers.catchall.newMessages(withHeader: "Subject: \(subject)\n")
    #expect(arrived.count == 1)
    #expect(String(decoding: arrived[0], as: UTF8.self).contains("The order \(subject)."))
  }
}
