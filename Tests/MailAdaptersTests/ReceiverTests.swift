import FlowEngine
import MIME
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

/// The adapter against a server on loopback.
@Suite struct ReceiverTests {
  private static let login: FlowDocument.Properties = [("auth", "loginPlain"), ("user", "mailer")]

  @Test func `a mail leaves over STARTTLS with a login, and the report says how`() async throws {
    let tls = TestTLS()
    let server = MailServer(.init(tls: tls))
    let environment = try environment(for: server, tls: tls)
    let receiver = try makeReceiver(Self.login + [("subject", "Hello")], environment)
    let outcome = await receiver.deliver(exchange(body: "text"), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure == nil)
    let report = outcome.report
    #expect(report.deliveries == [.init(target: "anna@example.org", status: .accepted, answer: "250 2.0.0 queued")])
    #expect(report.protection.hasPrefix("STARTTLS, TLS 1."))
    #expect(report.protection.hasSuffix(", verified"))
    #expect(report.login == "PLAIN as orders@example.com")
    #expect(report.credentialName == "mailer")
    #expect(report.endpoint == "mail.example.com:587")
    #expect(report.answer == "250 2.0.0 queued")
    #expect(
      report.notes == ["test: connections for mail.example.com:587 go to 127.0.0.1:\(server.port) (--connect-to)"])
    await server.allEnded()
    let mail = try #require(server.mails.first)
    #expect(mail.header.contains("Subject: Hello"))
    #expect(mail.header.contains("Message-ID: \(try #require(report.messageID))"))
    #expect(mail.sender.hasPrefix("MAIL FROM:<orders@example.com>"))
    #expect(server.commands == [server.commands[0]])
    #expect(server.commands[0].last == "QUIT")
  }

  @Test func `implicit TLS works, and a certificate that nobody trusts ends it before any secret`() async throws {
    let tls = TestTLS()
    let properties = Self.login + [("server", "mail.example.com:465"), ("ssl", "smtps")]
    let trusted = MailServer(.init(tls: tls, isImplicitTLS: true))
    let good = try environment(for: trusted, tls: tls, port: 465)
    #expect(try await makeReceiver(properties, good).deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    await good.close()

    let untrusted = MailServer(.init(tls: tls, isImplicitTLS: true))
    let bad = try environment(for: untrusted, port: 465)
    let outcome = try await makeReceiver(properties, bad).deliver(exchange(), at: .test, in: makeRun())
    await bad.close()
    #expect(outcome.failure?.failureClass == .refused)
    await untrusted.allEnded()
    #expect(untrusted.commands == [[]])
  }

  @Test func `an unknown credential fails before anything is connected`() async throws {
    let server = MailServer()
    let environment = try environment(for: server, credentials: TestCredentials())
    let outcome = try await makeReceiver(Self.login, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure?.failureClass == .configuration)
    #expect(outcome.failure?.explanation.summary == "credential 'mailer' is not deployed")
    #expect(outcome.failure?.explanation.places == ["receiver channel 'Mail'", "credential 'mailer'"])
    #expect(server.connectionCount == 0)
  }

  @Test(arguments: [
    (["mail.example.com"], true), (["*.example.com"], true), (["MAIL.example.COM"], true), ([], true),
    (["example.com"], false), (["*.com"], false), (["other.example.com", "127.0.0.1"], false),
    (["*mail.example.com"], false),
  ])
  func `a credential goes to the hosts it is for, and nowhere else`(hosts: [String], isAllowed: Bool) async throws {
    let tls = TestTLS()
    let server = MailServer(.init(tls: tls))
    let environment = try environment(
      for: server, credentials: TestCredentials(makeCredential(allowedHosts: hosts)), tls: tls)
    let outcome = try await makeReceiver(Self.login, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect((outcome.failure == nil) == isAllowed)
    #expect(server.connectionCount == (isAllowed ? 1 : 0))
    if !isAllowed {
      #expect(outcome.failure?.failureClass == .refused)
      #expect(outcome.failure?.explanation.summary == "credential 'mailer' may not be sent to mail.example.com")
    }
  }

  @Test func `a dry run shows the mail, needs no credential and connects to nothing`() async throws {
    let server = MailServer()
    var environment = try environment(for: server, credentials: TestCredentials())
    environment.isDryRun = true
    let outcome = try await makeReceiver(Self.login + [("cc", "bob@example.org")], environment)
      .deliver(exchange(body: "Hello"), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure == nil)
    #expect(outcome.report.preview?.hasSuffix("Hello\r\n") == true)
    #expect(outcome.report.deliveries.map(\.status) == [.notSent, .notSent])
    #expect(outcome.report.deliveries.map(\.target) == ["anna@example.org", "bob@example.org"])
    #expect(server.connectionCount == 0)
  }

  @Test func `a connection that was sent elsewhere gets no credential without verified TLS`() async throws {
    let server = MailServer()
    let properties: FlowDocument.Properties = [
      ("ssl", "off"), ("auth", "loginPlain"), ("user", "mailer"), ("tenant.allowPlaintextPassword", "true"),
    ]
    let environment = try environment(for: server)
    let outcome = try await makeReceiver(properties, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure?.failureClass == .refused)
    await server.allEnded()
    #expect(!server.commands.joined().contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
    #expect(server.mails.isEmpty)
  }

  @Test func `a mail is redirected as a test option says, and the report tells`() async throws {
    let server = MailServer()
    var environment = try environment(for: server)
    environment.redirectTo = MailAddress(localPart: "tester", domain: "test.example")
    let outcome = try await makeReceiver([("ssl", "off")], environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.report.deliveries.map(\.target) == ["tester@test.example"])
    #expect(outcome.report.notes.contains("test: mails go to tester@test.example alone (--redirect-to)"))
    await server.allEnded()
    #expect(server.mails.map(\.recipients) == [["RCPT TO:<tester@test.example>"]])
  }

  @Test func `each recipient has its own outcome, and the failure names the first that did not get it`() async throws {
    let server = MailServer(
      .init(answer: { command, _, _ in
        command.contains("bob@") ? "550 5.1.1 no such user" : command.contains("carol@") ? "450 4.2.1 later" : nil
      }))
    let environment = try environment(for: server)
    let outcome = try await makeReceiver(
      [("ssl", "off"), ("cc", "bob@example.org, carol@example.org")], environment
    ).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.report.deliveries.map(\.status) == [.accepted, .refused, .deferred])
    #expect(outcome.failure?.failureClass == .permanent)
    #expect(
      outcome.failure?.explanation.summary
        == "mail.example.com:587 refused bob@example.org (550 5.1.1 no such user) and 1 more")
  }

  @Test func `a lost answer to the final dot is in doubt, and a hint says not to repeat`() async throws {
    let server = MailServer(.init(answer: { command, _, _ in command == "." ? "not a reply" : nil }))
    let environment = try environment(for: server)
    let outcome = try await makeReceiver([("ssl", "off")], environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure?.failureClass == .outcomeUnknown)
    #expect(outcome.report.deliveries.map(\.status) == [.inDoubt])
    #expect(outcome.failure?.explanation.hints.count == 1)
  }

  @Test func `delivery reports are asked for where the server has them, else a note says so`() async throws {
    let properties: FlowDocument.Properties = [
      ("ssl", "off"), ("tenant.dsn.notify", "failure"), ("tenant.dsn.return", "full"),
    ]
    let able = MailServer()
    let first = try environment(for: able)
    #expect(try await makeReceiver(properties, first).deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    await first.close()
    #expect(able.mails.map(\.recipients) == [["RCPT TO:<anna@example.org> NOTIFY=FAILURE"]])
    #expect(able.mails.first?.sender.contains("RET=FULL") == true)

    let unable = MailServer(.init(capabilities: []))
    let second = try environment(for: unable)
    let outcome = try await makeReceiver(properties, second).deliver(exchange(), at: .test, in: makeRun())
    await second.close()
    #expect(outcome.failure == nil)
    #expect(outcome.report.notes.contains { $0.contains("no delivery reports") })
    #expect(unable.mails.map(\.recipients) == [["RCPT TO:<anna@example.org>"]])
  }

  @Test func `the name in EHLO is the channel's`() async throws {
    let server = MailServer()
    let environment = try environment(for: server)
    _ = try await makeReceiver([("ssl", "off"), ("tenant.clientName", "client.example.net")], environment)
      .deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(server.commands.first?.first == "EHLO client.example.net")
  }
}
