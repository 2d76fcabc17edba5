import Glibc
import Testing

/// The commands about artifacts, as a person or a script runs them.
struct ArtifactCommandsTests {
  /// A home with a keystore and `artifacts/NAME.xml` for each name, none deployed.
  private func home(_ names: String...) async throws -> TenantHome {
    let home = try TenantHome()
    try await expect(home, ["init"])
    for name in names {
      let made = try await expect(home, ["new-artifact", "UserCredentials", name, "--user", "\(name)@example.com"])
      try home.write(made.outputText, to: "artifacts/\(name).xml")
    }
    return home
  }

  @discardableResult
  private func expect(
    _ home: TenantHome, _ arguments: [String], input: String = "", exitCode: Int32 = 0, error: String? = nil
  ) async throws -> ProgramResult {
    let result = try await home.run(arguments, input: Array(input.utf8))
    #expect(result.exitCode == exitCode, "tenant \(arguments): \(result.errorText)")
    if let error { #expect(result.errorText.contains(error)) }
    return result
  }

  @Test func `credentials are made, deployed, listed, shown and removed`() async throws {
    let home = try await home("orders")
    let password = try home.write("canary-pw\n", to: "\(home.folder)/orders.password")
    let deployed = try await expect(home, ["deploy-artifact", "artifacts/orders.xml", "--password-file", password])
    #expect(deployed.outputText == "orders  User Credentials  deployed  (new)\n")
    let same = try await expect(home, ["deploy-artifact", "artifacts", "--password-stdin"], input: "canary-pw")
    #expect(same.outputText == "orders  User Credentials  deployed  (same)\n")

    let list = try await expect(home, ["list-artifacts"])
    let lines = list.outputText.split(separator: "\n")
    #expect(lines.count == 2)
    let head = "Name    Type              Status    Deployed by  Deployed on                 Used by or needs"
    #expect(lines.first.map { String($0) } == head)
    #expect(lines.last?.hasPrefix("orders  User Credentials  Deployed  ") == true)

    let shown = try JSONOutput(try await expect(home, ["show-artifact", "orders", "--output", "json"]))
    #expect(
      shown.names == [
        "allowedHosts", "deployedBy", "deployedOn", "description", "expiresOn", "file", "fileDiffers", "kind", "name",
        "problem", "status", "type", "usedBy", "user",
      ])
    #expect(shown["status"].text == "Deployed" && shown["user"].text == "orders@example.com")
    #expect(shown["file"].text == "artifacts/orders.xml" && shown["fileDiffers"].flag == false)

    let removed = try await expect(home, ["undeploy-artifact", "orders"])
    #expect(removed.outputText == "orders  User Credentials  undeployed\n")
    let rows = try JSONOutput(try await expect(home, ["list-artifacts", "--output", "json"]))
    #expect(rows.elements.map { $0["status"].text } == ["Stored"])
    #expect(rows.elements.first?["deployedOn"].isNull == true)
    try await expect(home, ["undeploy-artifact", "orders"], exitCode: 78, error: "'orders' is not deployed")
  }

  @Test func `several files are deployed together or not at all`() async throws {
    let home = try await home("a", "b")
    for name in ["a", "b"] {
      try await expect(home, ["seal-artifact", "artifacts/\(name).xml", "--password-stdin"], input: "canary-\(name)")
    }
    try home.write("<nonsense/>", to: "artifacts/c.xml")
    let failed = try await expect(
      home, ["deploy-artifact", "artifacts"], exitCode: 65, error: "at: artifacts/c.xml:1")
    #expect(failed.errorText.hasSuffix("tenant: nothing was deployed\n"))
    #expect(failed.output.isEmpty)
    #expect(try JSONOutput(try await expect(home, ["list-artifacts", "--output", "json"])).elements.count == 3)
    TestFiles.removeAll("\(home.path)/artifacts/c.xml")

    let plan = try JSONOutput(try await expect(home, ["deploy-artifact", "artifacts", "--plan", "--output", "json"]))
    #expect(plan.elements.map { $0["change"].text } == ["new", "new"])
    #expect(plan.elements.first?.names == ["change", "deployed", "file", "name", "needsSecret", "type"])
    #expect(plan.elements.map { $0["deployed"].flag } == [false, false])
    let done = try await expect(home, ["deploy-artifact", "artifacts"])
    #expect(done.outputText == "a  User Credentials  deployed  (new)\nb  User Credentials  deployed  (new)\n")
    try await expect(
      home, ["deploy-artifact", "artifacts", "--password-stdin"], input: "canary-x", exitCode: 64,
      error: "no file needs a secret")
  }

