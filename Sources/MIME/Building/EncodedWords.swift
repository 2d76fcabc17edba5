import TenantBase

/// Writes text as encoded words (RFC 2047) in UTF-8.
enum EncodedWords {
  /// The longest encoded word (RFC 2047 section 2).
  static let wordLimit = 75
  /// Below this much room a word goes to the next line rather than being cut very short.
  static let leastRoom = 30

  private static let base64Overhead = "=?UTF-8?B?".utf8.count + "?=".utf8.count
  private static let hexDigits = Array("0123456789ABCDEF".utf8)

  /// Cuts `text` into encoded words, never inside a character, in the shorter of the two encodings.
  ///
  /// - Parameter firstRoom: the most bytes of the first word; the others have `wordLimit`.
  static func encode(_ text: String, firstRoom: Int) -> [[UInt8]] {
    let quotedLength = text.utf8.reduce(0) { $0 + (isPlain($1) || $1 == ASCII.space ? 1 : 3) }
    let usesBase64 = (text.utf8.count + 2) / 3 * 4 < quotedLength
    var words: [[UInt8]] = []
    var chunk: [UInt8] = []
    var cost = 0
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      let added = bytes.reduce(0) { $0 + (isPlain($1) || $1 == ASCII.space ? 1 : 3) }
      let newLength = usesBase64 ? (chunk.count + bytes.count + 2) / 3 * 4 : cost + added
      let room = (words.isEmpty ? min(firstRoom, wordLimit) : wordLimit) - base64Overhead
      if newLength > room, !chunk.isEmpty {
        words.append(word(chunk, usesBase64: usesBase64))
        chunk = []
        cost = 0
      }
      chunk += bytes
      cost += added
    }
    if !chunk.isEmpty { words.append(word(chunk, usesBase64: usesBase64)) }
    return words
  }

  private static func word(_ chunk: [UInt8], usesBase64: Bool) -> [UInt8] {
    var word = Array((usesBase64 ? "=?UTF-8?B?" : "=?UTF-8?Q?").utf8)
    if usesBase64 {
      var encoder = Base64LineEncoder(lineLength: .max)
      encoder.encode(chunk, into: &word)
      encoder.finish(into: &word)
    } else {
      for byte in chunk {
        if byte == ASCII.space {
          word.append(UInt8(ascii: "_"))
        } else if isPlain(byte) {
          word.append(byte)
        } else {
          word += [UInt8(ascii: "="), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
        }
      }
    }
    return word + Array("?=".utf8)
  }

  /// What may stand for itself everywhere, also in a phrase (RFC 2047 section 5, rule 3).
  private static func isPlain(_ byte: UInt8) -> Bool {
    ASCII.isLetter(byte) || ASCII.isDigit(byte) || "!*+-/".utf8.contains(byte)
  }
}
