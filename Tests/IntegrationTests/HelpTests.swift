import Glibc
import Testing

/// The help of every command, as users see it, is kept in Tests/Fixtures/help. TENANT_UPDATE_FIXTURES=1 writes it anew.
struct HelpTests {
  private static let folder = TestFiles.packageRoot + "/Tests/Fixtures/help"

  /// The commands that an overview lists: one word, or two of a group.
  private func commands(in overview: String) -> [String] {
    let lines = overview.split(separator: "\n", omittingEmptySubsequences: false)
    let list = lines.drop { $0 != "commands:" }.dropFirst().prefix { !$0.isEmpty }
    return list.compactMap { line in
      // The name ends where two blanks begin the summary; a line that goes on begins with more of them.
      line.hasPrefix("   ") ? nil : line.dropFirst(2).split(separator: "  ").first.map { $0.trimmed }
    }
  }

  private func compare(_ text: String, with name: String) throws {
    let path = "\(Self.folder)/\(name).txt"
    if TestFiles.environment("TENANT_UPDATE_FIXTURES") != nil {
      try TestFiles.makeFolder(Self.folder, mode: 0o755)
      try TestFiles.write(Array(text.utf8), to: path, mode: 0o644)
    }
    #expect(text == (try? TestFiles.text(path)), "the help '\(name)' differs from \(path)")
  }

  @Test func `each command's help is as it was, with one example`() async throws {
    let home = try TenantHome()
    let overview = try await home.run(["--help"])
    #expect(overview.exitCode == 0)
    try compare(overview.outputText, with: "tenant")
    var names: [String] = []
    for name in commands(in: overview.outputText) {
      guard name.hasSuffix(" ...") else {
        names.append(name)
        continue
      }
      let group = String(name.dropLast(4))
      let list = try await home.run([group, "--help"])
      #expect(list.exitCode == 0)
      try compare(list.outputText, with: group)
      names += commands(in: list.outputText)
    }
    #expect(names.contains("init") && names.contains("keystore rotate") && names.contains("deploy-artifact"))
    for name in names {
      let help = try await home.run(name.split(separator: " ").map(String.init) + ["--help"])
      #expect(help.exitCode == 0 && help.errors.isEmpty)
      #expect(help.outputText.contains("\nexample:\n  tenant "), "\(name) has no example")
      try compare(help.outputText, with: name.split(separator: " ").joined(separator: "-"))
    }
  }

  @Test func `a bare program or group shows its commands and is wrong usage`() async throws {
    let home = try TenantHome()
    for words in [[], ["keystore"]] as [[String]] {
      let result = try await home.run(words)
      #expect(result.exitCode == 64)
      #expect(result.outputText.contains("\ncommands:\n"))
    }
  }

  @Test(
    "typing mistakes suggest the nearest name",
    arguments: [
      (["keystore", "lst"], "keystore list"), (["deploy-artefact"], "deploy-artifact"),
      (["list-artifacts", "--ouput", "json"], "--output"), (["--hom", "x", "init"], "--home"),
    ])
  func suggestion(_ words: [String], _ expected: String) async throws {
    let result = try await TenantHome().run(words)
    #expect(result.exitCode == 64)
    #expect(result.errorText.contains("tenant:   did you mean: \(expected)\n"))
    #expect(result.output.isEmpty)
  }

  @Test(
    "wrong usage is 64 with the usage and an example, and changes nothing",
    arguments: [
      ["init", "--passphrase", "--key-file", "k"], ["init", "--passphrase-file", "p", "--passphrase-stdin"],
      ["init", "extra"], ["new-artifact"], ["new-artifact", "UserCredentials"],
      ["new-artifact", "UserCredentials", "x"],
      ["new-artifact", "UserCredentials", " x", "--user", "u"],
      ["new-artifact", "SecureParameter", "x", "--user", "u"],
      ["new-artifact", "UserCredentials", "x", "--user", "u", "--allowed-host", "*.com"],
      ["new-artifact", "UserCredentials", "x", "--user", "u", "--organization", "o"],
      ["new-artifact", "UserCredentials", "x", "--user", "u\u{1}"], ["seal-artifact"], ["deploy-artifact"],
      ["deploy-artifact", "x", "--plan", "--password-stdin"],
      ["deploy-artifact", "x", "--password-stdin", "--password-file", "p"], ["undeploy-artifact"], ["show-artifact"],
      ["list-artifacts", "--output", "xml"], ["import-certificate"], ["import-certificate", "--from-server", "host"],
      ["import-certificate", "a.pem", "--from-server", "host:1"],
      ["import-certificate", "a.pem", "--protocol", "smtp"],
      ["import-certificate", "--from-server", "host:1", "--protocol", "http"],
      ["import-certificate", "a.pem", "--alias", "x "], ["keystore", "show"], ["keystore", "export"],
      ["keystore", "rename", "a"], ["keystore", "delete"], ["keystore", "add-key"],
      ["keystore", "add-key", "--systemd-credential"], ["keystore", "remove-key"], ["keystore", "rotate", "now"],
    ])
  func usage(_ words: [String]) async throws {
    let home = try TenantHome()
    let result = try await home.run(words)
    #expect(result.exitCode == 64)
    #expect(result.errorText.hasPrefix("tenant: error: "))
    #expect(result.errorText.contains("tenant:   example: tenant "))
    #expect(result.output.isEmpty)
    #expect(try TestFiles.names(in: home.path) == [])
  }
}

extension Substring {
  /// Without blanks at its ends.
  fileprivate var trimmed: String {
    var rest = self
    while rest.last == " " { rest.removeLast() }
    return String(rest.drop { $0 == " " })
  }
}
