import Certificates
import TenantBase
import TestSupport
import Testing
import Wire

@testable import Transport

@Suite struct TLSTests {
  @Test(arguments: [TLSVersion.tls12, .tls13])
  func `a verified connection says what protects it`(_ version: TLSVersion) async throws {
    let context = TestServerContext(Fixture.server, minimum: version, maximum: version)
    let peer = LoopbackPeer { connection in
      connection.startTLS(context)
      connection.send(connection.serverName() ?? "none")
      _ = connection.receive()
    }
    let (security, report, name) = try await Fixture.connected(Fixture.target(peer.port)) { (stream) async throws in
      let name = try await stream.read(exactly: Fixture.host.utf8.count)
      return (stream.security, stream.report, name.utf8Text)
    }
    #expect(name == "mail.example.com")
    guard case .tls(let shown, let cipher, let isVerified) = security else {
      Issue.record("not TLS: \(security)")
      return
    }
    #expect(shown == version.text)
    #expect(cipher.contains("AES") || cipher.contains("CHACHA20"))
    #expect(isVerified)
    #expect(report.addresses == ["127.0.0.1"])
    #expect(report.connectedAddress == "127.0.0.1")
    #expect(report.tls?.version == version.text)
    #expect(report.tls?.verdict == .trusted)
    #expect(report.tls?.peerCertificates.first?.subject == "CN=mail.example.com")
  }

  @Test func `STARTTLS upgrades a plaintext connection`() async throws {
    let peer = LoopbackPeer { connection in
      connection.send("220 ready\r\n")
      _ = connection.receive(exactly: 10)
      connection.send("220 go ahead\r\n")
      if connection.startTLS(Fixture.context) { connection.send(connection.receive(exactly: 4)) }
    }
    let target = Fixture.target(peer.port, security: .startTLS)
    try await Fixture.connected(target) { (stream) async throws in
      #expect(try await stream.read(exactly: 11) == Array("220 ready\r\n".utf8))
      #expect(stream.security == .plaintext)
      #expect(stream.channelBinding(.tlsExporter) == nil)
      try await stream.write("STARTTLS\r\n")
      #expect(try await stream.read(exactly: 14) == Array("220 go ahead\r\n".utf8))
      try await stream.startTLS(deadline: .after(Fixture.limit))
      #expect(stream.security.isVerifiedTLS)
      try await stream.write("EHLO")
      #expect(try await stream.read(exactly: 4) == Array("EHLO".utf8))
    }
    #expect(await peer.received() == Array("STARTTLS\r\nEHLO".utf8))
  }

  @Test func `plain text instead of TLS is said in plain words`() async throws {
    let peer = LoopbackPeer { connection in
      connection.send("220 mail.example.com ESMTP ready\r\n")
      _ = connection.receive()
    }
    let error = try await Fixture.failure(of: Fixture.target(peer.port))
    #expect(error?.kind == .tlsFailed)
    #expect(error?.detail == "the server answered in plain text; is this port for STARTTLS?")
  }

