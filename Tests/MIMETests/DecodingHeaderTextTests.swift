import Testing

@testable import MIME

@Suite struct DecodingHeaderTextTests {
  struct Fixture: Sendable, CustomTestStringConvertible {
    var sent: String
    var text: String
    var testDescription: String { sent }

    init(_ sent: String, _ text: String) {
      self.sent = sent
      self.text = text
    }
  }

  /// RFC 2047 section 8 and what is sent instead.
  static let words: [Fixture] = [
    .init("plain", "plain"),
    .init("=?ISO-8859-1?Q?a?=", "a"),
    .init("=?ISO-8859-1?Q?a?= b", "a b"),
    .init("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
    .init("=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=", "ab"),
    .init("=?ISO-8859-1?Q?a_b?=", "a b"),
    .init("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
    .init("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
    .init("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
    .init(
      "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
      "If you can read this you understand the example."),
    // The charset with a language (RFC 2231 section 5), in whatever case.
    .init("=?us-ascii*en?q?tag?=", "tag"),
    .init("=?UTF-8?b?w6TDtg==?=", "äö"),
    // One character over two words, base64 groups over two words, padding missing.
    .init("=?utf-8?B?w6Q=?= =?utf-8?B?ww==?= =?utf-8?B?tg==?=", "äö"),
    .init("=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"),
    .init("=?utf-8?B?w6TD?=\t=?utf-8?B?tg?=", "äö"),
    // Within words, without blanks between, with blanks inside, unfinished escapes.
    .init("a=?utf-8?Q?b?=c", "abc"),
    .init("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
    .init("=?utf-8?Q?a b?=", "a b"),
    .init("=?utf-8?Q?50=_off=4?=", "50= off=4"),
    .init("\"=?utf-8?Q?quoted?=\"", "\"quoted\""),
    // No encoded words.
    .init("=?utf-8?Q?open", "=?utf-8?Q?open"),
    .init("=?utf-8?X?a?=", "=?utf-8?X?a?="),
    .init("=??Q?a?=", "=??Q?a?="),
    .init("=?utf-8?Q?never closed =?utf-8?Q?closed?=", "=?utf-8?Q?never closed closed"),
    .init("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
    // Wrong and unknown charsets.
    .init("=?iso-8859-1?Q?=80?=", "€"),
    .init("=?utf-8?Q?=E4?=", "\u{FFFD}"),
    .init("=?x-nobody?Q?=C3=A4?=", "ä"),
    .init("=?gb2312?B?xOO6ww==?=", "你好"),
    .init("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
    .init("=?koi8-r?B?8NLJ18XU?=", "Привет"),
    .init("=?windows-1251?Q?=CF=F0=E8?=", "При"),
    .init("=?utf-7?Q?+AOQ-?=", "ä"),
    // Control characters that would break a line or hide text.
    .init("=?utf-8?Q?a=0Db=0Ac=00d?=", "a\u{FFFD}b\u{FFFD}c\u{FFFD}d"),
    .init("a\u{0}b\u{7F}", "a\u{FFFD}b\u{FFFD}"),
    .init("a\tb", "a b"),
    .init("raw ü", "raw ü"),
  ]

  @Test(arguments: words)
  func `encoded words become text`(_ fixture: Fixture) {
    #expect(HeaderText.decode(Array(fixture.sent.utf8)) == fixture.text)
  }

  @Test func `raw bytes that are no UTF-8 are read as windows-1252`() {
    #expect(HeaderText.decode([0x47, 0x72, 0xFC, 0xDF, 0x65, 0x80]) == "Grüße€")
  }

  @Test func `unclosed encoded words take linear time`() {
    func examined(_ count: Int) -> Int {
      var reader = EncodedWordReader(Array(String(repeating: "=?a?q?x", count: count).utf8))
      while reader.next() != nil {}
      return reader.examined
    }
    #expect(examined(20_000) < examined(10_000) * 21 / 10)
  }

  static let parameters: [Fixture] = [
    .init("attachment; filename=a.txt", "a.txt"),
    .init("attachment; filename=\"a b.txt\"", "a b.txt"),
    .init("attachment; filename=\"a\\\"b\\\\c.txt\"", "a\"b\\c.txt"),
    .init("attachment; filename=\"C:\\temp\\a.txt\"", "C:\\temp\\a.txt"),
    .init("attachment; filename=a b c.txt", "a b c.txt"),
    .init("attachment; filename=a.txt size=10", "a.txt"),
    .init("attachment; filename = a.txt ; x=y", "a.txt"),
    .init("attachment;; ;filename=a.txt;", "a.txt"),
    .init("attachment; filename=\"open", "open"),
    .init("attachment (comment; filename=no); FileName=a.txt (end)", "a.txt"),
    .init("attachment; filename*=utf-8''%e2%82%ac%20rates.txt", "€ rates.txt"),
    .init("attachment; filename*=iso-8859-1'en'%A3%20rates.txt", "£ rates.txt"),
    .init("attachment; filename=\"plain.txt\"; filename*=utf-8''%C3%A4.txt", "ä.txt"),
    .init(
      "attachment; filename*0*=us-ascii'en'This%20is%20; filename*1*=%2A%2A; filename*2=\"*!.txt\"", "This is ***!.txt"),
    .init("attachment; filename*1=b; filename*0=a; filename*2=c", "abc"),
    .init("attachment; filename*0*=utf-8''%C3; filename*1*=%A4", "ä"),
    .init("attachment; filename*0=\"=?utf-8?Q?a\"; filename*1=\"=C3=A4?=\"", "aä"),
    .init("attachment; filename=\"=?utf-8?B?w6QudHh0?=\"", "ä.txt"),
    .init("attachment; filename==?utf-8?Q?=C3=A4.txt?=", "ä.txt"),
    .init("attachment; filename*=name.txt", "name.txt"),
    .init("attachment; filename*=utf-8''100%.txt", "100%.txt"),
    .init("attachment; filename*0=a; filename*2147483648=b; filename*99999999999999999999=c; filename*x=d", "a"),
    .init("attachment; filename=first; filename=second", "first"),
    .init("attachment; filename=ä.txt", "ä.txt"),
    .init("filename=\"only.txt\"", "only.txt"),
  ]

  @Test(arguments: parameters)
  func `parameters of every form are read`(_ fixture: Fixture) throws {
    let disposition = try #require(Disposition.parse(Array(fixture.sent.utf8)))
    #expect(disposition.parameters["filename"] == fixture.text)
    #expect(disposition.kind == "attachment")
  }

  static let types: [(String, String?)] = [
    ("text/plain", "text/plain"), ("TEXT/Html; charset=x", "text/html"), (" text / plain ;", "text/plain"),
    ("text", nil), ("", nil), ("/plain", nil), ("text/", nil), ("text/plain charset=utf-8", "text/plain"),
    ("multipart/mixed (comment); boundary=\"x\"", "multipart/mixed"), ("application/x-ä", nil),
  ]

  @Test(arguments: types)
  func `content types are read`(_ sent: String, _ wanted: String?) {
    #expect(ContentType.parse(Array(sent.utf8))?.mediaType == wanted)
  }

  @Test func `a boundary keeps its blanks and its bytes`() {
    let type = ContentType.parse(Array("multipart/mixed; boundary=\"a =?utf-8?Q?b?= \"".utf8))
    #expect(type?.parameters.bytes("boundary") == Array("a =?utf-8?Q?b?= ".utf8))
  }
}
