import Expressions
import FlowEngine
import Foundation
import System
import TenantBase
import Testing

@Suite struct MessageBodyTests {
  private let folder = NSTemporaryDirectory() + "tenant-body-\(UUID().uuidString)"

  /// A body that comes in pieces of `size` bytes.
  private func body(pieces: Int, size: Int, limit: Int = BodySpool.defaultLimit) throws -> MessageBody {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var next = 0
    return try BodySpool(folder: folder, limit: limit).body { () throws(SystemError) in
      guard next < pieces else { return nil }
      next += 1
      return [UInt8](repeating: UInt8(truncatingIfNeeded: next), count: size)
    }
  }

  private func bytes(of body: MessageBody, atMost limit: Int) throws -> [UInt8] {
    var reader = body.makeReader()
    var result: [UInt8] = []
    while let chunk = try reader.nextChunk(atMost: limit) {
      #expect(!chunk.isEmpty && chunk.count <= limit)
      result += chunk
    }
    #expect(try reader.nextChunk(atMost: limit) == nil)
    return result
  }

  @Test func `small bodies stay in memory and touch no disk`() throws {
    let small = try body(pieces: 4, size: MessageBody.memoryLimit / 4)
    #expect(small.bytesInMemory?.count == MessageBody.memoryLimit)
    #expect(!FileManager.default.fileExists(atPath: folder))
    #expect(try body(pieces: 0, size: 0) == .empty)
  }

  @Test(arguments: [1000, 65_536, 10_000_000]) func `a large body is read in pieces, as often as one likes`(
    limit: Int
  ) throws {
    let large = try body(pieces: 5, size: 300_000)
    #expect(large.bytesInMemory == nil && large.textInMemory == nil)
    #expect(large.byteCount == 1_500_000)
    let expected = (1...5).flatMap { [UInt8](repeating: UInt8($0), count: 300_000) }
    #expect(try bytes(of: large, atMost: limit) == expected)
    #expect(try bytes(of: large, atMost: limit) == expected)
    #expect(large == large)
    #expect(large != MessageBody(bytes: expected))
  }

  @Test func `a body in memory is read in the same way`() throws {
    let body = MessageBody(text: "0123456789")
    #expect(try bytes(of: body, atMost: 3) == Array("0123456789".utf8))
    #expect(try bytes(of: body, atMost: 100) == Array("0123456789".utf8))
    #expect(try bytes(of: .empty, atMost: 3).isEmpty)
    #expect(MessageBody(bytes: [0xFF]).textInMemory == "\u{FFFD}")
  }

  @Test func `a body over the limit is refused`() throws {
    let error = try #require(throws: SystemError.self) { try body(pieces: 5, size: 1 << 19, limit: 2 << 20) }
    #expect(error.kind == .tooLarge(limit: 2 << 20))
  }

  @Test func `a file that changes under its readers fails them`() throws {
    try Folder.create(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/body"
    try FileContents.create(path, with: [UInt8](repeating: 7, count: 2 << 20))
    let body = try MessageBody(file: OpenFile(path))
    var reader = body.makeReader()
    #expect(try reader.nextChunk(atMost: 1 << 20)?.count == 1 << 20)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 3 << 19)
    let error = #expect(throws: SystemError.self) {
      while try reader.nextChunk(atMost: 1 << 20) != nil {}
    }
    #expect(error?.kind == .changedWhileRead)
  }

  @Test func `an expression does not read a body in a file`() throws {
    var exchange = Exchange(id: "x")
    exchange.body = try body(pieces: 2, size: 1 << 20)
    let view = ExchangeView(of: exchange, in: makeRun())
    let error = try #require(throws: ExpressionError.self) { try view.body() }
    #expect(error.kind == .limitExceeded)
    exchange.body = MessageBody(text: "text")
    #expect(try ExchangeView(of: exchange, in: makeRun()).body() == .text("text"))
  }
}
