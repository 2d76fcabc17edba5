import Testing

@testable import System

struct CharsetConverterTests {
  @Test(
    arguments: [
      ("iso-8859-1", [0x47, 0xFC], "Gü"), ("ISO-8859-15", [0xA4], "€"), ("windows-1252", [0x80, 0x93], "€“"),
      ("utf-16be", [0x00, 0x41, 0xD8, 0x3D, 0xDE, 0x00], "A😀"), ("shift_jis", [0x83, 0x65], "テ"),
      ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x46, 0x7C, 0x1B, 0x28, 0x42, 0x41], "日A"), ("koi8-r", [0xC1], "а"),
      ("gb2312", [0xC4, 0xE3], "你"), ("ks_c_5601-1987", [0xB0, 0xA1], "가"), ("big5", [0xA4, 0xA4], "中"),
      ("us-ascii", [0x41, 0xE9, 0x42], "A\u{FFFD}B"), ("utf-8", [0x41, 0xE9, 0x42], "A\u{FFFD}B"),
      ("utf-16be", [0x00, 0x41, 0x00], "A\u{FFFD}"), ("utf-7", Array("+AOQ-x".utf8), "äx"),
    ] as [(String, [UInt8], String)])
  func `text of a charset becomes UTF-8`(charset: String, bytes: [UInt8], text: String) throws {
    let utf8 = try #require(CharsetConverter.utf8(from: bytes, charset: charset))
    #expect(String(decoding: utf8, as: UTF8.self) == text)
  }

  @Test func `pieces of every size give the same text`() throws {
    let text = "Grüße, 日本語 und Ω".utf8.map { $0 }
    for charset in ["utf-16be", "utf-8", "gb18030", "iso-2022-jp-2", "utf-7"] {
      let whole = try #require(CharsetConverter.encode(text, charset: charset)).bytes
      let expected = try #require(CharsetConverter.utf8(from: whole, charset: charset))
      for size in 1...whole.count {
        guard var converter = CharsetConverter(decoding: charset) else {
          Issue.record("\(charset) is unknown")
          return
        }
        var output: [UInt8] = []
        for start in stride(from: 0, to: whole.count, by: size) {
          converter.append(Array(whole[start..<min(start + size, whole.count)]), to: &output)
        }
        converter.finish(into: &output)
        #expect(output == expected, "\(charset) in pieces of \(size)")
      }
    }
  }

  @Test func `what a charset lacks becomes a question mark`() throws {
    let ascii = try #require(CharsetConverter.encode(Array("Gr\u{FC}\u{1F600}e".utf8), charset: "us-ascii"))
    #expect(ascii.bytes == Array("Gr??e".utf8))
    #expect(!ascii.isLossless)
    let latin = try #require(CharsetConverter.encode(Array("Gr\u{FC}".utf8), charset: "iso-8859-1"))
    #expect(latin.bytes == [0x47, 0x72, 0xFC])
    #expect(latin.isLossless)
  }

  @Test func `damaged UTF-8 given to an encoder is replaced, not refused`() throws {
    let result = try #require(CharsetConverter.encode([0x41, 0xFF, 0xC3], charset: "iso-8859-1"))
    #expect(result.bytes == Array("A??".utf8))
  }

  @Test func `a stateful charset ends in its initial state`() throws {
    let result = try #require(CharsetConverter.encode(Array("日".utf8), charset: "iso-2022-jp"))
    #expect(result.bytes == [0x1B, 0x24, 0x42, 0x46, 0x7C, 0x1B, 0x28, 0x42])
  }

  @Test(arguments: [
    "", "no-such-charset", "utf-8//IGNORE", "../../etc/passwd", "ISO-2022-CN-EXT", "iso2022cnext", "a b",
    String(repeating: "x", count: 65),
  ])
  func `a name that is no charset's is unknown`(name: String) {
    #expect(CharsetConverter.utf8(from: [0x41], charset: name) == nil)
    #expect(CharsetConverter.encode([0x41], charset: name) == nil)
  }

  @Test func `a long text passes in several runs`() throws {
    let bytes = [UInt8](repeating: 0xE4, count: 20_000)
    let utf8 = try #require(CharsetConverter.utf8(from: bytes, charset: "iso-8859-1"))
    #expect(utf8.count == 40_000)
  }

  @Test func `every single byte in every charset gives valid UTF-8`() throws {
    for charset in ["us-ascii", "iso-2022-jp", "utf-7", "gb18030", "big5", "cp949", "utf-16", "euc-jp", "hz"] {
      for byte in UInt8.min...UInt8.max where CharsetConverter.isKnown(charset) {
        let utf8 = try #require(CharsetConverter.utf8(from: [byte, byte, 0x41], charset: charset))
        #expect(Array(String(decoding: utf8, as: UTF8.self).utf8) == utf8)
      }
    }
  }
}