  @Test(arguments: ["* OK still here\r\n", "+OK\r\n", "220 2.0.0 ready\r\n250 OK\r\n"])
  func `plain text after the consent to STARTTLS fails and nothing follows it`(_ answer: String) async throws {
    let peer = LoopbackPeer { connection in
      connection.send("OK go ahead\r\n" + answer)
      while !connection.receive().isEmpty {}
    }
    let error = try await Fixture.connected(Fixture.target(peer.port, security: .startTLS)) { (stream) async throws in
      _ = try await stream.read(exactly: 13)
      let error = await streamError { () async throws(StreamError) in
        try await stream.startTLS(deadline: .after(Fixture.limit))
      }
      #expect(await streamError { () async throws(StreamError) in try await stream.write("LOGIN") }?.kind == .closed)
      return error
    }
    #expect(error?.kind == .tlsFailed)
    #expect(error?.detail == "the server agreed to TLS and then answered in plain text")
    #expect(!(await peer.received()).utf8Text.contains("LOGIN"))
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func `an end without close_notify is not an end`(_ version: TLSVersion) async throws {
    let context = TestServerContext(Fixture.server, minimum: version, maximum: version)
    let peer = LoopbackPeer { connection in
      connection.startTLS(context)
      connection.send("half a mess")
      _ = connection.receive()
      connection.cutOff()
    }
    try await Fixture.connected(Fixture.target(peer.port)) { (stream) async throws in
      #expect(try await stream.read(exactly: 11) == Array("half a mess".utf8))
      try await stream.write("x")
      let error = await streamError { () async throws(StreamError) in _ = try await stream.readAll() }
      #expect(error?.kind == .truncated)
      #expect(stream.isClosed)
    }
  }

  @Test(arguments: [(TLSVersion.tls10, "TLS 1.2"), (.tls11, "TLS 1.2"), (.tls12, "TLS 1.3")])
  func `a server without a new enough version is refused`(_ version: TLSVersion, _ minimum: String) async throws {
    let context = TestServerContext(Fixture.server, maximum: version)
    let peer = LoopbackPeer { connection in
      if connection.startTLS(context) { _ = connection.receive() }
    }
    var target = Fixture.target(peer.port)
    if version == .tls12 { target.tls.minimumVersion = .tls13 }
    let error = try await Fixture.failure(of: target)
    #expect(error?.kind == .tlsFailed)
    #expect(error?.detail?.contains("accepts nothing from \(minimum) on") == true)
    #expect(await peer.received().isEmpty)
  }

  @Test(arguments: [TLSVersion.tls10, .tls11])
  func `an old version works where the channel says so`(_ version: TLSVersion) async throws {
    let context = TestServerContext(Fixture.server, maximum: version)
    let peer = LoopbackPeer { connection in
      if connection.startTLS(context) { connection.send("old") }
      _ = connection.receive()
    }
    var target = Fixture.target(peer.port)
    target.tls.minimumVersion = version
    try await Fixture.connected(target) { (stream) async throws in
      #expect(try await stream.read(exactly: 3) == Array("old".utf8))
      #expect(stream.report.tls?.version == version.text)
    }
  }

  @Test(arguments: ["aNULL:@SECLEVEL=0", "eNULL:@SECLEVEL=0"])
  func `a server with null or anonymous suites only is refused`(_ ciphers: String) async throws {
    let context = TestServerContext(Fixture.server, maximum: .tls12, ciphers: ciphers)
    let peer = LoopbackPeer { connection in
      if connection.startTLS(context) { _ = connection.receive() }
    }
    let error = try await Fixture.failure(of: Fixture.target(peer.port))
    #expect(error?.kind == .tlsFailed)
    #expect(await peer.received().isEmpty)
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func `channel bindings are the same on both sides`(_ version: TLSVersion) async throws {
    let context = TestServerContext(Fixture.server, minimum: version, maximum: version)
    let peer = LoopbackPeer { connection in
      connection.startTLS(context)
      connection.send(connection.channelBindingExporter())
      connection.send(connection.clientFinished())
      _ = connection.receive()
    }
    try await Fixture.connected(Fixture.target(peer.port)) { (stream) async throws in
      #expect(stream.channelBinding(.tlsExporter) == (try await stream.read(exactly: 32)))
      if version == .tls12 {
        #expect(stream.channelBinding(.tlsUnique) == (try await stream.read(exactly: 12)))
      } else {
        #expect(stream.channelBinding(.tlsUnique) == nil)
      }
      let certificate = try Certificate(der: Fixture.server.der)
      #expect(stream.channelBinding(.tlsServerEndPoint) == certificate.fingerprint)
    }
  }

  @Test(arguments: [TLSVersion.tls12, .tls13])
  func `a second connection resumes, and only under the same policy`(_ version: TLSVersion) async throws {
    let identity = Fixture.authority.server(names: "DNS:resume-\(version.rawValue).example")
    let context = TestServerContext(identity, minimum: version, maximum: version)
    let peer = LoopbackPeer(connections: 3) { connection in
      connection.startTLS(context)
      connection.send(version == .tls12 ? connection.serverFinished() : [UInt8](repeating: 0, count: 12))
      while !connection.receive().isEmpty {}
    }
    var target = Fixture.target(peer.port, host: "resume-\(version.rawValue).example")
    func connect(_ target: ConnectionTarget) async throws -> Bool {
      try await Fixture.connected(target) { (stream) async throws in
        let finished = try await stream.read(exactly: 12)
        let isResumed = stream.report.tls?.isResumed ?? false
        if isResumed, version == .tls12 { #expect(stream.channelBinding(.tlsUnique) == finished) }
        #expect(stream.report.tls?.peerCertificates.isEmpty == false)
        return isResumed
      }
    }
    #expect(try await connect(target) == false)
    #expect(try await connect(target) == true)
    target.tls.trust = TrustStore(
      includesSystemAuthorities: false, certificates: target.tls.trust.certificates, generation: 2)
    #expect(try await connect(target) == false)
    _ = await peer.received()
  }

  @Test func `a server that stays silent in the handshake is timed out with the step's name`() async throws {
    let gate = DispatchGate()
    let peer = LoopbackPeer { _ in gate.wait() }
    let error = try await Fixture.failure(of: Fixture.target(peer.port), within: .milliseconds(60))
    gate.open()
    #expect(error?.kind == .timedOut)
    #expect(error?.detail == "the TLS handshake was not finished in time")
    _ = await peer.received()
  }

  @Test func `a server that hangs up in the handshake closed the connection`() async throws {
    let peer = LoopbackPeer { connection in
      _ = connection.receive(atMost: 1 << 16)
      connection.shutDownWriting()
    }
    let error = try await Fixture.failure(of: Fixture.target(peer.port))
    #expect(error?.kind == .closedByPeer)
    #expect(error?.detail?.hasPrefix("during the TLS handshake") == true)
  }

  @Test func `TLS on top of TLS is refused`() async throws {
    let peer = LoopbackPeer { connection in
      connection.startTLS(Fixture.context)
      _ = connection.receive()
    }
    try await Fixture.connected(Fixture.target(peer.port)) { (stream) async throws in
      let error = await streamError { () async throws(StreamError) in
        try await stream.startTLS(deadline: .after(Fixture.limit))
      }
      #expect(error?.kind == .tlsFailed)
    }
  }
}
