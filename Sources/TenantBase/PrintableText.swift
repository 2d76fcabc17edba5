/// Text from a peer or a file, made safe to print: one line, no control or direction character, bounded length.
package enum PrintableText {
  /// The longest text that a message quotes, in characters.
  package static let defaultLimit = 400

  /// Escapes control characters (`\n`, `\u{1b}`), invisible direction marks and line separators, and cuts what is longer than `limit`.
  package static func escaping(_ text: some StringProtocol, limit: Int = defaultLimit) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count >= limit {
        result += "..."
        break
      }
      count += 1
      switch scalar.value {
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF,
        0xFFF9...0xFFFB:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The same for bytes that should be UTF-8; what is not becomes U+FFFD.
  package static func escaping(_ bytes: [UInt8], limit: Int = defaultLimit) -> String {
    escaping(String(decoding: bytes.prefix(limit * 4 + 4), as: UTF8.self), limit: limit)
  }
}
