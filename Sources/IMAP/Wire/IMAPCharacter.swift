import TenantBase

/// The characters of the grammar (RFC 9051 section 9).
enum IMAPCharacter {
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
}
