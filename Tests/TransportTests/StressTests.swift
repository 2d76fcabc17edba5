import Glibc
import TenantBase
import TestSupport
import Testing
import Wire

@testable import Transport

/// Many connections at once, both ends in this process.
@Suite(.serialized) struct StressTests {
  private static let connections = 2000

  /// Half of them when the system allows too few descriptors for both ends.
  private static func affordable() -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return min(connections, max(16, (Int(limit.rlim_cur) - 200) / 4))
  }

  private static func residentKiB() -> Int {
    let pages = readFile("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
  }

  private static func readFile(_ path: String) -> String {
    let descriptor = Glibc.open(path, O_RDONLY)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return bytes.prefix(max(count, 0)).utf8Text
  }

  @Test func `two thousand TLS connections echo, wait, and are cancelled`() async throws {
    let loop = EventLoop.shared
    let server = EchoServer(Fixture.context)
    defer { server.stop() }
    let target = Fixture.target(server.port)
    let count = try await loop.perform { Self.affordable() }
    let before = Self.residentKiB()
    let start = ContinuousClock.now
    let sessions = try await open(count, target, loop)
    let opened = ContinuousClock.now
    let perConnection = (Self.residentKiB() - before) / count

    for round in 0..<2 {
      let echoed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for (index, session) in sessions.enumerated() {
          group.addTask { try await session.echo(Array("line \(index) of round \(round)\r\n".utf8)) }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(echoed == count)
    }
    let echoed = ContinuousClock.now

    // All of them wait in a read of 29 minutes, as IMAP's IDLE does; then all are cancelled.
    let readers = sessions.map { session in loop.startTask { await session.idle() } }
    for session in sessions { while await !session.isWaiting { await Task.yield() } }
    let waiting = ContinuousClock.now
    for reader in readers { reader.cancel() }
    var cancelled = 0
    for reader in readers where try await reader.value?.kind == .cancelled { cancelled += 1 }
    #expect(cancelled == count)
    print(
      "\(count) TLS connections: opened in \(start.duration(to: opened)), "
        + "2 echoes each in \(opened.duration(to: echoed)), cancelled in \(waiting.duration(to: .now)); "
        + "\(perConnection) KiB a connection with both ends")
    for session in sessions { #expect(await session.isClosed) }
  }

  private func open(_ count: Int, _ target: ConnectionTarget, _ loop: EventLoop) async throws -> [EchoSession] {
    try await withThrowingTaskGroup(of: [EchoSession].self) { group in
      for _ in 0..<50 {
        group.addTask {
          var result: [EchoSession] = []
          for _ in 0..<(count / 50) {
            let session = EchoSession(loop: loop)
            try await session.open(target)
            result.append(session)
          }
          return result
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    } + rest(count % 50, target, loop)
  }

  private func rest(_ count: Int, _ target: ConnectionTarget, _ loop: EventLoop) async throws -> [EchoSession] {
    var result: [EchoSession] = []
    for _ in 0..<count {
      let session = EchoSession(loop: loop)
      try await session.open(target)
      result.append(session)
    }
    return result
  }

  @Test func `one connection after another leaves no descriptor behind`() async throws {
    let peer = LoopbackPeer(connections: 100) { connection in connection.send("x") }
    let loop = EventLoop()
    defer { loop.stop() }
    let target = Fixture.target(peer.port, security: .plaintext)
    for _ in 0..<100 {
      let session = EchoSession(loop: loop)
      try await session.open(target)
      #expect(try await session.read(1) == Array("x".utf8))
      await session.close()
    }
    #expect(try await loop.perform { loop.timers.isEmpty })
    #expect(try await loop.perform { loop.openSources } == 0)
    _ = await peer.received()
  }
}

/// One connection, called from anywhere.
actor EchoSession: EventLoopActor {
  nonisolated let loop: EventLoop
  private var stream: SocketStream?

  init(loop: EventLoop) { self.loop = loop }

  var isWaiting: Bool { stream?.source.readable.isWaiting ?? false }
  var isClosed: Bool { stream?.isClosed ?? true }

  func open(_ target: ConnectionTarget) async throws {
    stream = try await Connector.connect(to: target, deadline: .after(.seconds(60)), on: loop)
  }

  func echo(_ line: [UInt8]) async throws -> Bool {
    guard let stream else { return false }
    try await stream.write(line, deadline: .after(.seconds(60)))
    loop.assertCurrent()
    return try await stream.read(exactly: line.count, deadline: .after(.seconds(60))) == line
  }

  func read(_ count: Int) async throws -> [UInt8] { try await stream?.read(exactly: count) ?? [] }

  func idle() async -> StreamError? {
    guard let stream else { return nil }
    return await streamError { () async throws(StreamError) in
      _ = try await stream.readAll(deadline: .after(.seconds(29 * 60)))
    }
  }

  func close() { stream?.close() }
}
