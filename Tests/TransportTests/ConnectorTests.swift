import Certificates
import Glibc
import TenantBase
import TestSupport
import Testing
import Wire

@testable import Transport

@Suite struct ConnectorTests {
  private func plain(_ host: String, _ port: UInt16) -> ConnectionTarget {
    ConnectionTarget(host: host, port: port, security: .plaintext, tls: TLSPolicy(trust: Fixture.trust))
  }

  @Test func `a host that does not exist is named with the system's words`() async throws {
    let error = try #require(try await Fixture.failure(of: plain("no-such-host.invalid", 25)))
    #expect(error.kind == .unknownHost)
    #expect(error.failureClass == .unreachable)
    #expect(error.peer == "no-such-host.invalid:25")
    let words = try #require(error.detail)
    #expect(words.hasPrefix("no-such-host.invalid: ") && words.count > 25)
  }

  @Test(arguments: ["", "a b", "a\u{0}b", "a\nb", "m\u{FC}nchen.example", String(repeating: "a", count: 300)])
  func `what is no host name is refused without a lookup`(_ host: String) async throws {
    let error = try #require(try await Fixture.failure(of: plain(host, 25)))
    #expect(error.kind == .unknownHost)
    #expect(!error.description.contains("\n"))
  }

  @Test func `a refused connection names the address and the system's words`() async throws {
    let (descriptor, port) = LoopbackPeer.listen(backlog: nil)
    defer { close(descriptor) }
    let error = try #require(try await Fixture.failure(of: plain("127.0.0.1", port)))
    #expect(error.kind == .connectionRefused)
    #expect(error.detail == "127.0.0.1 (Connection refused)")
  }

  @Test func `a listener that accepts nothing more is timed out`() async throws {
    // A full backlog drops further SYNs: the connection attempt gets no answer at all.
    let (listener, port) = LoopbackPeer.listen(backlog: 0)
    defer { close(listener) }
    try await EventLoop.shared.perform {
      var held: [SocketStream] = []
      defer { for stream in held { stream.close() } }
      var failure: StreamError?
      while failure == nil, held.count < 8 {
        do throws(StreamError) {
          held.append(try await Connector.connect(to: plain("127.0.0.1", port), deadline: .after(.milliseconds(100))))
        } catch {
          failure = error
        }
      }
      #expect(failure?.kind == .timedOut)
      #expect(failure?.detail == "no connection within the time limit: 127.0.0.1 (no answer)")
    }
  }

  @Test func `a deadline that has passed makes no connection`() async throws {
    let error = try await Fixture.failure(of: plain("localhost", 1), within: .zero)
    #expect([.timedOut, .connectionRefused].contains(error?.kind))
  }

  @Test func `a cancelled task connects to nothing`() async throws {
    let (listener, port) = LoopbackPeer.listen()
    defer { close(listener) }
    let gate = DispatchGate()
    let task = EventLoop.shared.startTask {
      while !gate.isOpened { await Task.yield() }
      return await streamError { () async throws(StreamError) in
        try await Connector.connect(to: plain("127.0.0.1", port), deadline: .after(Fixture.limit)).close()
      }
    }
    task.cancel()
    gate.open()
    #expect(try await task.value?.kind == .cancelled)
  }

  @Test func `connect-to sends the connection elsewhere and keeps the name`() async throws {
    let peer = LoopbackPeer { connection in connection.send("here") }
    var target = plain("smtp.example.com", 587)
    target.connectTo = .init(host: "localhost", port: peer.port)
    try await Fixture.connected(target) { (stream) async throws in
      #expect(stream.peerName == "smtp.example.com:587")
      #expect(try await stream.read(exactly: 4) == Array("here".utf8))
      #expect(stream.report.connectedAddress == "127.0.0.1")
    }
  }

