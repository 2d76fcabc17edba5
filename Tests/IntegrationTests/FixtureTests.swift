import Glibc
import Testing

/// The fixtures themselves: a test that relies on them must fail because of `tenant`, not because of them.
struct FixtureTests {
  @Test func `a program's streams, exit code and environment are its own`() async throws {
    let script = "read line; echo \"$line $NAME $HOME\"; pwd; echo trouble >&2; exit 3"
    let result = try await ChildProcess(
      path: "/bin/sh", arguments: ["-c", script], environment: ["NAME": "value"], folder: "/tmp",
      input: Array("given\n".utf8)
    ).run()
    #expect(result.exitCode == 3)
    #expect(result.outputText == "given value \n/tmp\n")
    #expect(result.errorText == "trouble\n")
  }

  @Test func `a program that takes no input and says much is heard to its end`() async throws {
    let input = [UInt8](repeating: 0x61, count: 300_000)
    let script = "head -c 1 >/dev/null; head -c 200000 /dev/zero | tr '\\0' x"
    let result = try await ChildProcess(
      path: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
      input: input
    ).run()
    #expect(result.exitCode == 0)
    #expect(result.output.count == 200_000)
  }

  @Test func `a program that does not end is killed with its children`() async throws {
    let program = ChildProcess(
      path: "/bin/sh", arguments: ["-c", "echo started; sleep 600 & sleep 600"],
      environment: ["PATH": "/usr/bin:/bin"], timeLimit: .milliseconds(300))
    let failure = await #expect(throws: ProgramFailure.self) { try await program.run() }
    #expect(failure?.description.contains("started") == true)
  }

  @Test func `a signal is told apart from an exit code`() async throws {
    let result = try await ChildProcess(path: "/bin/sh", arguments: ["-c", "kill -TERM $$"]).run()
    #expect(result.exitCode == 128 + SIGTERM)
  }

  @Test func `a tenant home is private and holds what is written to it`() throws {
    let home = try TenantHome()
    let path = try home.write("text", to: "note")
    #expect(try TestFiles.read(path) == Array("text".utf8))
    #expect(try TestFiles.names(in: home.path) == ["note"])
  }
}

struct TenantProgramTests {
  @Test func `the built program runs in a home of its own and says how it is used`() async throws {
    let home = try TenantHome()
    let result = try await home.run(["--help"])
    #expect(result.exitCode == 0)
    #expect(result.outputText.contains("usage: tenant"))
    #expect(result.errorText == "")
  }
}

struct MailServersTests {
  @Test func `the submission port greets and offers STARTTLS and no AUTH before it`() throws {
    let servers = try MailServers.shared
    let connection = try LineConnection(servers.host, servers.smtpSubmission)
    #expect(try connection.readReply().hasPrefix("220 "))
    try connection.send("EHLO client.example.test")
    let capabilities = try connection.readReply()
    #expect(capabilities.contains("STARTTLS"))
    #expect(!capabilities.contains("AUTH"))
  }

  @Test func `the plain port offers every mechanism`() throws {
    let servers = try MailServers.shared
    let connection = try LineConnection(servers.host, servers.smtpPlain)
    _ = try connection.readReply()
    try connection.send("EHLO client.example.test")
    let capabilities = try connection.readReply()
    #expect(capabilities.contains("AUTH PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256"))
    #expect(!capabilities.contains("STARTTLS"))
  }

  @Test func `IMAP from another address refuses the login before STARTTLS`() throws {
    let servers = try MailServers.shared
    let connection = try LineConnection(servers.loginDisabledHost, servers.imapLoginDisabled)
    #expect(try connection.readLine().contains("LOGINDISABLED"))
  }

  @Test func `a mail to any address is found in the catch-all mailbox`() async throws {
    let servers = try MailServers.shared
    let connection = try LineConnection(servers.host, servers.smtpNoAuth)
    _ = try connection.readReply()
    let id = "<fixture.\(getpid()).\(UInt64.random(in: 0...UInt64.max))@example.test>"
    for (command, reply) in [
      ("EHLO client.example.test", "250"), ("MAIL FROM:<sender@example.test>", "250"),
      ("RCPT TO:<refused550@example.test>", "550 5.1.1"), ("RCPT TO:<busy450@example.test>", "450 4.2.1"),
      ("RCPT TO:<anyone@elsewhere.example>", "250"), ("DATA", "354"),
      ("Message-ID: \(id)\r\nSubject: fixture\r\n\r\nHello\r\n.", "250"), ("QUIT", "221"),
    ] {
      try connection.send(command)
      #expect(try connection.readReply().hasPrefix(reply))
    }
    let mails = try await servers.catchall.newMessages(withHeader: "Message-ID: \(id)")
    let text = String(decoding: mails[0], as: UTF8.self)
    #expect(mails.count == 1)
    #expect(text.contains("Delivered-To: anyone@elsewhere.example"))
  }
}
