import Certificates
import Crypto
import TenantBase
import TestSupport
import Testing
import Wire

@testable import Transport

/// An authority and a certificate for `mail.example.com`, made once a test run.
enum Fixture {
  static let authority = TestIdentity.authority("Example CA")
  static let host = "mail.example.com"
  static let server = authority.server(host, names: "DNS:mail.example.com,DNS:*.wild.example")
  static let context = TestServerContext(server)
  static let trust = trusting(authority)
  static let limit = Duration.seconds(10)

  static func trusting(_ identities: TestIdentity...) -> TrustStore {
    TrustStore(
      includesSystemAuthorities: false, certificates: identities.compactMap { try? Certificate(der: $0.der) })
  }

  static func target(
    _ port: UInt16, host: String = Fixture.host, security: ConnectionSecurity = .implicitTLS,
    trust: TrustStore = Fixture.trust
  ) -> ConnectionTarget {
    ConnectionTarget(
      host: host, port: 993, security: security, tls: TLSPolicy(trust: trust),
      connectTo: .init(host: "127.0.0.1", port: port))
  }

  /// Connects on the shared loop and gives the stream to `body`; closes it afterwards.
  static func connected<Value: Sendable>(
    _ target: ConnectionTarget, _ body: @escaping @Sendable (SocketStream) async throws -> Value
  ) async throws -> Value {
    try await EventLoop.shared.perform {
      let stream = try await Connector.connect(to: target, deadline: .after(limit))
      defer { stream.close() }
      return try await body(stream)
    }
  }

  /// The error of connecting; nil when it succeeds.
  static func failure(of target: ConnectionTarget, within limit: Duration = Fixture.limit) async throws -> StreamError?
  {
    try await EventLoop.shared.perform {
      do throws(StreamError) {
        try await Connector.connect(to: target, deadline: .after(limit)).close()
        return nil
      } catch {
        return error
      }
    }
  }
}

extension ByteStream {
  func readAll(deadline: Deadline = .after(Fixture.limit)) async throws(StreamError) -> [UInt8] {
    var result: [UInt8] = []
    while try await read(into: &result, atMost: 1 << 16, deadline: deadline) > 0 {}
    return result
  }

  func read(exactly count: Int, deadline: Deadline = .after(Fixture.limit)) async throws(StreamError) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      guard try await read(into: &result, atMost: count - result.count, deadline: deadline) > 0 else { break }
    }
    return result
  }

  func write(_ text: String) async throws(StreamError) {
    try await write(Array(text.utf8), deadline: .after(Fixture.limit))
  }
}

/// The error that `work` throws.
func streamError(_ work: () async throws(StreamError) -> Void) async -> StreamError? {
  do throws(StreamError) {
    try await work()
    return nil
  } catch {
    return error
  }
}
