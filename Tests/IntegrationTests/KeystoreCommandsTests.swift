import Glibc
import Testing

/// `init` and the commands of the group `keystore`.
struct KeystoreCommandsTests {
  @discardableResult
  private func expect(
    _ home: TenantHome, _ arguments: [String], input: String = "", exitCode: Int32 = 0, error: String? = nil
  ) async throws -> ProgramResult {
    let result = try await home.run(arguments, input: Array(input.utf8))
    #expect(result.exitCode == exitCode, "tenant \(arguments): \(result.errorText)")
    if let error { #expect(result.errorText.contains(error), "\(result.errorText)") }
    return result
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test func `init makes the home once, says what the key is, and then changes nothing`() async throws {
    let home = try TenantHome()
    let made = try await expect(home, ["init"])
    #expect(made.outputText.hasPrefix("Made a tenant home in \(home.path): artifacts/ iflows/ keystore/ data/\n"))
    #expect(made.outputText.contains("Whoever loses every key loses the secrets:"))
    #expect(made.outputText.contains("tenant keystore add-key --passphrase\n"))
    let files = try TestFiles.names(in: "\(home.folder)/user/.config/tenant")
    let key = try #require(files.first { $0.hasSuffix(".key") })
    #expect(mode("\(home.folder)/user/.config/tenant/\(key)") == 0o600)
    #expect(key.count == 32 + 4)
    #expect(mode("\(home.path)/keystore") == 0o700 && mode("\(home.path)/keystore/keystore.tks") == 0o600)
    let before = try TestFiles.read("\(home.path)/keystore/keystore.tks")
    let again = try await expect(home, ["init"])
    #expect(again.outputText == "\(home.path) is a tenant home already; nothing was changed.\n")
    try await expect(home, ["init", "--passphrase-stdin"], input: "p", exitCode: 78, error: "keystore add-key")
    #expect(try TestFiles.read("\(home.path)/keystore/keystore.tks") == before)
  }

  @Test func `init tightens the folder of a checkout and takes a key file`() async throws {
    let home = try TenantHome()
    try TestFiles.makeFolder("\(home.path)/keystore", mode: 0o755)
    let made = try await expect(home, ["init", "--key-file", "../main.key"])
    #expect(made.outputText.contains("(keystore/ were there)"))
    #expect(made.outputText.contains("The folder keystore/ is now open to you alone (mode 0700).\n"))
    #expect(mode("\(home.path)/keystore") == 0o700)
    #expect(mode("\(home.folder)/main.key") == 0o600)
    #expect(try await expect(home, ["keystore", "list"]).outputText.contains("key file"))
    let inside = try TenantHome()
    try await expect(inside, ["init", "--key-file", "the.key"], error: "the key file lies inside the tenant home")
  }

  @Test func `init that cannot make its key file makes nothing, and says which keys there are`() async throws {
    let home = try TenantHome()
    try home.write("a file", to: "\(home.folder)/file")
    let homeless = try await home.run(["init"], environment: ["XDG_CONFIG_HOME": "\(home.folder)/file"])
    #expect(homeless.exitCode == 65)
    #expect(homeless.errorText.contains(": tenant init --key-file FILE\n"))
    #expect(homeless.errorText.contains(": tenant init --passphrase\n"))
    try await expect(home, ["init", "--key-file", "../file"], exitCode: 78, error: "holds no key")
    try await expect(home, ["init", "--key-file", "../file/the.key"], exitCode: 65)
    #expect(try TestFiles.names(in: home.path) == [])
  }

  @Test func `a keystore that was cut off is brought back by the commands of its hints`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init"])
    try await expect(home, ["keystore", "add-key", "--key-file", "../second.key"])
    let path = "\(home.path)/keystore/keystore.tks"
    try TestFiles.write(Array(try TestFiles.read(path).dropLast(20)), to: path)
    let cut = try await expect(home, ["list-artifacts"], exitCode: 78, error: "is no whole keystore")
    #expect(cut.errorText.contains(": cp -p keystore/keystore.tks.previous keystore/keystore.tks\n"))
    #expect(cut.errorText.contains(": tenant keystore list --accept-rollback\n"))
    try TestFiles.write(try TestFiles.read(path + ".previous"), to: path)
    try await expect(home, ["keystore", "list", "--accept-rollback"])
    try await expect(home, ["list-artifacts"])
  }

  @Test func `a keystore without its key does not open, and says what was looked for`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init", "--key-file", "../main.key"])
    TestFiles.removeAll("\(home.folder)/main.key")
    let result = try await expect(home, ["keystore", "list"], exitCode: 78, error: "no key for the keystore")
    #expect(result.errorText.contains("main.key"))
    try home.write(String(repeating: "0", count: 64) + "\n", to: "\(home.folder)/main.key")
    try await expect(home, ["keystore", "list"], exitCode: 77, error: "cannot open the keystore")
  }

