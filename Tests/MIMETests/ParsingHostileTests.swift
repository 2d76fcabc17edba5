import Foundation
import TenantBase
import Testing

@testable import MIME

/// Mails made to hurt a parser.
@Suite struct ParsingHostileTests {
  static func multipart(_ boundary: String) -> String {
    "Content-Type: multipart/mixed; boundary=\"\(boundary)\"\r\n\r\n"
  }

  static func nested(_ depth: Int) -> [UInt8] {
    var text = ""
    for level in 0..<depth { text += multipart("b\(level)") + "--b\(level)\r\n" }
    return Array((text + "\r\nbody\r\n").utf8)
  }

  /// Many mails of one shape, with the number of bytes looked at; see `doubling costs double`.
  static let shapes: [(String, @Sendable (Int) -> [UInt8])] = [
    ("nested boundaries", { nested($0 / 20) }),
    (
      "delimiter-like lines",
      { count in
        var text = ""
        for level in 0..<90 {
          text +=
            multipart(String(repeating: "x", count: level + 1)) + "--" + String(repeating: "x", count: level + 1)
            + "\r\n"
        }
        return Array(
          (text + "\r\n" + String(repeating: "--" + String(repeating: "x", count: 95) + "y\r\n", count: count / 50))
            .utf8)
      }
    ),
    ("parts", { Array((multipart("b") + String(repeating: "--b\r\n\r\nx\r\n", count: $0 / 10)).utf8) }),
    ("lines of hyphens", { Array((multipart("-") + "---\r\n\r\n" + String(repeating: "--\n", count: $0)).utf8) }),
    ("header fields", { Array(String(repeating: "A: b\r\n", count: $0 / 10).utf8) }),
    (
      "malformed header lines",
      { Array(("A: b\r\n" + String(repeating: "no field\r\n", count: $0 / 10) + "\r\n").utf8) }
    ),
    ("folded lines", { Array(("A: b\r\n" + String(repeating: " c\r\n", count: $0 / 10)).utf8) }),
    ("messages", { Array(String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: min($0 / 40, 99)).utf8) }),
    (
      "a long boundary",
      { count in
        let boundary = String(repeating: "b", count: count / 4)
        return Array(
          (multipart(boundary) + "--" + boundary + "\r\n\r\n" + String(repeating: "--bbbb\r\n", count: count / 10)).utf8
        )
      }
    ),
    ("one line", { Array((multipart("b") + "--b\r\n\r\n" + String(repeating: "x", count: $0)).utf8) }),
  ]

  @Test(arguments: shapes.indices)
  func `doubling costs double`(_ index: Int) {
    let (name, make) = Self.shapes[index]
    func work(_ size: Int, pieces: Int?) -> Int {
      let mail = make(size)
      var parser = MailMessageParser()
      if let pieces {
        for start in stride(from: 0, to: mail.count, by: pieces) {
          parser.consume(Array(mail[start..<min(start + pieces, mail.count)]))
        }
      } else {
        parser.consume(mail)
      }
      return parser.work
    }
    for pieces in [nil, 1] {
      let single = work(4_000, pieces: pieces)
      let double = work(8_000, pieces: pieces)
      #expect(double <= single * 22 / 10 + 1_000, "\(name), pieces \(pieces ?? 0)")
    }
  }

  @Test func `a mail over the depth limit is kept raw and marked`() {
    #expect(MailMessageParser.parse(Self.nested(100)).exceededLimit == nil)
    let mail = Self.nested(101)
    let message = MailMessageParser.parse(mail)
    #expect(message.exceededLimit == .depth)
    #expect(message.root.kind == .leaf && message.root.children.isEmpty)
    #expect(message.source == mail)
    #expect(message.root.range == 0..<mail.count)
    #expect(message.content(of: message.root).map { $0.count } == mail.count - message.root.bodyRange.lowerBound)
    #expect(message.defects.last?.kind == .limitExceeded)
    #expect(MessageOutline(MailMessageParser.parse(mail, pieces: 3)) == MessageOutline(message))
    #expect(MailMessageParser.parse(Self.nested(10_000)).exceededLimit == .depth)
  }

  @Test func `a mail over the part limit is kept raw and marked`() {
    var limits = MIMELimits()
    limits.parts = 10
    let head = Self.multipart("b")
    func mail(_ parts: Int) -> [UInt8] { Array((head + String(repeating: "--b\r\n\r\nx\r\n", count: parts)).utf8) }
    #expect(MailMessageParser.parse(mail(9), limits: limits).exceededLimit == nil)
    let message = MailMessageParser.parse(mail(10), limits: limits)
    #expect(message.exceededLimit == .parts)
    #expect(message.root.header.first(named: "content-type") != nil)
  }

  @Test func `parts of encoded messages count too`() {
    var limits = MIMELimits()
    limits.parts = 6
    let inner = Self.multipart("i").replacing("=", with: "=3D") + String(repeating: "--i\r\n\r\nx\r\n", count: 3)
    let encoded =
      "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + inner + "\r\n"
    let message = MailMessageParser.parse(Array((Self.multipart("b") + encoded).utf8), limits: limits)
    #expect(message.exceededLimit == nil)
    let double = MailMessageParser.parse(Array((Self.multipart("b") + encoded + encoded).utf8), limits: limits)
    #expect(double.exceededLimit == .parts)
  }

  @Test func `a header block over its limit is kept raw and marked`() {
    var limits = MIMELimits()
    limits.headerBlock = 100
    let fits = Array(("A: " + String(repeating: "x", count: 93) + "\r\n\r\n").utf8)
    #expect(MailMessageParser.parse(fits, limits: limits).exceededLimit == nil)
    let mail = Array(("A: " + String(repeating: "x", count: 1_000)).utf8)
    for pieces in [1, 50, 5_000] {
      let message = MailMessageParser.parse(mail, pieces: pieces, limits: limits)
      #expect(message.exceededLimit == .headerBlock)
      #expect(message.source == mail)
      #expect(message.root.bodyRange == 0..<mail.count)
    }
  }

  @Test func `an encoded message over a limit leaves the mail raw with its header`() {
    var limits = MIMELimits()
    limits.depth = 3
    let inner = String(decoding: Self.nested(5), as: UTF8.self).replacing("=", with: "=3D")
    let head = "Subject: outer\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    let message = MailMessageParser.parse(Array((head + inner).utf8), limits: limits)
    #expect(message.exceededLimit == .depth)
    #expect(message.headers.subject == "outer")
    #expect(message.root.kind == .leaf && message.root.children.isEmpty)
  }

  @Test func `a mail with too many header bytes in all is kept raw and marked`() {
    var limits = MIMELimits()
    limits.headers = 1_000
    let part = "--b\r\nX: \(String(repeating: "x", count: 200))\r\n\r\n\r\n"
    let mail = Array((Self.multipart("b") + String(repeating: part, count: 8)).utf8)
    let message = MailMessageParser.parse(mail, limits: limits)
    #expect(message.exceededLimit == .headers)
    #expect(message.root.children.isEmpty && message.root.range == 0..<mail.count)
    #expect(MessageOutline(MailMessageParser.parse(mail, pieces: 3, limits: limits)) == MessageOutline(message))
  }

  @Test func `what is kept in memory while a mail arrives is bounded`() {
    var limits = MIMELimits()
    limits.partInMemory = 100
    limits.contentInMemory = 250
    let part = "--b\r\n\r\n\(String(repeating: "x", count: 90))\r\n"
    let mail = Array((Self.multipart("b") + String(repeating: part, count: 5)).utf8)
    var parser = MailStreamParser(limits: limits, store: RecordingStore())
    parser.consume(mail)
    let (message, store) = parser.finish()
    #expect(store.contents.map(\.path) == [[1, 3], [1, 4], [1, 5]])
    #expect(message.root.children.count == 5)
  }

  @Test func `encoded messages within each other end at their limit`() {
    var text = "Subject: inmost\r\n\r\nbody"
    for _ in 0..<8 {
      text = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + text
    }
    let message = MailMessageParser.parse(Array(text.utf8))
    #expect(message.exceededLimit == nil)
    #expect(message.root.all.map(\.kind) == [.message, .message, .message, .message, .leaf])
    #expect(message.defects.contains { $0.kind == .encodedMessageTooDeep })
  }

  @Test func `defects beyond the limit are counted only`() {
    var limits = MIMELimits()
    limits.defects = 3
    let mail = Self.multipart("b") + String(repeating: "--b\r\nContent-Type: x\r\n\r\n\r\n", count: 10) + "--b--\r\n"
    let message = MailMessageParser.parse(Array(mail.utf8), limits: limits)
    #expect(message.defects.count == 3)
    #expect(message.defectCount == 10)
  }

  @Test func `defects tell where they are`() {
    let mail =
      "Subject: x\r\nnonsense\r\n" + Self.multipart("b") + "--b\r\nContent-Transfer-Encoding: odd\r\n\r\ntext\r\n"
    let message = MailMessageParser.parse(Array(mail.utf8))
    let found = message.defects.map { "\($0.kind) \($0.path) \($0.offset)" }
    #expect(
      found == [
        "malformedHeaderLine [1] 12", "unknownTransferEncoding [1, 1] 74",
        "missingClosingBoundary [1] \(mail.utf8.count)",
      ])
  }

  @Test func `no bytes at all are a mail`() {
    let message = MailMessageParser.parse([])
    #expect(message.root.kind == .leaf)
    #expect(message.content(of: message.root) == [])
    #expect(message.defects.isEmpty)
    #expect(MailInspection(message).json.text(.compact).isEmpty == false)
  }

  /// Values of 60 kB that are quadratic for a careless reader: with that this test would take minutes.
  static let values: [String] = [
    String(repeating: "a", count: 30_000) + "@b" + String(repeating: ":", count: 30_000),
    String(repeating: "=?,", count: 20_000), String(repeating: "(", count: 60_000),
    String(repeating: "\"", count: 60_000),
    String(repeating: "<", count: 60_000), String(repeating: "a ", count: 30_000) + "@",
    String(repeating: "[", count: 60_000),
    String(repeating: "a:;", count: 20_000), String(repeating: "a@b <", count: 12_000),
    String(repeating: "\\", count: 60_000),
    String(repeating: "=?utf-8?Q?=C3?= ", count: 4_000), String(repeating: "=?utf-8?B?ww==?= ", count: 3_500),
    "x; " + String(repeating: "a*0=b;", count: 10_000), "x; a=" + String(repeating: "b ", count: 30_000),
    "x; a=b" + String(repeating: " ", count: 60_000), "x; " + String(repeating: "a", count: 60_000),
    "x; a*2147483648=b; a*0=c; " + String(repeating: "a*1*=%41;", count: 6_000),
    String(repeating: "=", count: 60_000), String(repeating: "&", count: 60_000),
    String(repeating: "<!--", count: 15_000),
    String(repeating: "<a b='", count: 10_000), String(repeating: "<script>", count: 7_000),
    String(repeating: "begin 644 a\n", count: 5_000), String(repeating: "> ", count: 30_000),
  ]

  @Test(arguments: values.indices)
  func `long hostile values end`(_ index: Int) {
    let value = Array(Self.values[index].utf8)
    _ = AddressField.parse(value)
    _ = HeaderText.decode(value)
    _ = ParameterList.parse(value, limits: .standard)
    _ = HeaderDate.parse(value)
    _ = MessageID.list(value)
    _ = HTMLText.plainText(of: Self.values[index])
    _ = UUBlocks.extract(from: value)
    _ = TransferDecoder.decode(value[...], .quotedPrintable)
    #expect(AttachmentNames.safe(Self.values[index]).utf8.count <= AttachmentNames.longest)
  }
}
