import Testing

/// What goes wrong with `run-iflow`: the exit code, the peer's words, the place, the remedy.
struct SendingFailureTests {
  /// Expects an error with an exit code and all of these texts in it.
  private func expect(_ result: ProgramResult, _ code: Int32, _ parts: [String]) {
    #expect(result.exitCode == code, "\(result.outputText)\(result.errorText)")
    for part in parts { #expect(result.errorText.contains(part), "'\(part)' is not in:\n\(result.errorText)") }
  }

  @Test func `a wrong password is told in the server's words with the command that mends it`() async throws {
    let mail = try await MailHome(credential: nil)
    let wrong = try mail.home.write("Canary-not-the-password", to: "\(mail.home.folder)/wrong.password")
    try await mail.deploy("Gmail Credentials", user: .orders, passwordFile: wrong)
    for login in ["loginPlain", "loginEncrypted"] {
      let flow = try mail.flow([FlowChange("auth", login)])
      let result = try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpSubmission))
      expect(
        result, 77,
        [
          "cannot send 'Variation': smtp.gmail.com:587 refused the login (535 5.7.8 ",
          "Variation.iflw:", "receiver channel 'Mail'", "credential 'Gmail Credentials' (deployed ", "hint: ",
          "tenant deploy-artifact",
        ])
      #expect(!result.errorText.contains("Canary-not"))
    }
  }

  @Test func `an unknown credential names those that are deployed`() async throws {
    let mail = try await MailHome()
    let flow = try mail.flow([FlowChange("user", "Other Credentials")])
    let result = try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpSubmission))
    expect(
      result, 78,
      [
        "credential 'Other Credentials' is not deployed", "cause: deployed are: Gmail Credentials",
        "hint: tenant new-artifact UserCredentials \"Other Credentials\"",
      ])
  }

  @Test(
    arguments: [
      (MailServers.SMTPPort.submission, false, "is not known here"),
      (MailServers.SMTPPort.selfSigned, true, "self-signed"),
      (MailServers.SMTPPort.expired, true, "expired on "),
      (MailServers.SMTPPort.wrongName, true, "and not for smtp.gmail.com"),
    ] as [(MailServers.SMTPPort, Bool, String)])
  func `a bad certificate is refused before any credential`(
    port: MailServers.SMTPPort, trusts: Bool, reason: String
  ) async throws {
    let mail = try await MailHome(trusts: trusts)
    let result = try await mail.runFlow(try mail.flow([]), mail.connecting(to: mail.servers.number(of: port)))
    expect(result, 77, ["the certificate of smtp.gmail.com:587 is refused", reason, "receiver channel 'Mail'"])
  }

  @Test func `STARTTLS not offered is refused, and optional STARTTLS sends no readable password`() async throws {
    let mail = try await MailHome()
    let mandatory = try await mail.runFlow(try mail.flow([]), mail.connecting(to: mail.servers.smtpPlain))
    expect(mandatory, 77, ["smtp.gmail.com:587 does not offer STARTTLS, and TLS is required"])
    let address = "\(mail.servers.host):\(mail.servers.smtpPlain)"
    let optional = try mail.flow([FlowChange("ssl", "starttls_optional"), FlowChange("server", address)])
    expect(
      try await mail.runFlow(optional), 77,
      ["the connection has no TLS, and loginPlain would send the password readable"])
  }

  @Test func `a connection sent elsewhere gets no credential without verified TLS`() async throws {
    let mail = try await MailHome()
    let flow = try mail.flow([FlowChange("ssl", "off"), FlowChange("auth", "loginEncrypted")])
    expect(
      try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpPlain)), 77,
      ["--connect-to", "no credential without verified TLS"])
  }

  @Test func `plain login with Protection off is an error of the configuration`() async throws {
    let mail = try await MailHome()
    let flow = try mail.flow([FlowChange("ssl", "off")])
    expect(
      try await mail.runFlow(flow, mail.connecting(to: mail.servers.smtpPlain)), 78,
      ["would send the password readable", "hint: ", "tenant.allowPlaintextPassword=true"])
  }

  @Test func `a refused connection and an unknown host are unreachable`() async throws {
    let mail = try await MailHome()
    let closed = try await mail.runFlow(try mail.flow([]), mail.connecting(to: 1))
    expect(closed, 69, ["cannot connect to smtp.gmail.com:587", "refused"])
    let unknown = try await mail.runFlow(try mail.flow([FlowChange("server", "no-such-host.invalid:587")]))
    expect(unknown, 69, ["cannot find the host of no-such-host.invalid:587"])
  }

  @Test(
    arguments: [
      ("refused550@example.test", 1, "refused", "550 5.1.1"),
      ("busy450@example.test", 75, "deferred", "450 4.2.1"),
      ("anna@example.org, refused550@example.test", 1, "refused", "550 5.1.1"),
      ("anna@example.org, busy450@example.test", 1, "deferred", "450 4.2.1"),
      ("busy450@example.test, refused550@example.test", 1, "deferred", "450 4.2.1"),
    ] as [(String, Int32, String, String)])
  func `a refused recipient is told with the server's words`(
    to: String, code: Int32, word: String, answer: String
  ) async throws {
    let mail = try await MailHome()
    let result = try await mail.runFlow(
      try mail.flow([FlowChange("to", to)]), mail.connecting(to: mail.servers.smtpSubmission))
    expect(result, code, ["cannot send 'Variation'", answer])
    #expect(result.outputText.contains(word))
    #expect(result.outputText.contains("FAILED"))
    if to.contains("anna") {
      #expect(result.outputText.contains("accepted  anna@example.org"))
      #expect(result.outputText.contains("FAILED in part: 1 of 2 recipients"))
    }
  }

  @Test(arguments: [
    ("", "cannot be read"), ("<a><b></a>", "cannot be read"), ("<html/>", "is no integration flow"),
    ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", ""),
  ])
  func `an unreadable flow is bad input`(text: String, reason: String) async throws {
    let home = try TenantHome()
    try home.write(text, to: "broken.iflw")
    let result = try await home.run(["run-iflow", "broken.iflw"])
    expect(result, 65, ["broken.iflw"])
    #expect(!result.errorText.contains("root:"))
  }

  @Test func `a flow that is not there is told with the places looked at`() async throws {
    let home = try TenantHome()
    let result = try await home.run(["run-iflow", "Nowhere"])
    expect(result, 65, ["there is no flow 'Nowhere'", "iflows"])
  }

  @Test func `a parameter without a value is told with its place and the option`() async throws {
    let mail = try await MailHome(credential: nil, trusts: false)
    let result = try await mail.runFlow(TestFiles.packageRoot + "/iflows/Alert.iflw")
    expect(result, 78, ["parameter 'Mail Server'", "Alert.iflw:", "--parameter"])
  }

  @Test func `what cannot run is named before the first step`() async throws {
    let mail = try await MailHome(credential: nil, trusts: false)
    var text = try TestFiles.text(TestFiles.packageRoot + "/iflows/SendingAnEmail.iflw")
    text = text.split(separator: "<value>Enricher</value>", omittingEmptySubsequences: false)
      .joined(separator: "<value>PgpEncrypt</value>")
    let flow = try mail.home.write(text, to: "Pgp.iflw")
    expect(try await mail.runFlow(flow), 78, ["cannot run 'Pgp'", "step 'Greeting'", "PGP"])
  }

  @Test func `a home without keystore is told with the command that makes one`() async throws {
    let home = try TenantHome()
    try home.write(TestFiles.text(TestFiles.packageRoot + "/iflows/SendingAnEmail.iflw"), to: "Hello.iflw")
    let result = try await home.run(["run-iflow", "Hello.iflw"])
    expect(
      result, 78,
      [
        "credential 'Gmail Credentials' is not deployed", "there is no keystore in 'keystore'",
        "hint: make it: tenant init",
      ])
  }

  @Test(arguments: [
    ["run-iflow"], ["run-iflow", "a", "b"], ["run-iflow", "a", "--header", "novalue"],
    ["run-iflow", "a", "--connect-to", "x"], ["run-iflow", "a", "--passwrd", "x"], ["run-iflw", "a"],
  ])
  func `a wrong command line is a usage error with an example`(arguments: [String]) async throws {
    let home = try TenantHome()
    let result = try await home.run(arguments)
    expect(result, 64, ["tenant: error: ", "example: "])
    #expect(result.outputText.isEmpty)
  }
}
