import SASL
import TenantBase
import TestSupport
import Testing
import Wire

@testable import SMTP

@Suite struct ReplyTests {
  private func parse(_ lines: [String], limit: Int = 128) throws -> [SMTPReply] {
    var parser = SMTPReplyParser(lineLimit: limit)
    var replies: [SMTPReply] = []
    for line in lines { if let reply = try parser.receive(Array(line.utf8)) { replies.append(reply) } }
    return replies
  }

  @Test func `lines of one reply are joined`() throws {
    let replies = try parse(["250-mail.example", "250-SIZE", "250 HELP", "354", "220 "])
    #expect(replies.map(\.code) == [250, 354, 220])
    #expect(replies[0].lines.map(\.utf8Text) == ["mail.example", "SIZE", "HELP"])
    #expect(replies[1].lines.map(\.utf8Text) == [""])
    #expect(replies[2].text == "220")
  }

  private static let malformed: [[String]] = [
    [""], ["25"], ["abc"], ["250_x"], ["150 x"], ["650 x"], ["250-a", "251 b"], ["250-a", "junk"], ["2５0 x"],
    ["-250 x"], [" 250 x"], ["2500"],
  ]

  @Test(arguments: malformed) func `what is no reply is refused`(lines: [String]) {
    #expect(throws: SMTPReplyParser.Fault.self) { try parse(lines) }
  }

  @Test func `a reply has a limit of lines`() throws {
    let lines = Array(repeating: "250-x", count: 128)
    #expect(try parse(lines.dropLast() + ["250 x"]).count == 1)
    #expect(throws: SMTPReplyParser.Fault.tooManyLines(limit: 128)) { try parse(lines + ["250 x"]) }
  }

  private static let statuses: [(reply: String, status: String?)] = [
    ("550 5.1.1 unknown", "5.1.1"), ("250 2.0.0", "2.0.0"), ("550 2.1.1 wrong class", nil), ("550 5.1 short", nil),
    ("550 5.1.1unknown", nil), ("450 4.999.999 x", "4.999.999"), ("450 4.1000.0 x", nil), ("550 5..1 x", nil),
    ("550 unknown", nil), ("550 3.1.1 x", nil),
  ]

  @Test(arguments: statuses) func `enhanced status codes are read`(_ row: (reply: String, status: String?)) throws {
    let reply = try #require(try parse([row.reply]).first)
    #expect(reply.enhancedStatus?.description == row.status)
  }

  @Test func `capabilities are read in any case, with the form before RFC 2554`() throws {
    let reply = try #require(
      try parse([
        "250-mail.example hello", "250-size 1000", "250-AUTH=LOGIN plain", "250-AUTH PLAIN cram-md5", "250-",
        "250-PIPELINING", "250 X-SOMETHING a b",
      ]).first)
    let capabilities = SMTPCapabilities(reply)
    #expect(capabilities.sizeLimit == 1000)
    #expect(capabilities.mechanisms.map(\.rawValue) == ["LOGIN", "PLAIN", "CRAM-MD5"])
    #expect(capabilities.offersPipelining && !capabilities.offersStartTLS)
    #expect(!capabilities.offers("mail.example"))
  }

  @Test(arguments: ["", "0", "-1", "99999999999999999999", "abc"]) func `a SIZE without sense is no limit`(size: String)
    throws
  {
    let reply = try #require(try parse(["250-mail.example", "250 SIZE \(size)"]).first)
    #expect(SMTPCapabilities(reply).sizeLimit == nil)
  }

  @Test(.enabled(if: Corpus.isPresent)) func `recorded answers of real servers are read`() throws {
    let files = Corpus.files(below: "servers/smtp", suffix: ".txt")
    #expect(files.count > 30)
    for file in files {
      let bytes = try #require(Corpus.bytes(file))
      for pieces in [1, 7, bytes.count] {
        var buffer = InputBuffer()
        var parser = SMTPReplyParser(lineLimit: 128)
        var replies: [SMTPReply] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
          buffer.append(bytes[start..<min(bytes.count, start + pieces)])
          while let line = try buffer.takeLine(LineRules(limit: 4096, lineEnd: .crlfOrLF)) {
            if let reply = try parser.receive(line) { replies.append(reply) }
          }
        }
        #expect(!replies.isEmpty && !parser.isInsideReply && buffer.unreadBytes == 0, "\(file)")
        if file.contains("ehlo"), let reply = replies.first, reply.isPositive {
          // X-EXPS is for Exchange servers among themselves; a client logs in by AUTH (RFC 4954) or not at all.
          #expect(SMTPCapabilities(reply).offersAuthentication == !file.contains("x-exps"), "\(file)")
        }
      }
    }
  }

  @Test func `random lines never trap`() {
    var state: UInt64 = 42
    for _ in 0..<2000 {
      var parser = SMTPReplyParser(lineLimit: 4)
      for _ in 0..<5 {
        var line: [UInt8] = []
        for _ in 0..<(state % 9) {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          line.append(Array("2345 -0.x\u{1}".utf8)[Int(state >> 33) % 10])
        }
        state = state &* 6_364_136_223_846_793_005 &+ 1
        if let reply = try? parser.receive(line) {
          _ = reply.text
          _ = reply.enhancedStatus
          _ = SMTPCapabilities(reply)
        }
      }
    }
  }
}
