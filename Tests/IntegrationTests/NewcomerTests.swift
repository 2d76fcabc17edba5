import Glibc
import Testing

/// What a newcomer ran into.
struct NewcomerTests {
  @Test(arguments: [["mail", "show", "m.eml", "--extract", ""], ["mail", "show", "m.eml", "--extract", "/proc/x"]])
  func `a folder that cannot be made is an error, not a crash`(arguments: [String]) async throws {
    let home = try TenantHome()
    try home.write("Subject: x\n\ny\n", to: "m.eml")
    let result = try await home.run(arguments)
    #expect((1..<100).contains(result.exitCode), "\(result.exitCode)")
    #expect(result.errorText.contains("cannot create the folder"))
  }

  @Test(arguments: ["--help", "new-artifact UserCredentials x --user u"])
  func `a result that could not be written is an error`(words: String) async throws {
    let home = try TenantHome()
    let script = "\"$TENANT\" \(words) >/dev/full"
    let result = try await ChildProcess(
      path: "/bin/sh", arguments: ["-c", script], environment: ["TENANT": TenantProgram.path, "HOME": home.folder],
      folder: home.path
    ).run()
    #expect(result.exitCode != 0)
    #expect(result.errorText.contains("cannot write to 'standard output'"), "\(result.errorText)")
  }

  @Test func `a failed run marks what tests changed, and an unknown parameter is told`() async throws {
    let mail = try await MailHome()
    let result = try await mail.runFlow(
      try mail.flow([]), mail.connecting(to: 1) + ["--parameter", "Bogus=2", "--redirect-to", "a@example.com"])
    #expect(result.exitCode == 69)
    #expect(
      result.errorText.contains("note: test: connections for smtp.gmail.com:587 go to 127.0.0.1:1 (--connect-to)"))
    let sent = try await mail.runFlow(
      try mail.flow([]), mail.connecting(to: mail.servers.smtpSubmission) + ["--parameter", "Bogus=2"])
    #expect(sent.errorText.contains("warning: --parameter 'Bogus': the flow has no such parameter"))
    #expect(try await mail.runFlow("x.iflw", ["--redirect-to", "junk"]).exitCode == 64)
  }

  @Test func `a signal during a run closes the connection and says so`() async throws {
    let mail = try await MailHome(credential: nil, trusts: false)
    let silent = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(silent) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> UInt16 in
        guard bind(silent, generic, length) == 0, listen(silent, 4) == 0, getsockname(silent, generic, &length) == 0
        else { return 0 }
        return UInt16(bigEndian: UnsafeRawPointer(generic).load(fromByteOffset: 2, as: UInt16.self))
      }
    }
    try #require(port > 0)
    let flow = try mail.flow([
      FlowChange("server", "127.0.0.1:\(port)"), FlowChange("ssl", "off"), FlowChange("auth", "none"),
      FlowChange("user", ""),
    ])
    // The signal comes when the program has its connection, however long it took to start.
    let connected = "ls -l /proc/$child/fd 2>/dev/null | grep -q socket:"
    let script =
      "\"$TENANT\" run-iflow \"$FLOW\" & child=$!; n=0; until [ $n = 200 ] || \(connected); "
      + "do n=$((n+1)); sleep 0.05; done; sleep 0.3; kill -INT $child; wait $child; echo code $?"
    let result = try await ChildProcess(
      path: "/bin/sh", arguments: ["-c", script],
      environment: [
        "TENANT": TenantProgram.path, "FLOW": flow, "PATH": "/usr/bin:/bin", "HOME": "\(mail.home.folder)/user",
      ],
      folder: mail.home.path
    ).run()
    #expect(result.errorText.contains("interrupted by SIGINT"), "\(result.errorText)")
    #expect(result.outputText.contains("code 75"), "\(result.outputText)")
  }
}