  @Test func `without a terminal a missing password names the options that give it`() async throws {
    let home = try await home("orders", "second")
    let result = try await expect(
      home, ["deploy-artifact", "artifacts/orders.xml"], exitCode: 64, error: "--password-file FILE or --password-stdin"
    )
    #expect(result.output.isEmpty)
    try await expect(
      home, ["deploy-artifact", "artifacts", "--password-stdin"], input: "canary-x", exitCode: 64,
      error: "2 of the files need a secret")
    let plan = try await expect(home, ["deploy-artifact", "artifacts", "--plan"])
    #expect(plan.outputText.hasPrefix("orders  User Credentials  planned  (new)  asks for the password\n"))
  }

  @Test func `a password in the open is refused with the command that seals it, and that command works`() async throws {
    let home = try await home()
    let text = """
      <?xml version="1.0"?>\r
      <!-- kept --><UserCredentials   xmlns="urn:tenant:artifact:1" Name="x y">\r
      \t<User>u</User><Password>canary &amp; plain</Password>\r
      </UserCredentials>
      """
    try home.write(text, to: "artifacts/x y.xml")
    let refused = try await expect(
      home, ["deploy-artifact", "artifacts/x y.xml"], exitCode: 65,
      error: "hint: seal it: tenant seal-artifact \"artifacts/x y.xml\"")
    #expect(!refused.errorText.contains("canary"))
    let sealed = try await expect(home, ["seal-artifact", "artifacts/x y.xml"])
    #expect(sealed.outputText.hasPrefix("Sealed the password of 'x y' in artifacts/x y.xml for the tenant "))
    let after = try TestFiles.text("\(home.path)/artifacts/x y.xml")
    let parts = text.split(separator: "<Password>canary &amp; plain</Password>")
    #expect(after.hasPrefix(String(parts[0]) + "<Password sealed=\"tks1:") && after.hasSuffix("/>" + parts[1]))
    try await expect(home, ["deploy-artifact", "artifacts/x y.xml"])
  }

  @Test func `the public key alone seals, anywhere, and only for its tenant and name`() async throws {
    let home = try await home("orders")
    let key = try await expect(home, ["keystore", "public-key"]).outputText
    #expect(key.hasPrefix("tkp1:") && key.hasSuffix("\n"))
    let elsewhere = try TenantHome()
    try elsewhere.write(try TestFiles.text("\(home.path)/artifacts/orders.xml"), to: "orders.xml")
    try elsewhere.write(key, to: "key.txt")
    try await expect(
      elsewhere, ["seal-artifact", "orders.xml", "--public-key", "key.txt", "--password-stdin"], input: "canary-s")
    #expect(try TestFiles.names(in: elsewhere.path) == ["key.txt", "orders.xml"])
    let sealed = try TestFiles.text("\(elsewhere.path)/orders.xml")
    try home.write(sealed, to: "artifacts/orders.xml")
    try home.write(sealed.replacing("\"orders\"", with: "\"other\""), to: "artifacts/other.xml")
    try await expect(home, ["deploy-artifact", "artifacts/orders.xml"])
    try await expect(
      home, ["deploy-artifact", "artifacts/other.xml"], exitCode: 65, error: "was sealed for another name or kind")
    try await expect(elsewhere, ["init"])
    try await expect(elsewhere, ["deploy-artifact", "orders.xml"], exitCode: 65, error: "is for another tenant")
    try await expect(
      elsewhere, ["seal-artifact", "orders.xml", "--public-key", "tkp1:AAAA", "--password-stdin"], exitCode: 65,
      error: "the public key is damaged")
  }