  @Test func `the next address is tried when one fails, and both are named when all fail`() async throws {
    let peer = LoopbackPeer { connection in connection.send("second") }
    let (closed, closedPort) = LoopbackPeer.listen(backlog: nil)
    defer { close(closed) }
    let refused = try #require(SocketAddress.literal("127.0.0.1", port: closedPort)?.first)
    let other = try #require(SocketAddress.literal("127.0.0.2", port: closedPort)?.first)
    let good = try #require(SocketAddress.literal("127.0.0.1", port: peer.port)?.first)
    try await EventLoop.shared.perform {
      let first = ConnectionAttempts([refused, good], loop: .shared, peer: "peer:1")
      let (source, address) = try await first.firstConnected(deadline: .after(Fixture.limit))
      #expect(address == good)
      source.close()
      let all = ConnectionAttempts([refused, other], loop: .shared, peer: "peer:1")
      let error = await streamError { () async throws(StreamError) in
        _ = try await all.firstConnected(deadline: .after(Fixture.limit))
      }
      #expect(error?.detail == "127.0.0.1 (Connection refused), 127.0.0.2 (Connection refused)")
      let none = ConnectionAttempts([], loop: .shared, peer: "peer:1")
      let nothing = await streamError { () async throws(StreamError) in
        _ = try await none.firstConnected(deadline: .after(Fixture.limit))
      }
      #expect(nothing?.kind == .networkUnreachable)
    }
    _ = await peer.received()
  }

  @Test func `an address that does not answer holds the next one up for a quarter second`() async throws {
    let (listener, deafPort) = LoopbackPeer.listen(backlog: 0)
    defer { close(listener) }
    let peer = LoopbackPeer { connection in connection.send("second") }
    let deaf = try #require(SocketAddress.literal("127.0.0.1", port: deafPort)?.first)
    let good = try #require(SocketAddress.literal("127.0.0.1", port: peer.port)?.first)
    try await EventLoop.shared.perform {
      var held: [SocketSource] = []
      defer { for source in held { source.close() } }
      // Fill the backlog until an attempt hangs.
      while held.count < 8 {
        let attempt = ConnectionAttempts([deaf], loop: .shared, peer: "deaf:1")
        do throws(StreamError) {
          held.append(try await attempt.firstConnected(deadline: .after(.milliseconds(100))).source)
        } catch {
          break
        }
      }
      let start = ContinuousClock.now
      let both = ConnectionAttempts([deaf, good], loop: .shared, peer: "both:1")
      let (source, address) = try await both.firstConnected(deadline: .after(Fixture.limit))
      #expect(address == good)
      #expect(start.duration(to: .now) >= ConnectionAttempts.stagger)
      source.close()
    }
    _ = await peer.received()
  }

  @Test func `address families take turns`() throws {
    func address(_ text: String) throws -> SocketAddress {
      try #require(SocketAddress.literal(text, port: 25)?.first)
    }
    let sorted = try ["2001:db8::1", "2001:db8::2", "192.0.2.1", "2001:db8::3", "192.0.2.2"].map(address)
    #expect(
      SocketAddress.takingTurns(sorted).map(\.text)
        == ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"])
    #expect(SocketAddress.takingTurns([]).isEmpty)
  }

  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[2001:db8::1]", "2001:db8::1"), ("mail.example.com", nil),
    ("", nil), ("[]", nil), ("127.0.0.1\u{0}x", nil), ("256.1.1.1", nil),
  ])
  func `addresses in literal form are told from names`(_ host: String, _ text: String?) {
    #expect(SocketAddress.literal(host, port: 1)?.first?.text == text)
  }

  @Test func `endpoints are written as people write them`() {
    #expect(ConnectionTarget.Endpoint(host: "a.example", port: 25).description == "a.example:25")
    #expect(ConnectionTarget.Endpoint(host: "2001:db8::1", port: 25).description == "[2001:db8::1]:25")
    #expect(ConnectionTarget.Endpoint(host: "[::1]", port: 25).description == "[::1]:25")
    #expect(ConnectionTarget.Endpoint(host: "a\u{1b}[2J", port: 1).description == "a\\u{1b}[2J:1")
  }

  @Test func `what differs in a target makes another key for the pool`() {
    let one = plain("a.example", 25)
    var keys: Set<ConnectionTarget> = [one, plain("a.example", 25)]
    #expect(keys.count == 1)
    for change: (inout ConnectionTarget) -> Void in [
      { $0.endpoint.port = 26 }, { $0.security = .startTLS }, { $0.tls.minimumVersion = .tls13 },
      { $0.tls.trust = .system }, { $0.tls.pinnedSHA256 = [[1]] },
      { $0.connectTo = .init(host: "b.example", port: 25) },
    ] {
      var other = one
      change(&other)
      keys.insert(other)
    }
    #expect(keys.count == 7)
  }
}