  @Test func `an old copy is refused until it is accepted`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init"])
    let path = "\(home.path)/keystore/keystore.tks"
    let old = try TestFiles.read(path)
    try await expect(home, ["keystore", "add-key", "--key-file", "../second.key"])
    try TestFiles.write(old, to: path)
    try await expect(home, ["list-artifacts"], exitCode: 77, error: "tenant keystore list --accept-rollback")
    try await expect(home, ["keystore", "list", "--accept-rollback"])
    try await expect(home, ["list-artifacts"])
  }

  @Test func `keys are added, each opens alone, and removed ones open nothing`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init", "--key-file", "../first.key"])
    let added = try await expect(home, ["keystore", "add-key", "--key-file", "../second.key"])
    #expect(added.outputText.contains("second.key, made now (mode 0600)"))
    let credential = try await expect(
      home, ["keystore", "add-key", "--systemd-credential", "--key-file", "../third.key"])
    #expect(credential.outputText.contains("LoadCredential=tenant-keystore-key:../third.key"))
    let keys = try JSONOutput(try await expect(home, ["keystore", "list", "--output", "json"]))["keys"].elements
    #expect(keys.map { $0["method"].text } == ["keyFile", "keyFile", "systemdCredential"])
    #expect(keys.first?.names == ["createdOn", "id", "method", "place"])
    let ids = keys.compactMap { $0["id"].text }
    try #require(ids.count == 3)

    // The credential is not at hand, so nothing can be wrapped for it again.
    try await expect(home, ["keystore", "rotate"], exitCode: 77, error: "slot \(ids[2])")
    let removed = try await expect(home, ["keystore", "remove-key", ids[0], ids[2]])
    #expect(removed.outputText.contains("its file can go:  ") && removed.outputText.contains("first.key"))
    try await expect(home, ["keystore", "remove-key", ids[1]], exitCode: 77, error: "the last key cannot be removed")
    try await expect(home, ["keystore", "remove-key", "nonsense"], exitCode: 65, error: ids[1])
    TestFiles.removeAll("\(home.folder)/second.key")
    try await expect(home, ["keystore", "list"], exitCode: 78)
  }

  @Test func `a systemd credential opens the keystore`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init", "--key-file", "../first.key"])
    try TestFiles.makeFolder("\(home.folder)/credentials")
    try await expect(
      home,
      ["keystore", "add-key", "--systemd-credential", "--key-file", "../credentials/tenant-keystore-key"])
    TestFiles.removeAll("\(home.folder)/first.key")
    let result = try await home.run(
      ["keystore", "list"], environment: ["CREDENTIALS_DIRECTORY": "\(home.folder)/credentials"])
    #expect(result.exitCode == 0)
    try await expect(home, ["keystore", "list"], exitCode: 78, error: "systemd credential")
  }

  @Test func `rotation keeps the keys and what is deployed, and old sealed values still open`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init"])
    let made = try await expect(home, ["new-artifact", "SecureParameter", "token"])
    try home.write(made.outputText, to: "token.xml")
    try await expect(home, ["seal-artifact", "token.xml", "--password-stdin"], input: "canary-token")
    try await expect(home, ["deploy-artifact", "token.xml"])
    let before = try await expect(home, ["keystore", "public-key"]).outputText
    let rotated = try await expect(home, ["keystore", "rotate"])
    #expect(rotated.outputText == "The keystore has a new master key; its key opens it as before\n")
    #expect(try await expect(home, ["keystore", "public-key"]).outputText != before)
    #expect(try await expect(home, ["deploy-artifact", "token.xml"]).outputText.hasSuffix("(same)\n"))
  }

  @Test func `a passphrase is typed twice, opens on a terminal only, and can be changed`() async throws {
    let home = try TenantHome()
    let differing = try await TerminalSession.run(home, ["init", "--passphrase"]) { session in
      try session.expect("New passphrase: ")
      #expect(!session.isEchoing)
      try session.send("canary-one\n")
      try session.expect("The same passphrase again: ")
      try session.send("canary-two\n")
    }
    #expect(differing.exitCode == 65 && differing.output.contains("the two answers differ; nothing was changed"))
    #expect(try TestFiles.names(in: home.path) == [])

    let made = try await expect(home, ["init", "--passphrase-stdin"], input: "canary-one\n")
    #expect(made.outputText.contains("The keystore opens with your passphrase"))
    try await expect(home, ["keystore", "list"], exitCode: 78, error: "nobody could be asked")
    let changed = try await TerminalSession.run(home, ["keystore", "change-passphrase"]) { session in
      try session.expect("Passphrase of the keystore in keystore (key ")
      try session.send("canary-one\n")
      try session.expect("New passphrase: ")
      try session.send("canary-new\n")
      try session.expect("again: ")
      try session.send("canary-new\n")
    }
    #expect(changed.exitCode == 0 && changed.output.contains("the old one opens nothing any more"))
    let old = try await TerminalSession.run(home, ["keystore", "list"]) { session in
      try session.expect("Passphrase")
      try session.send("canary-one\n")
    }
    #expect(old.exitCode == 77 && old.output.contains("cannot open the keystore"))
    #expect(!(differing.output + changed.output + old.output).contains("canary"))
    let interrupted = try await TerminalSession.run(home, ["keystore", "list"]) { session in
      try session.expect("Passphrase")
      try session.send("\u{3}")
    }
    #expect(interrupted.exitCode == 1 && interrupted.output.contains("interrupted; nothing was changed"))
  }

  @Test func `there is no passphrase to change in a keystore without one`() async throws {
    let home = try TenantHome()
    try await expect(home, ["init"])
    try await expect(
      home, ["keystore", "change-passphrase", "--passphrase-stdin"], input: "p", exitCode: 78,
      error: "tenant keystore add-key --passphrase")
    try await expect(
      home, ["keystore", "add-key", "--passphrase-stdin"], exitCode: 65, error: "the passphrase is empty")
  }
}
