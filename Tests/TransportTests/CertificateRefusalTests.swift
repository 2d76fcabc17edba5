import COpenSSL
import Certificates
import TenantBase
import TestSupport
import Testing
import Wire

@testable import Transport

/// A server that shows a bad certificate, and what must be said of it.
struct BadServer: Sendable, CustomTestStringConvertible {
  let name: String
  let identity: TestIdentity
  var chain: [TestIdentity] = []
  var host = Fixture.host
  /// Each must be in the error's detail.
  let words: [String]
  var isUnknownAuthority = false

  var testDescription: String { name }

  private static let ca = Fixture.authority

  private static func issue(
    _ names: String? = "DNS:mail.example.com", by issuer: TestIdentity = ca, commonName: String = "leaf",
    _ change: (inout TestIdentity.Request) -> Void = { _ in }
  ) -> TestIdentity {
    var request = TestIdentity.Request(commonName, names: names)
    change(&request)
    return issuer.issue(request)
  }

  private static func authority(_ commonName: String, _ change: (inout TestIdentity.Request) -> Void) -> TestIdentity {
    var request = TestIdentity.Request(commonName)
    change(&request)
    return ca.issue(request)
  }

  private static let notAuthority = authority("No Authority") { _ in }
  private static let constrained = authority("Narrow CA") {
    $0.isAuthority = true
    $0.nameConstraints = "critical,permitted;DNS:allowed.example"
  }
  private static let other = TestIdentity.authority("Other CA")

  static let all: [BadServer] = [
    BadServer(
      name: "expired", identity: issue { ($0.validFrom, $0.validFor) = (-10 * 86_400, 86_400) },
      words: ["CN=leaf expired on 20"]),
    BadServer(
      name: "not yet valid", identity: issue { $0.validFrom = 86_400 }, words: ["CN=leaf is valid only from 20"]),
    BadServer(
      name: "wrong host", identity: issue("DNS:a.example,DNS:b.example"),
      words: ["the certificate is for a.example, b.example and not for mail.example.com"]),
    BadServer(
      name: "self-signed", identity: TestIdentity(.init("lonely", names: "DNS:mail.example.com")),
      words: ["CN=lonely is self-signed and not known here"], isUnknownAuthority: true),
    BadServer(
      name: "unknown authority", identity: other.server(names: "DNS:mail.example.com"),
      words: ["its authority 'CN=Other CA' is not known here"], isUnknownAuthority: true),
    BadServer(
      name: "unknown authority, root sent along", identity: other.server(names: "DNS:mail.example.com"),
      chain: [other], words: ["its authority 'CN=Other CA' is not known here"], isUnknownAuthority: true),
    BadServer(
      name: "client certificate", identity: issue { $0.extendedKeyUsage = "clientAuth" },
      words: ["CN=leaf is not made for a TLS server"]),
    BadServer(name: "bare wildcard", identity: issue("DNS:*"), words: ["is for * and not for mail.example.com"]),
    BadServer(name: "wildcard of a top level", identity: issue("DNS:*.com"), words: ["is for *.com and not"]),
    BadServer(name: "partial wildcard", identity: issue("DNS:ma*.example.com"), words: ["not for mail.example.com"]),
    BadServer(
      name: "wildcard over two labels", identity: issue("DNS:*.example.com"), host: "a.b.example.com",
      words: ["not for a.b.example.com"]),
    BadServer(
      name: "issuer is no authority", identity: issue(by: notAuthority), chain: [notAuthority],
      words: ["CN=No Authority signed another certificate and is no authority"]),
    BadServer(
      name: "name constraint", identity: issue(by: constrained), chain: [constrained],
      words: ["name constraint"]),
    BadServer(
      name: "RSA of 1024 bits", identity: issue { $0.key = .rsa(bits: 1024) },
      words: ["the key of CN=leaf is too weak (RSA, 1024 bits)"]),
    BadServer(
      name: "SHA-1", identity: issue { $0.digest = "sha1" },
      words: ["the signature of CN=leaf is too weak (ecdsa-with-SHA1)"]),
    BadServer(
      name: "name in the subject only", identity: issue(nil, commonName: "mail.example.com"),
      words: ["has no subjectAltName", "RFC 9525"]),
    BadServer(
      name: "name in the subject beside another name", identity: issue("DNS:a.example", commonName: "mail.example.com"),
      words: ["is for a.example and not for mail.example.com"]),
    BadServer(
      name: "address without its name", identity: issue("DNS:127.0.0.1"), host: "127.0.0.1",
      words: ["not for 127.0.0.1"]),
    BadServer(name: "other address", identity: issue("IP:127.0.0.2"), host: "127.0.0.1", words: ["is for 127.0.0.2"]),
  ]
}

