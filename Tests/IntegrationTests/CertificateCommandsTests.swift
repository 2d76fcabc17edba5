import TestSupport
import Testing

/// `import-certificate` and what `keystore` does with certificates.
struct CertificateCommandsTests {
  private func home() async throws -> TenantHome {
    let home = try TenantHome()
    try await expect(home, ["init"])
    return home
  }

  @discardableResult
  private func expect(
    _ home: TenantHome, _ arguments: [String], exitCode: Int32 = 0, error: String? = nil
  ) async throws -> ProgramResult {
    let result = try await home.run(arguments)
    #expect(result.exitCode == exitCode, "tenant \(arguments): \(result.errorText)")
    if let error { #expect(result.errorText.contains(error), "\(result.errorText)") }
    return result
  }

  private func aliases(_ home: TenantHome) async throws -> [String] {
    let list = try JSONOutput(try await expect(home, ["keystore", "list", "--output", "json"]))
    return list["certificates"].elements.compactMap { $0["alias"].text }
  }

  @Test func `a certificate is shown, imported, told when it is there, renamed, exported and removed`() async throws {
    let home = try await home()
    let identity = TestIdentity.authority("Mail CA")
    try home.write(identity.certificatePEM, to: "ca.pem")
    let asked = try await expect(home, ["import-certificate", "ca.pem"], exitCode: 64, error: "--yes")
    #expect(asked.outputText.contains("  subject    CN=Mail CA\n") && asked.outputText.contains("  SHA-256    "))
    #expect(try await aliases(home) == [])
    let imported = try await expect(home, ["import-certificate", "ca.pem", "--yes"])
    #expect(imported.outputText.hasSuffix("mail-ca  Certificate  imported\n"))
    let again = try await expect(home, ["import-certificate", "ca.pem", "--alias", "other", "--yes"])
    #expect(again.errorText == "tenant: nothing to import: the keystore has it already\n")
    #expect(again.outputText.contains("mail-ca   (in the keystore already)\n"))

    try await expect(home, ["keystore", "rename", "mail-ca", "smtp ca"])
    let shown = try JSONOutput(try await expect(home, ["keystore", "show", "smtp ca", "--output", "json"]))
    #expect(
      shown.names == [
        "alias", "deployedBy", "deployedOn", "description", "isAuthority", "issuer", "names", "publicKey",
        "serialNumber",
        "sha256", "signatureAlgorithm", "subject", "type", "validFrom", "validUntil",
      ])
    #expect(shown["description"].text == "from ca.pem" && shown["isAuthority"].flag == true)
    #expect(try await expect(home, ["keystore", "export", "smtp ca"]).outputText == identity.certificatePEM)
    try await expect(home, ["keystore", "export", "smtp ca", "--out", "out.pem"])
    #expect(try TestFiles.text("\(home.path)/out.pem") == identity.certificatePEM)
    try await expect(home, ["keystore", "export", "smtp ca", "--out", "out.pem"], exitCode: 65, error: "file exists")

    try await expect(home, ["keystore", "delete", "smtp ca"], exitCode: 64, error: "--force")
    try await expect(home, ["keystore", "delete", "smtp ca", "--force"])
    #expect(try await aliases(home) == [])
    for command in [["show", "x"], ["export", "x"], ["rename", "x", "y"], ["delete", "x", "--force"]] {
      try await expect(home, ["keystore"] + command, exitCode: 78, error: "there is no certificate 'x'")
    }
  }

  @Test func `several in one file are numbered, and a key in it is told apart`() async throws {
    let home = try await home()
    let (first, second) = (TestIdentity.authority("One"), TestIdentity.authority("Two"))
    try home.write(first.certificatePEM + second.certificatePEM + second.keyPEM, to: "all.pem")
    let result = try await expect(
      home, ["import-certificate", "all.pem", "--alias", "ca", "--yes", "--output", "json"],
      error: "is a private key, which is not imported")
    let rows = try JSONOutput(result).elements
    #expect(rows.map { $0["alias"].text } == ["ca-1", "ca-2"])
    #expect(rows.map { $0["imported"].flag } == [true, true])
    #expect(try await aliases(home) == ["ca-1", "ca-2"])
    try home.write(TestIdentity.authority("Three").certificatePEM, to: "three.pem")
    try await expect(
      home, ["import-certificate", "three.pem", "--alias", "ca-1", "--yes"], exitCode: 65,
      error: "there is another certificate 'ca-1' already")
  }

