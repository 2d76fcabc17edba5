/// Text made fit to stand in an XML document that we write.
package enum XMLEscaping {
  /// For element content: `&`, `<`, `>` and carriage return are escaped.
  /// - Throws: `XMLError.unwritableCharacter` for a character that XML 1.0 cannot carry (NUL, most controls).
  package static func content(_ text: String) throws(XMLError) -> String {
    try escape(text, inAttribute: false)
  }

  /// For an attribute value between double quotes: also quote, tab and line feed, which would not survive otherwise.
  package static func attribute(_ text: String) throws(XMLError) -> String {
    try escape(text, inAttribute: true)
  }

  private static func escape(_ text: String, inAttribute: Bool) throws(XMLError) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: result += "&amp;"
      case 0x3C: result += "&lt;"
      case 0x3E: result += "&gt;"
      case 0x0D: result += "&#13;"
      case 0x22 where inAttribute: result += "&quot;"
      case 0x09 where inAttribute: result += "&#9;"
      case 0x0A where inAttribute: result += "&#10;"
      case 0x09, 0x0A, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: result.unicodeScalars.append(scalar)
      default:
        throw XMLError(
          .unwritableCharacter, detail: "character U+\(String(scalar.value, radix: 16, uppercase: true))")
      }
    }
    return result
  }
}
