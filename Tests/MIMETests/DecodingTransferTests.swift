import Testing

@testable import MIME

@Suite struct DecodingTransferTests {
  struct Fixture: Sendable, CustomTestStringConvertible {
    var encoding: ContentTransferEncoding
    var sent: String
    var content: String
    var testDescription: String { "\(encoding.rawValue) \(sent)" }

    init(_ encoding: ContentTransferEncoding, _ sent: String, _ content: String) {
      self.encoding = encoding
      self.sent = sent
      self.content = content
    }
  }

  static let fixtures: [Fixture] = [
    .init(.base64, "", ""),
    .init(.base64, "Zg==", "f"), .init(.base64, "Zm8=", "fo"), .init(.base64, "Zm9v", "foo"),
    .init(.base64, "Zm9vYmFy", "foobar"), .init(.base64, "Zm9v\r\nYm Fy\r\n", "foobar"),
    .init(.base64, "Zg", "f"), .init(.base64, "Zm8", "fo"), .init(.base64, "Z", ""),
    .init(.base64, "Zg==Zg==", "ff"), .init(.base64, "Zm9v=", "foo"), .init(.base64, "====", ""),
    .init(.base64, "Z!m@9#v", "foo"), .init(.base64, "Zm9v!Zg", "foo"),
    .init(.quotedPrintable, "a=3Db", "a=b"), .init(.quotedPrintable, "a=3db", "a=b"),
    .init(.quotedPrintable, "a =\r\nb", "a b"), .init(.quotedPrintable, "a=\nb", "ab"),
    .init(.quotedPrintable, "a= \t\r\nb", "ab"), .init(.quotedPrintable, "a  \t\r\nb \n", "a\r\nb\n"),
    .init(.quotedPrintable, "a \t b", "a \t b"), .init(.quotedPrintable, "a  ", "a"),
    .init(.quotedPrintable, "a=", "a"), .init(.quotedPrintable, "a=4", "a=4"),
    .init(.quotedPrintable, "a=XYb", "a=XYb"),
    .init(.quotedPrintable, "a==41", "a=A"), .init(.quotedPrintable, "a=\rb", "a=\rb"),
    .init(.quotedPrintable, "a \rb", "a \rb"),
    .init(.quotedPrintable, "=  x", "=  x"),
    .init(.uuencode, "begin 644 a.txt\n#0V%T\n`\nend\n", "Cat"),
    .init(.uuencode, "text\r\nbegin 644 a.txt\r\n#0V%T\r\n \r\nend\r\nmore\r\n", "Cat"),
    .init(.uuencode, "no data", ""), .init(.uuencode, "begin 644 a\n!00\nend", "A"),
    .init(.uuencode, "begin 644 a\nM\nend", String(repeating: "\0", count: 45)),
    .init(.identity, "a=3D ", "a=3D "), .init(.unknown, "Zg==", "Zg=="),
  ]

  @Test(arguments: fixtures)
  func `a transfer encoding is undone, whole and in any pieces`(_ fixture: Fixture) {
    let sent = Array(fixture.sent.utf8)
    #expect(ContentTransferEncoding.decode(sent, fixture.encoding) == Array(fixture.content.utf8))
    for cut in 0...sent.count {
      var decoder = TransferDecoder(fixture.encoding)
      var output: [UInt8] = []
      decoder.decode(sent[..<cut], into: &output)
      decoder.decode(sent[cut...], into: &output)
      decoder.finish(into: &output)
      #expect(output == Array(fixture.content.utf8), "cut at \(cut)")
    }
    var decoder = TransferDecoder(fixture.encoding)
    var output: [UInt8] = []
    for index in sent.indices { decoder.decode(sent[index...index], into: &output) }
    decoder.finish(into: &output)
    #expect(output == Array(fixture.content.utf8))
  }

  static let names: [(String, ContentTransferEncoding)] = [
    ("base64", .base64), (" BASE64 ", .base64), ("\"base64\"", .base64), ("base64;", .base64), ("base64 (x)", .base64),
    ("Quoted-Printable", .quotedPrintable), ("7bit", .identity), ("", .identity), ("x-uuencode", .uuencode),
    ("x-gzip64", .unknown),
  ]

  @Test(arguments: names)
  func `names of transfer encodings are read as they are sent`(_ name: String, _ encoding: ContentTransferEncoding) {
    #expect(ContentTransferEncoding(fieldValue: Array(name.utf8)) == encoding)
  }
}

extension ContentTransferEncoding {
  fileprivate static func decode(_ sent: [UInt8], _ encoding: ContentTransferEncoding) -> [UInt8] {
    TransferDecoder.decode(sent[...], encoding)
  }
}