  @Test func `what is no certificate, and an expired one, is refused`() async throws {
    let home = try await home()
    var request = TestIdentity.Request("Old")
    request.validFrom = -90 * 86_400
    request.validFor = 30 * 86_400
    try home.write(TestIdentity(request).certificatePEM, to: "old.pem")
    try home.write(TestIdentity.authority().keyPEM, to: "key.pem")
    try home.write("hello", to: "text.pem")
    try await expect(home, ["import-certificate", "old.pem", "--yes"], exitCode: 77, error: "is expired")
    try await expect(home, ["import-certificate", "key.pem", "--yes"], exitCode: 65, error: "this is a private key")
    try await expect(home, ["import-certificate", "text.pem", "--yes"], exitCode: 65, error: "not a certificate")
    try await expect(home, ["import-certificate", "none.pem", "--yes"], exitCode: 65, error: "no such file")
    #expect(try await aliases(home) == [])
    try await expect(home, ["import-certificate", "old.pem", "--yes", "--force"])
    #expect(try await aliases(home) == ["old"])
  }

  @Test func `on a terminal yes imports, anything else does not, and Ctrl-C says so`() async throws {
    let home = try await home()
    try home.write(TestIdentity.authority("Mail CA").certificatePEM, to: "ca.pem")
    for (answer, exitCode, words) in [
      ("no\n", 1, "nothing was imported"), ("\n", 1, "nothing was imported"), ("\u{3}", 1, "interrupted"),
      ("yes\n", 0, "Certificate  imported"),
    ] as [(String, Int32, String)] {
      let result = try await TerminalSession.run(home, ["import-certificate", "ca.pem"]) { session in
        try session.expect("with the fingerprint shown above? [yes/no] ")
        #expect(session.isEchoing)
        try session.send(answer)
      }
      #expect(result.exitCode == exitCode && result.output.contains(words), "\(result.output)")
    }
    #expect(try await aliases(home) == ["mail-ca"])
  }

  @Test func `a server's certificate is imported over TLS at once and over each STARTTLS`() async throws {
    let servers = try MailServers.shared
    let home = try await home()
    let ports: [(UInt16, [String])] = [
      (servers.smtpImplicitTLS, []), (servers.imaps, []), (servers.pop3s, []),
      (servers.smtpSubmission, ["--protocol", "smtp"]), (servers.imap, ["--protocol", "imap"]),
      (servers.pop3, ["--protocol", "pop3"]),
    ]
    var fingerprints: Set<Substring> = []
    for (port, options) in ports {
      let words = ["import-certificate", "--from-server", "\(servers.host):\(port)", "--alias", "ca", "--yes"]
      let result = try await expect(home, words + options, error: "it shows its own certificate alone")
      fingerprints.formUnion(result.outputText.split(separator: "\n").filter { $0.contains("SHA-256") })
      #expect(result.outputText.contains("mail.example.test"))
      try await expect(home, ["keystore", "delete", "ca", "--force"])
    }
    #expect(fingerprints.count == 1)
    try await expect(
      home, ["import-certificate", "--from-server", "\(servers.host):\(servers.smtpPlain)", "--protocol", "smtp"],
      exitCode: 77, error: "does not offer STARTTLS")
    try await expect(
      home, ["import-certificate", "--from-server", "\(servers.host):\(servers.smtpSubmission)"], exitCode: 77,
      error: "is this port for STARTTLS?")
    try await expect(home, ["import-certificate", "--from-server", "127.0.0.1:1"], exitCode: 69)
    try await expect(home, ["import-certificate", "--from-server", "no-such-host.invalid:993"], exitCode: 69)
  }
}
