import Testing

/// One way of sending: a server's port, the channel's Protection and Authentication, and the mechanism that they lead to.
private struct Way: Sendable, CustomTestStringConvertible {
  let server: String
  let port: any KeyPath<MailServers, UInt16> & Sendable
  let protection: String
  let login: String
  /// As the report names it; nil for no login.
  let mechanism: String?

  init(
    _ server: String, _ port: any KeyPath<MailServers, UInt16> & Sendable, _ protection: String, _ login: String,
    _ mechanism: String?
  ) {
    self.server = server
    self.port = port
    self.protection = protection
    self.login = login
    self.mechanism = mechanism
  }

  var testDescription: String { "\(server), \(protection), \(login), \(mechanism ?? "no login")" }

  /// The sample's channel changed to this way. Without TLS it names the server itself: a credential goes to where
  /// `--connect-to` says only inside verified TLS.
  func changes(credential: String, at servers: MailServers) -> [FlowChange] {
    // A second property behind the first: the sample has none of that key.
    let allowance = "</value></ifl:property><ifl:property><key>tenant.allowPlaintextPassword</key><value>true"
    let isReadable = protection == "off" && login == "loginPlain"
    return [
      FlowChange("ssl", protection), FlowChange("auth", login + (isReadable ? allowance : "")),
      FlowChange("user", mechanism == nil ? "" : credential),
    ] + (protection == "off" ? [FlowChange("server", "\(servers.host):\(servers[keyPath: port])")] : [])
  }

  func run(_ mail: MailHome, credential: String) async throws -> ProgramResult {
    let flow = try mail.flow(changes(credential: credential, at: mail.servers))
    return try await mail.runFlow(
      flow, protection == "off" ? [] : mail.connecting(to: mail.servers[keyPath: port]))
  }

  /// What the report says of the connection and the login.
  func report(of user: String) -> String {
    let isEncrypted = protection != "off" && mechanism != nil
    let connection = isEncrypted ? "TLS 1.3, verified" : "no TLS"
    return mechanism.map { "\(connection)  \($0) as \(user)" } ?? connection
  }
}

