import Crypto
import TenantBase
import TestSupport
import Testing
import Wire

@testable import Transport

@Suite struct SocketStreamTests {
  private func plain(_ peer: LoopbackPeer) -> ConnectionTarget { Fixture.target(peer.port, security: .plaintext) }

  @Test(arguments: [ConnectionSecurity.plaintext, .implicitTLS])
  func `bytes go both ways and the end is an end`(_ security: ConnectionSecurity) async throws {
    let peer = LoopbackPeer { connection in
      if security == .implicitTLS { connection.startTLS(Fixture.context) }
      connection.send("220 ready\r\n")
      _ = connection.receive(exactly: 6)
      connection.send("bye")
      connection.shutDownWriting()
      _ = connection.receive()
    }
    let text = try await Fixture.connected(Fixture.target(peer.port, security: security)) { (stream) async throws in
      let greeting = try await stream.read(exactly: 11)
      try await stream.write("QUIT\r\n")
      return greeting.utf8Text + (try await stream.readAll()).utf8Text
    }
    #expect(text == "220 ready\r\nbye")
    #expect(await peer.received() == Array("QUIT\r\n".utf8))
  }

  @Test(arguments: [ConnectionSecurity.plaintext, .implicitTLS])
  func `after a read timeout the stream goes on`(_ security: ConnectionSecurity) async throws {
    let peer = LoopbackPeer { connection in
      if security == .implicitTLS { connection.startTLS(Fixture.context) }
      _ = connection.receive()
      connection.send("late")
    }
    try await Fixture.connected(Fixture.target(peer.port, security: security)) { (stream) async throws in
      for _ in 0..<3 {
        let start = ContinuousClock.now
        let error = await streamError { () async throws(StreamError) in
          var buffer: [UInt8] = []
          _ = try await stream.read(into: &buffer, atMost: 10, deadline: .after(.milliseconds(20)))
        }
        #expect(error?.kind == .timedOut)
        #expect(start.duration(to: .now) >= .milliseconds(20))
        #expect(!stream.isClosed)
      }
      try await stream.write("go")
      #expect(try await stream.read(exactly: 4) == Array("late".utf8))
    }
  }

  @Test func `a deadline that has passed still takes what is there`() async throws {
    let peer = LoopbackPeer { connection in
      connection.send("here")
      _ = connection.receive()
    }
    try await Fixture.connected(plain(peer)) { (stream) async throws in
      #expect(try await stream.read(exactly: 1) == Array("h".utf8))
      #expect(try await stream.read(exactly: 3, deadline: .after(.zero)) == Array("ere".utf8))
      let error = await streamError { () async throws(StreamError) in
        _ = try await stream.read(exactly: 1, deadline: .after(.zero))
      }
      #expect(error?.kind == .timedOut)
    }
  }

  @Test(arguments: [ConnectionSecurity.plaintext, .implicitTLS])
  func `large transfers go both ways at once`(_ security: ConnectionSecurity) async throws {
    let size = 4 << 20
    let chunk = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let data = Array([[UInt8]](repeating: chunk, count: size / chunk.count).joined())
    let peer = LoopbackPeer { connection in
      if security == .implicitTLS { connection.startTLS(Fixture.context) }
      // Echo, so that both directions are under way at once.
      var left = size
      while left > 0 {
        let part = connection.receive(atMost: 65_536)
        if part.isEmpty { break }
        connection.send(part)
        left -= part.count
      }
    }
    let loop = EventLoop.shared
    let echoed = try await loop.perform {
      let stream = try await Connector.connect(
        to: Fixture.target(peer.port, security: security), deadline: .after(Fixture.limit))
      let session = TwoWaySession(loop: loop, stream: stream)
      async let written: Void = session.send(data)
      let echoed = try await session.receive(size)
      try await written
      await session.close()
      return echoed
    }
    #expect(echoed == data)
    #expect(await peer.received() == data)
  }

  @Test func `a write that the peer never takes times out and closes the stream`() async throws {
    let gate = DispatchGate()
    let peer = LoopbackPeer { _ in gate.wait() }
    try await Fixture.connected(plain(peer)) { (stream) async throws in
      let data = [UInt8](repeating: 65, count: 32 << 20)
      let error = await streamError { () async throws(StreamError) in
        try await stream.write(data, deadline: .after(.milliseconds(50)))
      }
      #expect(error?.kind == .timedOut)
      #expect(stream.isClosed)
      #expect(await streamError { () async throws(StreamError) in try await stream.write("x") }?.kind == .closed)
    }
    gate.open()
  }

  @Test func `closing ends a read that waits`() async throws {
    let gate = DispatchGate()
    let peer = LoopbackPeer { _ in gate.wait() }
    let loop = EventLoop.shared
    let error = try await loop.perform {
      let stream = try await Connector.connect(to: plain(peer), deadline: .after(Fixture.limit))
      let session = TwoWaySession(loop: loop, stream: stream)
      async let failure = session.readError()
      while await !session.isWaiting { await Task.yield() }
      await session.close()
      await session.close()
      return await failure
    }
    #expect(error?.kind == .closed)
    gate.open()
  }

