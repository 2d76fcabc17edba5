import FlowEngine
import Foundation
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

/// SCRAM with channel binding over real TLS: the server compares what the client bound to with what its own end of the
/// connection says.
@Suite struct ChannelBindingTests {
  private static let password = "canary-4711"
  private static let login: FlowDocument.Properties = [("auth", "loginEncrypted"), ("user", "mailer")]

  /// A server that knows SCRAM and nothing else.
  private func server(
    _ mechanisms: String, _ tls: TestTLS, canBind: Bool = true, isImplicitTLS: Bool = false,
    afterMail: @escaping @Sendable (Int, Int) -> MailServer.AfterMail = { _, _ in .nothing }
  ) -> MailServer {
    let verifier = SCRAMVerifier(password: Self.password, canBind: canBind)
    return MailServer(
      .init(
        capabilities: ["AUTH \(mechanisms)"], tls: tls, isImplicitTLS: isImplicitTLS, afterMail: afterMail,
        login: { line, connection in verifier.run(line, connection) }))
  }

  /// What the client said of binding in each AUTH, such as `p=tls-unique`.
  private func flags(_ server: MailServer) -> [String] {
    server.commands.joined().filter { $0.hasPrefix("AUTH ") }.map { line in
      let first = Data(base64Encoded: line.split(separator: " ").last.map(String.init) ?? "") ?? Data()
      return String(decoding: first, as: UTF8.self).split(separator: ",").first.map(String.init) ?? ""
    }
  }

  @Test(
    arguments: ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"], [("1.3", "p=tls-exporter"), ("1.2", "p=tls-unique")])
  func `the login is bound to the connection`(mechanism: String, version: (name: String, flag: String)) async throws {
    let tls = TestTLS()
    let plain = mechanism.replacingOccurrences(of: "-PLUS", with: "")
    let server = server("\(plain) \(mechanism)", tls)
    let environment = try environment(for: server, tls: tls)
    let receiver = try makeReceiver(
      Self.login + [("tenant.tls.minimumVersion", "1.2"), ("tenant.tls.maximumVersion", version.name)], environment)
    let outcome = await receiver.deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
    #expect(outcome.report.login == "\(mechanism) as orders@example.com")
    #expect(outcome.report.protection == "STARTTLS, TLS \(version.name), verified")
    #expect(flags(server) == [version.flag])
  }

  @Test func `a resumed session without extended master secret binds to the certificate alone`() async throws {
    let tls = TestTLS(hasExtendedMasterSecret: false)
    let server = server("SCRAM-SHA-256-PLUS", tls, afterMail: { _, _ in .close })
    let environment = try environment(for: server, tls: tls)
    let receiver = try makeReceiver(Self.login + [("tenant.tls.maximumVersion", "1.2")], environment)
    for _ in 0..<2 {
      let outcome = await receiver.deliver(exchange(), at: .test, in: makeRun())
      #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
    }
    await environment.close()
    #expect(flags(server) == ["p=tls-unique", "p=tls-server-end-point"])
  }

  @Test func `a wrong password is refused`() async throws {
    let tls = TestTLS()
    let server = server("SCRAM-SHA-256-PLUS", tls)
    let credentials = TestCredentials(makeCredential(password: "another"))
    let environment = try environment(for: server, credentials: credentials, tls: tls)
    let outcome = try await makeReceiver(Self.login, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure?.failureClass == .refused)
    #expect(server.mails.isEmpty)
  }

  /// A man in the middle whose certificate the client trusts: he ends the TLS of both sides and passes the login on.
  private func manInTheMiddle(offering mechanisms: String, before server: MailServer, _ tls: TestTLS) -> MailServer {
    let port = server.port
    return MailServer(
      .init(
        capabilities: ["AUTH \(mechanisms)"], tls: TestTLS(authority: tls.authority),
        login: { line, victim in MailServerConnection.pass(line, from: victim, toServerAt: port) }))
  }

  @Test(arguments: [("1.3", "p=tls-exporter"), ("1.2", "p=tls-unique")])
  func `a man in the middle cannot pass a bound login on`(version: (name: String, flag: String)) async throws {
    let tls = TestTLS()
    let server = server("SCRAM-SHA-256-PLUS", tls, isImplicitTLS: true)
    let attacker = manInTheMiddle(offering: "SCRAM-SHA-256-PLUS", before: server, tls)
    let environment = try environment(for: attacker, tls: tls)
    let properties = Self.login + [("tenant.tls.maximumVersion", version.name)]
    let outcome = try await makeReceiver(properties, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    let failure = try #require(outcome.failure)
    #expect(failure.failureClass == .refused)
    #expect("\(failure)".contains("channel-bindings-dont-match"), "\(failure)")
    #expect(flags(server) == [version.flag])
    #expect(attacker.mails.isEmpty)
  }

  @Test func `PLUS removed on the way is noticed`() async throws {
    let tls = TestTLS()
    let server = server("SCRAM-SHA-256 SCRAM-SHA-256-PLUS", tls, isImplicitTLS: true)
    let attacker = manInTheMiddle(offering: "SCRAM-SHA-256", before: server, tls)
    let environment = try environment(for: attacker, tls: tls)
    let outcome = try await makeReceiver(Self.login, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    let failure = try #require(outcome.failure)
    #expect(failure.failureClass == .refused)
    #expect("\(failure)".contains("server-does-support-channel-binding"), "\(failure)")
    #expect(flags(server) == ["y"])
    #expect(attacker.mails.isEmpty)
  }

  @Test func `a server that cannot bind takes the login, also behind the man in the middle`() async throws {
    let tls = TestTLS()
    let server = server("SCRAM-SHA-256", tls, canBind: false, isImplicitTLS: true)
    let attacker = manInTheMiddle(offering: "SCRAM-SHA-256", before: server, tls)
    let environment = try environment(for: attacker, tls: tls)
    let outcome = try await makeReceiver(Self.login, environment).deliver(exchange(), at: .test, in: makeRun())
    await environment.close()
    #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
    #expect(outcome.report.login == "SCRAM-SHA-256 as orders@example.com")
    #expect(flags(server) == ["y"])
  }
}