/// `run-iflow` against the mail servers that Debian has: every mechanism and protection they offer, any password.
struct InteroperationTests {
  private static let dovecot = [
    Way("Dovecot", \.submissionAll, "starttls_mandatory", "loginPlain", "PLAIN"),
    Way("Dovecot", \.submissionAll, "starttls_optional", "loginPlain", "PLAIN"),
    Way("Dovecot", \.submissionAll, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-256"),
    Way("Dovecot", \.submissionAll, "starttls_optional", "loginEncrypted", "SCRAM-SHA-256"),
    Way("Dovecot", \.submissionAll, "off", "loginPlain", "PLAIN"),
    Way("Dovecot", \.submissionAll, "off", "loginEncrypted", "SCRAM-SHA-256"),
    Way("Dovecot", \.submissionAllTLS, "smtps", "loginPlain", "PLAIN"),
    Way("Dovecot", \.submissionAllTLS, "smtps", "loginEncrypted", "SCRAM-SHA-256"),
    Way("Dovecot", \.submissionLoginCRAM, "starttls_mandatory", "loginPlain", "LOGIN"),
    Way("Dovecot", \.submissionLoginCRAM, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way("Dovecot", \.submissionLoginCRAM, "off", "loginPlain", "LOGIN"),
    Way("Dovecot", \.submissionLoginCRAM, "off", "loginEncrypted", "CRAM-MD5"),
    Way("Dovecot", \.submissionLoginCRAMTLS, "smtps", "loginPlain", "LOGIN"),
    Way("Dovecot", \.submissionLoginCRAMTLS, "smtps", "loginEncrypted", "CRAM-MD5"),
    Way("Dovecot", \.submissionDigest, "starttls_mandatory", "loginEncrypted", "DIGEST-MD5"),
    Way("Dovecot", \.submissionDigest, "off", "loginEncrypted", "DIGEST-MD5"),
    Way("Dovecot", \.submissionDigestTLS, "smtps", "loginEncrypted", "DIGEST-MD5"),
    Way("Dovecot", \.submissionSCRAMSHA1, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-1"),
    Way("Dovecot", \.submissionSCRAMSHA1, "off", "loginEncrypted", "SCRAM-SHA-1"),
    Way("Dovecot", \.submissionSCRAMSHA1TLS, "smtps", "loginEncrypted", "SCRAM-SHA-1"),
  ]

  private static let exim = [
    Way("Exim", \.exim, "starttls_mandatory", "loginPlain", "PLAIN"),
    Way("Exim", \.exim, "starttls_optional", "loginPlain", "PLAIN"),
    Way("Exim", \.exim, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way("Exim", \.exim, "starttls_optional", "loginEncrypted", "CRAM-MD5"),
    Way("Exim", \.eximImplicitTLS, "smtps", "loginPlain", "PLAIN"),
    Way("Exim", \.eximImplicitTLS, "smtps", "loginEncrypted", "CRAM-MD5"),
    Way("Exim", \.eximPlain, "off", "loginPlain", "PLAIN"),
    Way("Exim", \.eximPlain, "off", "loginEncrypted", "CRAM-MD5"),
    Way("Exim", \.eximLoginOnly, "starttls_mandatory", "loginPlain", "LOGIN"),
  ]

  /// The rest of Postfix is in `SendingTests`.
  private static let postfix = [
    Way("Postfix", \.smtpSubmission, "starttls_optional", "loginPlain", "PLAIN"),
    Way("Postfix", \.smtpPlain, "off", "loginPlain", "PLAIN"),
    Way("Postfix", \.smtpDigestOnly, "starttls_mandatory", "loginEncrypted", "DIGEST-MD5"),
    Way("Postfix", \.smtpSCRAMSHA1Only, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-1"),
  ]

  /// Without TLS, AUTH and PIPELINING.
  private static let openSMTPD = [
    Way("OpenSMTPD", \.openSMTPD, "off", "none", nil), Way("OpenSMTPD", \.openSMTPD, "starttls_optional", "none", nil),
  ]

  @Test(arguments: dovecot + exim + postfix + openSMTPD)
  private func `what is sent arrives, and the report says how`(way: Way) async throws {
    let mail = try await MailHome(credential: way.mechanism == nil ? nil : "Mailbox")
    let result = try await way.run(mail, credential: "Mailbox")
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.outputText.contains(way.report(of: mail.servers.ordersUser)), "\(result.outputText)")
    let arrived = try await mail.servers.catchall.newMessages(withHeader: "Message-ID: \(try result.messageID)")
    #expect(arrived.count == 1)
  }

  /// The weakest and the strongest protection would say the same of a password: one way for each mechanism.
  private static let mechanisms = [
    Way("Dovecot", \.submissionAllTLS, "smtps", "loginPlain", "PLAIN"),
    Way("Dovecot", \.submissionLoginCRAM, "starttls_mandatory", "loginPlain", "LOGIN"),
    Way("Dovecot", \.submissionLoginCRAM, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way("Dovecot", \.submissionDigest, "starttls_mandatory", "loginEncrypted", "DIGEST-MD5"),
    Way("Dovecot", \.submissionSCRAMSHA1, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-1"),
    Way("Dovecot", \.submissionAll, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-256"),
    Way("Exim", \.exim, "starttls_mandatory", "loginPlain", "PLAIN"),
    Way("Exim", \.eximLoginOnly, "starttls_mandatory", "loginPlain", "LOGIN"),
    Way("Exim", \.exim, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way("Postfix", \.smtpLoginOnly, "starttls_mandatory", "loginPlain", "LOGIN"),
    Way("Postfix", \.smtpCRAMOnly, "starttls_mandatory", "loginEncrypted", "CRAM-MD5"),
    Way("Postfix", \.smtpDigestOnly, "starttls_mandatory", "loginEncrypted", "DIGEST-MD5"),
    Way("Postfix", \.smtpSCRAMSHA1Only, "starttls_mandatory", "loginEncrypted", "SCRAM-SHA-1"),
  ]

  @Test(arguments: [MailServers.User.utf8, .long, .special])
  func `any password logs in with every mechanism, and another one does not`(user: MailServers.User) async throws {
    let mail = try await MailHome(credential: "Mailbox", user: user)
    let name = user.login(at: mail.servers).name
    for way in Self.mechanisms {
      let result = try await way.run(mail, credential: "Mailbox")
      #expect(result.exitCode == 0, "\(way.testDescription): \(result.errorText)")
      #expect(result.outputText.contains(way.report(of: name)), "\(way.testDescription): \(result.outputText)")
    }
    try await mail.deploy("Wrong", user: user, passwordFile: mail.home.write("not it", to: "wrong.password"))
    for way in Self.mechanisms {
      let result = try await way.run(mail, credential: "Wrong")
      #expect(result.exitCode != 0, "\(way.testDescription) took a wrong password")
      #expect(result.errorText.contains("535"), "\(way.testDescription): \(result.errorText)")
    }
  }
}
