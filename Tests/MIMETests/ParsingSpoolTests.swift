import FoundationEssentials
import MIME
import System
import TestSupport
import Testing

@Suite struct ParsingSpoolTests {
  private static func mail(attachment: [UInt8]) -> [UInt8] {
    var text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nshort\r\n"
    text += "--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return Array(text.utf8) + attachment + Array("\r\n--b--\r\n".utf8)
  }

  @Test func `a large part lies in the spool as it arrives, byte for byte`() throws {
    let folder = "/tmp/tenant-spool-\(RandomIdentifier.hex(byteCount: 8))"
    try Folder.create(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var limits = MIMELimits.standard
    limits.partInMemory = 1000
    let line = Array("0123456789abcdef0123456789abcdef0123456789abcdef\r\n".utf8)
    let content = Array((0..<400).map { _ in line }.joined().dropLast(2))
    let mail = Self.mail(attachment: content)
    var parser = MailStreamParser(limits: limits, store: SpoolPartStore(folder: folder))
    for start in stride(from: 0, to: mail.count, by: 777) {
      parser.consume(Array(mail[start..<min(mail.count, start + 777)]))
    }
    let (message, store) = parser.finish()
    #expect(store.failure == nil)
    #expect(message.defects.isEmpty)
    let files = store.files.compactMap { $0 }
    let large = try #require(files.max { $0.byteCount < $1.byteCount })
    #expect(try large.read(at: 0, atMost: content.count + 1) == content)
    #expect(try Folder(opening: folder).entries() == [])
  }

  @Test func `a spool that refuses does not stop the parser`() throws {
    var limits = MIMELimits.standard
    limits.partInMemory = 10
    var parser = MailStreamParser(limits: limits, store: SpoolPartStore(folder: "/nowhere/at/all"))
    parser.consume(Self.mail(attachment: Array(repeating: 0x61, count: 500)))
    let (message, store) = parser.finish()
    #expect(store.failure != nil)
    #expect(store.files.allSatisfy { $0 == nil })
    #expect(message.root.children.count == 2)
  }
}
