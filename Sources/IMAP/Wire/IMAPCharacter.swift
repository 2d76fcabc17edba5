import TenantBase

/// The characters of the grammar (RFC 9051 section 9), and words made of them.
///
/// Not generic, and in this module: every response goes through these, and the optimizer does not look into another one.
enum IMAPCharacter {
  static var space: UInt8 { 0x20 }
  static var quote: UInt8 { UInt8(ascii: "\"") }
  static var backslash: UInt8 { UInt8(ascii: "\\") }
  static var openParenthesis: UInt8 { UInt8(ascii: "(") }
  static var closeParenthesis: UInt8 { UInt8(ascii: ")") }
  static var openBracket: UInt8 { UInt8(ascii: "[") }
  static var closeBracket: UInt8 { UInt8(ascii: "]") }
  static var openBrace: UInt8 { UInt8(ascii: "{") }
  static var closeBrace: UInt8 { UInt8(ascii: "}") }

  /// ATOM-CHAR.
  static func isAtom(_ byte: UInt8) -> Bool {
    switch byte {
    case openParenthesis, closeParenthesis, openBrace, closeBracket, quote, backslash: false
    case UInt8(ascii: "%"), UInt8(ascii: "*"): false
    default: ASCII.isVisible(byte)
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// ASCII letters in capitals, everything else as it is.
  static func capitals(_ word: ArraySlice<UInt8>) -> String {
    var bytes = Array(word)
    for index in bytes.indices where bytes[index] &- 0x61 < 26 { bytes[index] &-= 0x20 }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  /// `NIL` in any case.
  static func isNil(_ word: ArraySlice<UInt8>) -> Bool {
    guard word.count == 3 else { return false }
    let start = word.startIndex
    return word[start] | 0x20 == 0x6E && word[start + 1] | 0x20 == 0x69 && word[start + 2] | 0x20 == 0x6C
  }
}