  @Test(arguments: [false, true])
  func `cancelling a read closes the stream`(beforeItStarts: Bool) async throws {
    let peer = LoopbackPeer { connection in _ = connection.receive() }
    let loop = EventLoop.shared
    let (error, isClosed) = try await loop.perform {
      let stream = try await Connector.connect(to: plain(peer), deadline: .after(Fixture.limit))
      let session = TwoWaySession(loop: loop, stream: stream)
      let gate = DispatchGate()
      let reader = loop.startTask {
        if beforeItStarts { while !gate.isOpened { await Task.yield() } }
        return await session.readError()
      }
      if !beforeItStarts { while await !session.isWaiting { await Task.yield() } }
      reader.cancel()
      gate.open()
      return (try await reader.value, await session.isClosed)
    }
    #expect(error?.kind == .cancelled)
    #expect(isClosed)
    #expect(await peer.received().isEmpty)
  }

  @Test func `a peer that resets is named with the system's words`() async throws {
    let peer = LoopbackPeer { connection in
      _ = connection.receive()
      connection.reset()
    }
    try await Fixture.connected(plain(peer)) { (stream) async throws in
      try await stream.write("x")
      let error = await streamError { () async throws(StreamError) in _ = try await stream.readAll() }
      #expect(error?.kind == .closedByPeer)
      #expect(error?.detail == "Connection reset by peer")
      #expect(stream.isClosed)
    }
  }

  @Test(arguments: [ConnectionSecurity.plaintext, .implicitTLS])
  func `a peer that half-closes can still be written to`(_ security: ConnectionSecurity) async throws {
    let peer = LoopbackPeer { connection in
      if security == .implicitTLS { connection.startTLS(Fixture.context) }
      connection.send("last")
      connection.shutDownWriting()
      _ = connection.receive(exactly: 6)
    }
    try await Fixture.connected(Fixture.target(peer.port, security: security)) { (stream) async throws in
      #expect(try await stream.readAll() == Array("last".utf8))
      #expect(try await stream.readAll().isEmpty)
      try await stream.write("thanks")
    }
    #expect(await peer.received() == Array("thanks".utf8))
  }

  @Test(arguments: [ConnectionSecurity.plaintext, .implicitTLS])
  func `a secret arrives whole`(_ security: ConnectionSecurity) async throws {
    let peer = LoopbackPeer { connection in
      if security == .implicitTLS { connection.startTLS(Fixture.context) }
      _ = connection.receive(exactly: 40_000)
    }
    let text = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
    try await Fixture.connected(Fixture.target(peer.port, security: security)) { (stream) async throws in
      try await stream.write(secret: SecretBytes(copying: text), deadline: .after(Fixture.limit))
    }
    #expect(await peer.received() == text)
  }

  @Test(arguments: [ConnectionSecurity.plaintext, .implicitTLS])
  func `a kept connection is quiet until the peer says something or leaves`(_ security: ConnectionSecurity) async throws
  {
    let peer = LoopbackPeer { connection in
      if security == .implicitTLS { connection.startTLS(Fixture.context) }
      connection.send("hello")
      _ = connection.receive(exactly: 1)
      connection.send("421")
      _ = connection.receive(exactly: 1)
    }
    try await Fixture.connected(Fixture.target(peer.port, security: security)) { (stream) async throws in
      _ = try await stream.read(exactly: 5)
      #expect(stream.isQuiet)
      try await stream.write("1")
      while stream.isQuiet { await Task.yield() }
      #expect(try await stream.read(exactly: 3) == Array("421".utf8))
      #expect(stream.isQuiet)
      try await stream.write("2")
      while stream.isQuiet { await Task.yield() }
      #expect(try await stream.readAll().isEmpty)
      stream.close()
      #expect(!stream.isQuiet)
    }
  }

  @Test func `a stream that is let go of closes`() async throws {
    let peer = LoopbackPeer { connection in _ = connection.receive() }
    try await EventLoop.shared.perform {
      _ = try await Connector.connect(to: plain(peer), deadline: .after(Fixture.limit))
    }
    #expect(await peer.received().isEmpty)
  }

  @Test func `a loop that stops closes its streams`() async throws {
    let peer = LoopbackPeer { connection in _ = connection.receive() }
    let loop = EventLoop()
    let task = loop.startTask {
      let stream = try await Connector.connect(to: plain(peer), deadline: .after(Fixture.limit), on: loop)
      loop.stop()
      return await streamError { () async throws(StreamError) in _ = try await stream.readAll() }
    }
    #expect(try await task.value?.kind == .closed)
    #expect(await peer.received().isEmpty)
  }

  @Test func `a flood does not keep other work of the loop away`() async throws {
    let gate = DispatchGate()
    let peer = LoopbackPeer { connection in
      let chunk = [UInt8](repeating: 66, count: 1 << 16)
      while !gate.isOpened { connection.send(chunk) }
    }
    try await Fixture.connected(plain(peer)) { (stream) async throws in
      let other = EventLoop.shared.startTask { gate.open() }
      #expect(try await stream.readAll().allSatisfy { $0 == 66 })
      try await other.value
    }
  }
}

/// Reads and writes on one stream at the same time.
actor TwoWaySession: EventLoopActor {
  nonisolated let loop: EventLoop
  private let stream: SocketStream

  init(loop: EventLoop, stream: sending SocketStream) {
    self.loop = loop
    self.stream = stream
  }

  var isWaiting: Bool { stream.source.readable.isWaiting }
  var isClosed: Bool { stream.isClosed }

  func send(_ bytes: [UInt8]) async throws { try await stream.write(bytes, deadline: .after(Fixture.limit)) }

  func receive(_ count: Int) async throws -> [UInt8] { try await stream.read(exactly: count) }

  func readError() async -> StreamError? {
    await streamError { () async throws(StreamError) in _ = try await stream.readAll() }
  }

  func close() { stream.close() }
}