@Suite struct CertificateRefusalTests {
  @Test(arguments: BadServer.all)
  func `a bad certificate is refused and nothing is sent`(_ bad: BadServer) async throws {
    let context = TestServerContext(bad.identity, chain: bad.chain)
    let peer = LoopbackPeer { connection in
      if connection.startTLS(context) { _ = connection.receive() }
    }
    let error = try #require(try await Fixture.failure(of: Fixture.target(peer.port, host: bad.host)))
    #expect(error.kind == .certificateRefused)
    #expect(error.failureClass == .refused)
    for word in bad.words { #expect(error.detail?.contains(word) == true, "\(error.detail ?? "no detail")") }
    #expect(error.hints.contains { $0.contains("import-certificate") } == bad.isUnknownAuthority)
    if bad.isUnknownAuthority {
      // Of the server that was really connected to: another one's certificate would not help.
      #expect(error.hints[0].hasSuffix("tenant import-certificate --from-server 127.0.0.1:\(peer.port) --alias NAME"))
    }
    #expect(await peer.received().isEmpty)
  }

  @Test(arguments: ["mail.example.com", "mail.example.com.", "MAIL.example.COM", "x.wild.example"])
  func `an honest server is believed under each of its names`(_ host: String) async throws {
    let peer = LoopbackPeer { connection in
      connection.startTLS(Fixture.context)
      connection.send("ok")
      _ = connection.receive()
    }
    try await Fixture.connected(Fixture.target(peer.port, host: host)) { (stream) async throws in
      #expect(try await stream.read(exactly: 2) == Array("ok".utf8))
    }
  }

  @Test(arguments: ["127.0.0.1", "::1", "[::1]"])
  func `an address is believed by its own kind of name`(_ host: String) async throws {
    let context = TestServerContext(Fixture.authority.server(names: "IP:127.0.0.1,IP:::1"))
    let peer = LoopbackPeer { connection in
      connection.startTLS(context)
      connection.send(connection.serverName() ?? "no SNI")
      _ = connection.receive()
    }
    try await Fixture.connected(Fixture.target(peer.port, host: host)) { (stream) async throws in
      #expect(try await stream.read(exactly: 6) == Array("no SNI".utf8))
    }
  }

  @Test func `a chain over an intermediate authority is believed`() async throws {
    var request = TestIdentity.Request("Intermediate")
    request.isAuthority = true
    let intermediate = Fixture.authority.issue(request)
    let context = TestServerContext(intermediate.server(names: "DNS:mail.example.com"), chain: [intermediate])
    let peer = LoopbackPeer(connections: 2) { connection in
      if connection.startTLS(context) { _ = connection.receive() }
    }
    #expect(try await Fixture.failure(of: Fixture.target(peer.port)) == nil)
    // The intermediate alone is an anchor too.
    let target = Fixture.target(peer.port, trust: Fixture.trusting(intermediate))
    #expect(try await Fixture.failure(of: target) == nil)
  }

  @Test func `a server's own self-signed certificate is an anchor once it is trusted`() async throws {
    let lonely = TestIdentity(.init("lonely", names: "DNS:mail.example.com"))
    let context = TestServerContext(lonely)
    let peer = LoopbackPeer(connections: 2) { connection in
      if connection.startTLS(context) { _ = connection.receive() }
    }
    let trust = Fixture.trusting(lonely)
    #expect(try await Fixture.failure(of: Fixture.target(peer.port, trust: trust)) == nil)
    let wrongName = try await Fixture.failure(of: Fixture.target(peer.port, host: "other.example", trust: trust))
    #expect(wrongName?.kind == .certificateRefused)
  }

  @Test func `pins are asked besides everything else`() async throws {
    let peer = LoopbackPeer(connections: 3) { connection in
      if connection.startTLS(Fixture.context) { while !connection.receive().isEmpty {} }
    }
    var target = Fixture.target(peer.port)
    target.tls.pinnedSHA256 = [try Certificate(der: Fixture.server.der).fingerprint]
    #expect(try await Fixture.failure(of: target) == nil)
    target.tls.pinnedSHA256 = [try Certificate(der: Fixture.authority.der).fingerprint]
    #expect(try await Fixture.failure(of: target) == nil)
    target.tls.pinnedSHA256 = [[UInt8](repeating: 7, count: 32)]
    let error = try await Fixture.failure(of: target)
    #expect(error?.kind == .certificateRefused)
    #expect(error?.detail == "no certificate of its chain is pinned for this connection")
    #expect(await peer.received().isEmpty)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func `a certificate that its own server calls revoked is refused`(_ version: TLSVersion) async throws {
    let other = Fixture.authority.server(names: "DNS:mail.example.com")
    let responses: [(bytes: [UInt8], isRevoked: Bool)] = [
      (TestServerContext.ocspResponse(V_OCSP_CERTSTATUS_GOOD, on: Fixture.server, by: Fixture.authority), false),
      (TestServerContext.ocspResponse(V_OCSP_CERTSTATUS_REVOKED, on: Fixture.server, by: Fixture.authority), true),
      (TestServerContext.ocspResponse(V_OCSP_CERTSTATUS_REVOKED, on: other, by: Fixture.authority), false),
      ([0x30, 3, 1, 2], false),
    ]
    for response in responses {
      let context = TestServerContext(Fixture.server, minimum: version, maximum: version)
      context.staple(response.bytes)
      let peer = LoopbackPeer { connection in
        if connection.startTLS(context) { _ = connection.receive() }
      }
      // A store of its own, so that no session of another test is resumed: a resumed one has no staple.
      let trust = TrustStore(
        includesSystemAuthorities: false, certificates: Fixture.trust.certificates, generation: UInt64(peer.port))
      let error = try await Fixture.failure(of: Fixture.target(peer.port, trust: trust))
      #expect(error?.detail == (response.isRevoked ? "CN=mail.example.com is revoked" : nil))
      #expect(await peer.received().isEmpty)
    }
  }

  @Test func `the system's authorities do not know the test's`() async throws {
    let peer = LoopbackPeer { connection in
      if connection.startTLS(Fixture.context) { _ = connection.receive() }
    }
    let error = try await Fixture.failure(of: Fixture.target(peer.port, trust: .system))
    #expect(error?.detail == "its authority 'CN=Example CA' is not known here")
  }

  @Test func `a probe shows the chain of a server that is not believed`() async throws {
    let stranger = TestIdentity.authority("Stranger")
    let context = TestServerContext(stranger.server("probed", names: "DNS:mail.example.com"), chain: [stranger])
    let peer = LoopbackPeer { connection in
      if connection.startTLS(context) { _ = connection.receive() }
    }
    let target = Fixture.target(peer.port)
    let report = try await EventLoop.shared.perform {
      try await Connector.probeTLS(of: target, deadline: .after(Fixture.limit))
    }
    #expect(report.tls?.peerCertificates.map(\.subject) == ["CN=probed", "CN=Stranger"])
    guard case .refused(let reason, let hints, true) = report.tls?.verdict else {
      Issue.record("not refused: \(String(describing: report.tls?.verdict))")
      return
    }
    #expect(reason == "its authority 'CN=Stranger' is not known here")
    #expect(hints.count == 1)
    #expect(await peer.received().isEmpty)
  }

  @Test func `a probe of a server that is believed says so and sends nothing`() async throws {
    let peer = LoopbackPeer { connection in
      if connection.startTLS(Fixture.context) { _ = connection.receive() }
    }
    let target = Fixture.target(peer.port)
    let report = try await EventLoop.shared.perform {
      try await Connector.probeTLS(of: target, deadline: .after(Fixture.limit))
    }
    #expect(report.tls?.verdict == .trusted)
    #expect(report.tls?.peerCertificates.count == 1)
    #expect(await peer.received().isEmpty)
  }
}
