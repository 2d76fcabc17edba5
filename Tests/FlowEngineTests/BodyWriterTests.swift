import FlowEngine
import System
import TenantBase
import TestSupport
import Testing

@Suite struct BodyWriterTests {
  private func text(of body: MessageBody) throws -> [UInt8] {
    var reader = body.makeReader()
    var bytes: [UInt8] = []
    while let chunk = try reader.nextChunk(atMost: 1 << 20) { bytes += chunk }
    return bytes
  }

  @Test func `what is small stays in memory, what is large goes into a file, and both are what was written`() throws {
    let folder = try TemporaryFolder()
    let writer = BodyWriter(spool: BodySpool(folder: folder.path))
    try writer.append("head ")
    try writer.append(MessageBody(text: "body"))
    let small = try writer.finish()
    #expect(small.textInMemory == "head body")
    #expect(try BodyWriter(spool: nil).finish() == .empty)
    let large = BodyWriter(spool: BodySpool(folder: folder.path))
    let piece = [UInt8](repeating: 0x61, count: 300_000)
    for _ in 0..<5 { try large.append(piece) }
    let body = try large.finish()
    #expect(body.bytesInMemory == nil)
    #expect(try text(of: body).count == 1_500_000)
  }

  @Test func `over the limit nothing more is taken`() throws {
    let folder = try TemporaryFolder()
    let writer = BodyWriter(spool: BodySpool(folder: folder.path, limit: 10))
    try writer.append("0123456789")
    #expect(throws: SystemError.self) { try writer.append("x") }
  }
}