  @Test func `a flow's credential stays until it is forced away`() async throws {
    let home = try await home()
    for file in try TestFiles.names(in: TestFiles.packageRoot + "/iflows") where file == "SendingAnEmail.iflw" {
      try home.write(try TestFiles.text("\(TestFiles.packageRoot)/iflows/\(file)"), to: "iflows/\(file)")
    }
    let made = try await expect(home, ["new-artifact", "UserCredentials", "Gmail Credentials", "--user", "u"])
    try home.write(made.outputText, to: "g.xml")
    try await expect(home, ["deploy-artifact", "g.xml", "--password-stdin"], input: "canary-g")
    let rows = try JSONOutput(try await expect(home, ["list-artifacts", "--output", "json"]))
    #expect(rows.elements.first?["usedBy"].texts == ["SendingAnEmail"])
    let refused = try await expect(
      home, ["undeploy-artifact", "Gmail Credentials"], exitCode: 78, error: "flow 'SendingAnEmail'")
    #expect(refused.errorText.contains("tenant undeploy-artifact \"Gmail Credentials\" --force"))
    try await expect(home, ["undeploy-artifact", "Gmail Credentials", "--force"])
    try await expect(
      home, ["deploy-artifact", "iflows/SendingAnEmail.iflw"], exitCode: 78, error: "the check found errors")
  }

  @Test func `another home is named by option or variable, and none is told`() async throws {
    let home = try await home("orders")
    let elsewhere = try TenantHome()
    for (arguments, environment) in [
      (["--home", home.path, "list-artifacts"], [:]), (["list-artifacts", "--home=\(home.path)"], [:]),
      (["list-artifacts"], ["TENANT_HOME": home.path]),
    ] as [([String], [String: String])] {
      // The key file lies with the user, not with the home.
      let user = ["XDG_CONFIG_HOME": "\(home.folder)/user/.config"]
      let result = try await elsewhere.run(arguments, environment: environment.merging(user) { $1 })
      #expect(result.exitCode == 0 && result.outputText.contains("orders  User Credentials  Stored"))
    }
    let keyless = try await elsewhere.run(["--home", home.path, "list-artifacts"])
    #expect(keyless.exitCode == 78 && keyless.errorText.contains("no key for the keystore"))
    for command in [["list-artifacts"], ["deploy-artifact", "x.xml"], ["keystore", "list"]] {
      let result = try await elsewhere.run(["--home", "no where"] + command)
      #expect(result.exitCode == 78)
      #expect(result.errorText.contains("tenant --home \"no where\" init"))
    }
  }
}

/// What is asked on a terminal.
struct ArtifactPromptTests {
  private func home() async throws -> TenantHome {
    let home = try TenantHome()
    _ = try await home.run(["init"])
    let made = try await home.run(["new-artifact", "UserCredentials", "orders", "--user", "orders@example.com"])
    try home.write(made.outputText, to: "orders.xml")
    return home
  }

  @Test func `the password is asked for without echo, and an empty answer keeps it`() async throws {
    let home = try await home()
    let first = try await TerminalSession.run(home, ["deploy-artifact", "orders.xml"]) { session in
      try session.expect("Password for orders@example.com: ")
      #expect(!session.isEchoing)
      try session.send("canary-typed\n")
      try session.expect("(new)")
      #expect(session.isEchoing)
    }
    #expect(first.exitCode == 0)
    #expect(!first.output.contains("canary"))
    let second = try await TerminalSession.run(home, ["deploy-artifact", "orders.xml"]) { session in
      try session.expect("Password for orders@example.com (empty keeps the one that is deployed): ")
      try session.send("\n")
    }
    #expect(second.exitCode == 0 && second.output.contains("(same)"))
    let third = try await TerminalSession.run(home, ["deploy-artifact", "orders.xml"]) { session in
      try session.expect("deployed): ")
      try session.send("canary-other\n")
    }
    #expect(third.exitCode == 0 && third.output.contains("(changed)"))
  }

  @Test func `a terminal as standard input is refused, because it would show the password`() async throws {
    let home = try await home()
    let result = try await TerminalSession.run(home, ["deploy-artifact", "orders.xml", "--password-stdin"])
    #expect(result.exitCode == 64 && result.output.contains("leave --password-stdin out"))
  }

  @Test(arguments: ["\u{3}", "\u{4}"]) func `Ctrl-C and Ctrl-D leave all as it was`(_ key: String) async throws {
    let home = try await home()
    let before = try TestFiles.read(home.path + "/keystore/keystore.tks")
    let result = try await TerminalSession.run(home, ["deploy-artifact", "orders.xml"]) { session in
      try session.expect("Password for orders@example.com: ")
      try session.send(key)
      try session.expect("nothing was changed")
      #expect(session.isEchoing)
    }
    #expect(result.exitCode == 1)
    #expect(result.output.contains("tenant: error: interrupted; nothing was changed"))
    #expect(try TestFiles.read(home.path + "/keystore/keystore.tks") == before)
  }
}
