import Testing

/// What the kill harness (scripts/kill-keystore) found once, without its faults: each stays mended.
struct ThreatTests {
  @Test func `what a killed init left neither stops the next one nor stays`() async throws {
    let home = try TenantHome()
    try TestFiles.makeFolder("\(home.path)/keystore")
    let left = try home.write("half a header", to: "keystore/keystore.tks.0123456789abcdef.tmp")
    let result = try await home.run(["init"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(throws: (any Error).self) { try TestFiles.read(left) }
    #expect(try await home.run(["list-artifacts"]).exitCode == 0)
  }

  @Test func `a change removes what killed processes left beside the key file and the noted generation`() async throws {
    let home = try TenantHome()
    #expect(try await home.run(["init", "--key-file", "\(home.folder)/own.key"]).exitCode == 0)
    let list = try await home.run(["keystore", "list", "--output", "json"]).outputText
    let store = try #require(
      list.split(separator: "\"").map(String.init).first { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    let left = [
      "\(home.folder)/user/.config/tenant/\(store).generation.0123456789abcdef.tmp", "\(home.folder)/second.key.0a.tmp",
      "keystore/keystore.tks.previous.0123456789abcdef.tmp",
    ]
    for name in left { try home.write("1\n", to: name) }
    let foreign = try home.write("a person's own", to: "\(home.folder)/second.key.notes.tmp")
    let result = try await home.run(["keystore", "add-key", "--key-file", "\(home.folder)/second.key"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    for name in left {
      #expect(throws: (any Error).self, "\(name)") {
        try TestFiles.read(name.hasPrefix("/") ? name : "\(home.path)/\(name)")
      }
    }
    #expect(try TestFiles.read(foreign).isEmpty == false)
  }
}
