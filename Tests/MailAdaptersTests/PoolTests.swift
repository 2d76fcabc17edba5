import FlowEngine
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

@Suite struct PoolTests {
  private func pool(_ change: (inout MailConnectionLimits) -> Void = { _ in }) -> MailConnectionPool {
    var limits = MailConnectionLimits()
    change(&limits)
    return MailConnectionPool(limits: limits)
  }

  private static let plain: FlowDocument.Properties = [("ssl", "off")]
  private static let login: FlowDocument.Properties = [("auth", "loginPlain"), ("user", "mailer")]

  @Test func `many mails go over one connection, which ends with the run`() async throws {
    let tls = TestTLS()
    let server = MailServer(.init(tls: tls))
    let environment = try environment(for: server, tls: tls)
    let receiver = try makeReceiver(Self.login, environment)
    for _ in 0..<5 { #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil) }
    #expect(server.connectionCount == 1)
    await environment.close()
    await server.allEnded()
    #expect(server.mails.count == 5)
    #expect(server.commands[0].filter { $0.hasPrefix("AUTH") }.count == 1)
    #expect(server.commands[0].last == "QUIT")
    #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure != nil)
    #expect(server.connectionCount == 1)
  }

  @Test func `another credential, version, identity or protection makes another connection`() async throws {
    let tls = TestTLS()
    let server = MailServer(.init(tls: tls))
    let shared = pool()
    func send(_ properties: FlowDocument.Properties, _ credential: MailCredential) async throws {
      let environment = try environment(for: server, credentials: TestCredentials(credential), tls: tls, pool: shared)
      let outcome = try await makeReceiver(properties, environment).deliver(exchange(), at: .test, in: makeRun())
      #expect(outcome.failure == nil)
    }
    try await send(Self.login, makeCredential())
    try await send(Self.login, makeCredential())
    #expect(server.connectionCount == 1)
    try await send(Self.login, makeCredential(password: "changed", version: 2))
    #expect(server.connectionCount == 2)
    try await send(Self.login, makeCredential(user: "other@example.com"))
    #expect(server.connectionCount == 3)
    try await send(Self.login + [("tenant.authorizationId", "boss")], makeCredential())
    #expect(server.connectionCount == 4)
    try await send([], makeCredential())
    #expect(server.connectionCount == 5)
    try await send(Self.login + [("tenant.tls.minimumVersion", "1.3")], makeCredential())
    #expect(server.connectionCount == 6)
    try await send(Self.login + [("tenant.clientName", "a.example.net")], makeCredential())
    #expect(server.connectionCount == 7)
    // Time limits and what the mail says make no difference.
    try await send(Self.login + [("timeout", "1000"), ("subject", "s")], makeCredential())
    #expect(server.connectionCount == 7)
    await shared.close()
  }

  @Test func `another trust generation makes another connection`() async throws {
    let server = MailServer()
    let shared = pool()
    for generation in [UInt64(1), 1, 2] {
      var environment = MailEnvironment(
        credentials: TestCredentials(), certificates: [], trustGeneration: generation, pool: shared)
      environment.redirections[ServerAddress(host: "mail.example.com", port: 587)] = ServerAddress(
        host: "127.0.0.1", port: server.port)
      #expect(
        try await makeReceiver(Self.plain, environment).deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    }
    #expect(server.connectionCount == 2)
    await shared.close()
  }

  @Test(arguments: [MailServer.AfterMail.close, .sayGoodbye])
  func `a server that ends unused connections costs no mail`(ending: MailServer.AfterMail) async throws {
    let server = MailServer(.init(afterMail: { _, _ in ending }))
    let environment = try environment(for: server)
    let receiver = try makeReceiver(Self.plain, environment)
    for _ in 0..<3 { #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil) }
    await environment.close()
    await server.allEnded()
    #expect(server.mails.count == 3)
    #expect(server.connectionCount == 3)
  }

  @Test(arguments: ["421 4.3.2 shutting down", ""])
  func `a kept connection that ends at the next mail's first command is replaced, and the mail leaves once`(
    answer: String
  ) async throws {
    let server = MailServer(
      .init(answer: { command, connection, mail in
        connection == 0 && mail == 1 && command.hasPrefix("MAIL") ? answer : nil
      }))
    let environment = try environment(for: server)
    let receiver = try makeReceiver(Self.plain, environment)
    for subject in ["1", "2"] {
      let outcome = await receiver.deliver(exchange(body: subject), at: .test, in: makeRun())
      #expect(outcome.failure == nil)
      #expect(outcome.report.deliveries.map(\.status) == [.accepted])
    }
    await environment.close()
    await server.allEnded()
    #expect(server.mails.map(\.connection) == [0, 1])
    #expect(server.mails.map { $0.text.hasSuffix("\r\n\r\n1\r\n") } == [true, false])
  }

  @Test func `what a server accepted in part is not sent again`() async throws {
    let server = MailServer(
      .init(
        capabilities: [],
        answer: { command, connection, mail in
          mail == 1 && command.hasPrefix("RCPT") ? "421 4.3.2 shutting down" : nil
        }))
    let environment = try environment(for: server)
    let receiver = try makeReceiver(Self.plain, environment)
    #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure?.failureClass == .temporary)
    await environment.close()
    #expect(server.connectionCount == 1)
  }

  @Test func `a new connection that fails is not tried again`() async throws {
    let server = MailServer(.init(answer: { command, _, _ in command.hasPrefix("MAIL") ? "421 4.3.2 no" : nil }))
    let environment = try environment(for: server)
    let outcome = try await makeReceiver(Self.plain, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure?.failureClass == .temporary)
    #expect(server.connectionCount == 1)
  }

  @Test func `a refused sender leaves the connection usable`() async throws {
    let server = MailServer(
      .init(answer: { command, _, mail in command.hasPrefix("MAIL FROM:<bad@") ? "550 5.7.1 not you" : nil }))
    let environment = try environment(for: server)
    #expect(
      try await makeReceiver(Self.plain + [("from", "bad@example.com")], environment).deliver(
        exchange(), at: .test, in: makeRun()
      )
      .failure != nil)
    #expect(
      try await makeReceiver(Self.plain, environment).deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    await environment.close()
    await server.allEnded()
    #expect(server.connectionCount == 1)
    #expect(server.mails.count == 1)
  }

  @Test func `no more connections are open at once than the limit, and every mail leaves`() async throws {
    let server = MailServer()
    let environment = try environment(for: server, pool: pool { $0.perServer = 2 })
    let receiver = try makeReceiver(Self.plain, environment)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<12 { group.addTask { await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil } }
      for await isDelivered in group { #expect(isDelivered) }
    }
    await environment.close()
    await server.allEnded()
    #expect(server.mails.count == 12)
    #expect(server.mostOpen <= 2)
  }

  @Test func `an unused connection makes room for one to another server`() async throws {
    let first = MailServer()
    let second = MailServer()
    let shared = pool { $0.total = 1 }
    for server in [first, second, first] {
      let environment = try environment(for: server, pool: shared)
      #expect(
        try await makeReceiver(Self.plain, environment).deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    }
    await shared.close()
    await first.allEnded()
    #expect(first.connectionCount == 2)
    #expect(first.commands[0].last == "QUIT")
    #expect(second.connectionCount == 1)
  }

  @Test func `a connection carries no more mails than the limit`() async throws {
    let server = MailServer()
    let environment = try environment(for: server, pool: pool { $0.mailsPerConnection = 2 })
    let receiver = try makeReceiver(Self.plain, environment)
    for _ in 0..<5 { #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil) }
    await environment.close()
    #expect(server.connectionCount == 3)
  }

  @Test func `a connection whose time is over is not used again`() async throws {
    let server = MailServer()
    let environment = try environment(for: server, pool: pool { $0.idleTime = .zero })
    let receiver = try makeReceiver(Self.plain, environment)
    for _ in 0..<2 { #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil) }
    await server.allEnded()
    #expect(server.connectionCount == 2)
    #expect(server.commands.allSatisfy { $0.last == "QUIT" })
    await environment.close()
  }

  @Test func `a failed opening leaves its place to others`() async throws {
    let server = MailServer(
      .init(answer: { command, connection, _ in connection == 0 && command.isEmpty ? "554 5.3.2 no" : nil }))
    let environment = try environment(for: server, pool: pool { $0.perServer = 1 })
    let receiver = try makeReceiver(Self.plain, environment)
    #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure != nil)
    #expect(await receiver.deliver(exchange(), at: .test, in: makeRun()).failure == nil)
    await environment.close()
  }
}
