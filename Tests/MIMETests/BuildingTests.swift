import MIME
import TenantBase
import Testing

@Suite struct BuildingTests {
  @Test func `a plain text mail has everything that a mail needs`() throws {
    let mail = try BuildingFixture.message(try BuildingFixture.text("Hi\nthere")).build(
      identity: BuildingFixture.identity)
    #expect(
      try mail.wholeBytes().utf8Text == """
        Date: Fri, 20 Nov 2026 10:59:40 +0100\r
        From: Orders <orders@example.com>\r
        To: anna@example.org\r
        Message-ID: <7f1c09.1732090000@mail.example.com>\r
        Subject: Hello\r
        MIME-Version: 1.0\r
        Content-Type: text/plain; charset=UTF-8\r
        Content-Transfer-Encoding: 7bit\r
        \r
        Hi\r
        there\r

        """)
    #expect(mail.size == (try mail.wholeBytes().count))
    #expect(!mail.needs8BitMIME && !mail.needsSMTPUTF8)
  }

  @Test func `the same mail has the same bytes every time`() throws {
    let content = MailContent(
      body: try MailBody(text: "Grüße"),
      attachments: [.init(name: "ä.bin", mediaType: .octetStream, source: .bytes([0, 1, 2]))])
    let first = try BuildingFixture.bytes(try BuildingFixture.message(content))
    let second = try BuildingFixture.bytes(try BuildingFixture.message(content))
    #expect(first == second)
  }

  // MARK: injection

  private static let injections = ["a\r\nBcc: x@y", "a\nb", "a\rb", "a\0b", "\r\n.\r\n", "a\r\n\r\nbody"]

  @Test(arguments: injections) func `line ends and NUL are refused by the field's name`(value: String) throws {
    func expectRefusal(_ field: String, _ change: (inout MailDraft) throws -> Void) throws {
      var message = try BuildingFixture.message(try BuildingFixture.text("x"))
      try change(&message)
      do throws(MIMEError) {
        _ = try message.build(identity: BuildingFixture.identity)
        Issue.record("built with \(field)")
      } catch {
        #expect(error.kind == .controlCharacter || error.kind == .malformedHeaderName)
        #expect(error.field == field)
      }
    }
    try expectRefusal("Subject") { $0.subject = value }
    try expectRefusal("X-Note") { $0.furtherHeaders = [.init(name: "X-Note", value: value)] }
    try expectRefusal(value) { $0.furtherHeaders = [.init(name: value, value: "x")] }
    try expectRefusal("To") {
      $0.to = AddressList([MailAddress(displayName: value, localPart: "a", domain: "b.example")])
    }
    try expectRefusal("From") { $0.from = AddressList([MailAddress(localPart: value, domain: "b.example")]) }
    try expectRefusal("Cc") { $0.cc = AddressList([.group(name: value, members: [])]) }
    try expectRefusal("attachment name") {
      $0.content.attachments = [.init(name: value, mediaType: .plainText, source: .bytes([]))]
    }
    try expectRefusal("Content-ID") {
      $0.content.inlineParts = [
        .init(name: nil, mediaType: .plainText, source: .bytes([]), contentID: value)
      ]
    }
  }

  @Test(arguments: ["Bcc", "bcc", "From", "Content-Type", "MIME-Version", "Message-ID", "Received"])
  func `a further header cannot replace what the mail itself sets`(name: String) throws {
    var message = try BuildingFixture.message(try BuildingFixture.text("x"))
    message.furtherHeaders = [.init(name: name, value: "x@example.com")]
    #expect(throws: MIMEError.self) { try message.build(identity: BuildingFixture.identity) }
  }

  @Test(arguments: ["", "with blank", "colon:", "umlaut-ä", "tab\t"])
  func `a header name is printable ASCII without colon`(name: String) throws {
    var message = try BuildingFixture.message(try BuildingFixture.text("x"))
    message.furtherHeaders = [.init(name: name, value: "x")]
    #expect(throws: MIMEError.self) { try message.build(identity: BuildingFixture.identity) }
  }

  @Test func `a mail without sender is refused`() throws {
    var message = try BuildingFixture.message(try BuildingFixture.text("x"))
    message.from = AddressList()
    #expect(throws: MIMEError.self) { try message.build(identity: BuildingFixture.identity) }
  }

  @Test(arguments: ["a@b", "<a b@c>", "<@>", "<a@b\r\n>", "<a>", "<a@b@c>"])
  func `an identifier that is none is refused`(messageID: String) throws {
    var identity = BuildingFixture.identity
    identity.messageID = messageID
    let message = try BuildingFixture.message(try BuildingFixture.text("x"))
    #expect(throws: MIMEError.self) { try message.build(identity: identity) }
  }

  // MARK: transfer encodings

  private static let encodings: [(text: String, request: TransferEncodingRequest, expected: String)] = [
    ("plain\n", .automatic, "7bit"),
    ("Grüße aus Köln, wie geht es dort im Winter?\n", .automatic, "quoted-printable"),
    ("日本語のテキスト\n", .automatic, "base64"),
    (String(repeating: "x", count: 998), .automatic, "7bit"),
    (String(repeating: "x", count: 999), .automatic, "quoted-printable"),
    ("NUL \0 inside\n", .automatic, "quoted-printable"),
    ("NUL \0 inside\n", .eightBit, "quoted-printable"),
    ("Grüße\n", .eightBit, "8bit"),
    ("Grüße\n", .binary, "8bit"),
    ("Grüße an alle, die dies lesen\n", .sevenBit, "quoted-printable"),
    ("plain\n", .base64, "base64"),
    ("plain\n", .quotedPrintable, "quoted-printable"),
    ("", .automatic, "7bit"),
  ]

  @Test(arguments: encodings) func `the transfer encoding is the smallest that is safe`(
    _ row: (text: String, request: TransferEncodingRequest, expected: String)
  ) throws {
    let mail = try BuildingFixture.bytes(
      try BuildingFixture.message(try BuildingFixture.text(row.text, encoding: row.request)))
    #expect(BuildingFixture.split(mail).header.contains("Content-Transfer-Encoding: \(row.expected)"))
  }

  @Test func `only raw 8-bit bytes need a server with 8BITMIME`() throws {
    func needs(_ text: String, _ encoding: TransferEncodingRequest) throws -> Bool {
      let message = try BuildingFixture.message(try BuildingFixture.text(text, encoding: encoding))
      return try message.build(identity: BuildingFixture.identity).needs8BitMIME
    }
    #expect(try needs("Grüße", .eightBit))
    #expect(try !needs("Grüße", .automatic))
    #expect(try !needs("plain", .eightBit))
  }

  @Test func `only addresses beyond ASCII need a server with SMTPUTF8`() throws {
    var message = try BuildingFixture.message(try BuildingFixture.text("Grüße"), subject: "Grüße")
    message.from = try AddressList.parsing("Jürgen <j@example.com>", field: "From")
    #expect(try !message.build(identity: BuildingFixture.identity).needsSMTPUTF8)
    message.cc = try AddressList.parsing("jürgen@example.com", field: "Cc")
    #expect(try message.build(identity: BuildingFixture.identity).needsSMTPUTF8)
  }

  private static let contents: [[UInt8]] = [
    [], [10], [13], [13, 10], [0], Array("a\r\n.\r\nb".utf8), Array("a\n.\nb\rc".utf8),
    Array("tail blank \r\n \t".utf8),
    Array(0...255), Array(repeating: 0x41, count: 5000), Array("=20 = \u{E4}\r\n".utf8), Array("no end".utf8),
    Array("\r\r\n\n".utf8),
  ]

  @Test(arguments: contents, TransferEncodingRequest.allCases)
  func `whatever is attached, every line is canonical and the size is told right`(
    content: [UInt8], encoding: TransferEncodingRequest
  ) throws {
    let attachment = MailAttachment(
      name: "x", mediaType: .octetStream, source: .source(ChunkedSource(content: content, chunkSize: 7)),
      encoding: encoding)
    let body = MailBody(source: .bytes(content), mediaType: .plainText, encoding: encoding)
    let single = MailBody(source: .bytes(content), mediaType: .octetStream, encoding: encoding)
    for content in [
      MailContent(body: body, attachments: [attachment]), MailContent(body: body), MailContent(body: single),
    ] {
      let mail = try BuildingFixture.message(content).build(identity: BuildingFixture.identity)
      let bytes = try mail.wholeBytes()
      #expect(Self.fault(in: bytes) == nil)
      if let size = mail.size { #expect(size == bytes.count) }
    }
  }

  private static func fault(in mail: [UInt8]) -> String? {
    var lineLength = 0
    for (index, byte) in mail.enumerated() {
      if byte == 0 { return "NUL at \(index)" }
      if byte == 10 {
        if index == 0 || mail[index - 1] != 13 { return "bare LF at \(index)" }
        lineLength = 0
        continue
      }
      if index > 0, mail[index - 1] == 13 { return "bare CR at \(index)" }
      lineLength += byte == 13 ? 0 : 1
      if lineLength > 998 { return "a long line at \(index)" }
    }
    return mail.suffix(2) == [13, 10] ? nil : "no line end at the end"
  }

  @Test func `a large attachment is never whole in memory`() throws {
    let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let source = ChunkedSource(content: content, chunkSize: 10_000)
    let message = try BuildingFixture.message(
      MailContent(
        body: try MailBody(text: "x"),
        attachments: [.init(name: "big", mediaType: .octetStream, source: .source(source))]))
    let mail = try message.build(identity: BuildingFixture.identity)
    var reader = mail.makeReader()
    var total = 0
    var largest = 0
    while let chunk = try reader.nextChunk() {
      total += chunk.count
      largest = max(largest, chunk.count)
    }
    #expect(mail.size == total)
    #expect(largest < 15_000)
  }

  @Test func `a content that cannot be read any more is an error, not a shorter mail`() throws {
    var source = ChunkedSource(content: Array(repeating: 0x41, count: 100), chunkSize: 10)
    let message = try BuildingFixture.message(
      MailContent(body: nil, attachments: [.init(name: "a", mediaType: .octetStream, source: .source(source))]))
    #expect(try message.build(identity: BuildingFixture.identity).wholeBytes().count > 100)
    source.failsAfter = 50
    var failing = message
    failing.content.attachments[0].source = .source(source)
    #expect(throws: MIMEError.self) { try failing.build(identity: BuildingFixture.identity) }
  }

  // MARK: charsets

  @Test func `characters that a charset does not have become question marks`() throws {
    for (name, expected) in [
      ("windows-1252", Array("Gr".utf8) + [0xFC, 0xDF, 0x65, 0x80, 0x3F]),
      ("ISO-8859-1", Array("Gr".utf8) + [0xFC, 0xDF, 0x65, 0x3F, 0x3F]),
      ("UTF-ASCII", Array("Gr??e??".utf8)), ("us-ascii", Array("Gr??e??".utf8)),
    ] {
      let charset = try MailCharset(name: name, field: "Body Encoding")
      let result = try charset.encode("Grüße€日")
      #expect(result.bytes == expected)
      #expect(!result.isLossless)
    }
    #expect(try MailCharset(name: "utf-8", field: "x").encode("Grüße€日").isLossless)
    #expect(throws: MIMEError.self) { try MailCharset(name: "klingon-1", field: "Body Encoding") }
    #expect(throws: MIMEError.self) { try MailCharset(name: "a\r\nb", field: "Body Encoding") }
  }

  @Test func `text in UTF-16 keeps its bytes`() throws {
    let body = try MailBody(text: "a\nb", charset: try MailCharset(name: "utf-16le", field: "x"))
    let mail = try BuildingFixture.bytes(try BuildingFixture.message(MailContent(body: body)))
    #expect(BuildingFixture.split(mail).body == "YQAKAGIA\r\n")
  }

  // MARK: media types and dates

  private static let mediaTypes: [(text: String, expected: String?)] = [
    ("Text/Plain", "text/plain"), (" application/xml ; charset = \"utf-8\" ", "application/xml"),
    ("text/plain;", "text/plain"), ("text", nil), ("text/", nil), ("text/plain; x", nil), ("text/plain x", nil),
    ("text/plain\r\nX: y", nil), ("", nil), ("text/plain; a=1; A=2", nil), ("text/plain; a=\"x", nil),
    ("text/" + String(repeating: "x", count: 127), "text/" + String(repeating: "x", count: 127)),
    ("text/" + String(repeating: "x", count: 128), nil),
  ]

  @Test(arguments: mediaTypes) func `media types are read strictly`(_ row: (text: String, expected: String?)) {
    #expect((try? MediaType.parsing(row.text, field: "Body MIME Type"))?.name == row.expected)
  }

  private static let dates: [(seconds: Int, offset: Int, text: String)] = [
    (0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"),
    (1_709_209_845, -330, "Thu, 29 Feb 2024 07:00:45 -0530"),
    (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
    (-1, 0, "Wed, 31 Dec 1969 23:59:59 +0000"),
    (1_735_689_599, 60, "Wed, 1 Jan 2025 00:59:59 +0100"),
    (4_107_542_400, 840, "Mon, 1 Mar 2100 14:00:00 +1400"),
  ]

  @Test(arguments: dates) func `dates are written as RFC 5322 wants`(_ row: (seconds: Int, offset: Int, text: String)) {
    #expect(HeaderDate(unixSeconds: row.seconds, offsetMinutes: row.offset).headerText == row.text)
  }

  @Test func `a date beyond all calendars does not trap`() {
    #expect(HeaderDate(unixSeconds: .max, offsetMinutes: .max).headerText.hasPrefix("Fri, 31 Dec 9999"))
    #expect(!HeaderDate(unixSeconds: .min, offsetMinutes: .min).headerText.isEmpty)
  }
}
