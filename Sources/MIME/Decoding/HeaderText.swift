import TenantBase

/// Encoded words (RFC 2047) and raw 8-bit text of a header value, as text.
package enum HeaderText {
  /// Decodes an unfolded value. Never fails: what is no encoded word stays as it is.
  ///
  /// Encoded words stand anywhere, also inside words and quotes; blanks between two of them go. Words of one charset that
  /// follow each other are joined before the charset is undone, so that a character may be cut in two. Decoded control
  /// characters become U+FFFD. Time is linear in the length.
  package static func decode(_ value: [UInt8]) -> String {
    guard value.contains(where: { $0 == 0x3D || $0 >= 0x80 || $0 < 0x20 || $0 == 0x7F }) else {
      return String(decoding: value, as: UTF8.self)
    }
    var decoder = HeaderTextDecoder()
    var reader = EncodedWordReader(value)
    while let piece = reader.next() {
      switch piece {
      case .literal(let range): decoder.append(literal: value[range])
      case .word(let word): decoder.append(word)
      }
    }
    return decoder.finish()
  }
}

/// One encoded word, not yet decoded.
struct EncodedWord {
  var charset: String
  var isBase64: Bool
  var text: ArraySlice<UInt8>
}

/// Divides a value into encoded words and what stands between them.
struct EncodedWordReader {
  enum Piece {
    case literal(Range<Int>)
    case word(EncodedWord)
  }

  /// RFC 2047 section 2 allows 75 bytes for the whole word; a charset name has at most 64 with its language (RFC 2231).
  private static let longestCharset = 100

  private let bytes: [UInt8]
  private var index = 0
  private var pending: EncodedWord?
  /// Bytes looked at, for tests of linear time.
  private(set) var examined = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Piece? {
    if let word = pending {
      pending = nil
      return .word(word)
    }
    let start = index
    while index < bytes.count {
      examined += 1
      guard bytes[index] == 0x3D, index + 1 < bytes.count, bytes[index + 1] == 0x3F else {
        index += 1
        continue
      }
      let opening = index
      if let word = word() {
        guard opening > start else { return .word(word) }
        pending = word
        return .literal(start..<opening)
      }
      // `word` has moved the index to where the next word may begin: what was passed holds none.
    }
    return index > start ? .literal(start..<index) : nil
  }

  /// Reads the word that opens at the index. Without one the index moves past what certainly opens none.
  private mutating func word() -> EncodedWord? {
    let opening = index
    var probe = index + 2
    let charsetStart = probe
    while probe < bytes.count, bytes[probe] != 0x3F, probe - charsetStart < Self.longestCharset,
      bytes[probe] > ASCII.space
    {
      probe += 1
    }
    examined += probe - opening
    guard probe > charsetStart, probe + 2 < bytes.count, bytes[probe] == 0x3F, bytes[probe + 2] == 0x3F,
      let isBase64 = Self.isBase64(bytes[probe + 1])
    else {
      index = opening + 2
      return nil
    }
    let charset = bytes[charsetStart..<probe].prefix { $0 != 0x2A }.utf8Text
    let textStart = probe + 3
    probe = textStart
    while probe + 1 < bytes.count {
      if bytes[probe] == 0x3F, bytes[probe + 1] == 0x3D {
        examined += probe - textStart
        index = probe + 2
        return EncodedWord(charset: charset, isBase64: isBase64, text: bytes[textStart..<probe])
      }
      // Another word opens before this one closes: this one is none. `=?=` is padding and the close.
      if bytes[probe] == 0x3D, bytes[probe + 1] == 0x3F, probe + 2 >= bytes.count || bytes[probe + 2] != 0x3D { break }
      probe += 1
    }
    examined += probe - textStart
    index = probe + 1 < bytes.count ? probe : bytes.count
    return nil
  }

  private static func isBase64(_ letter: UInt8) -> Bool? {
    switch letter | 0x20 {
    case 0x62: true
    case 0x71: false
    default: nil
    }
  }
}

/// Puts the pieces of a value together.
private struct HeaderTextDecoder {
  private var text = ""
  /// Decoded bytes of the words so far in one charset.
  private var run: [UInt8] = []
  private var runCharset: String?
  private var base64 = Base64Decoder()
  /// Blanks behind a word: dropped when another word follows.
  private var blanks: ArraySlice<UInt8> = []

  mutating func append(literal: ArraySlice<UInt8>) {
    if runCharset != nil, literal.allSatisfy({ $0 <= ASCII.space }) {
      blanks = literal
      return
    }
    flushRun()
    text += Charset.withoutControls(Charset.guessed(Array(literal)))
  }

  mutating func append(_ word: EncodedWord) {
    blanks = []
    if let charset = runCharset, !ASCII.equalIgnoringCase(charset.utf8, word.charset.utf8) { flushRun() }
    runCharset = word.charset
    if word.isBase64 {
      base64.decode(word.text, into: &run)
    } else {
      base64.finish(into: &run)
      base64 = Base64Decoder()
      QuotedPrintable.decodeWord(word.text, into: &run)
    }
  }

  mutating func finish() -> String {
    flushRun()
    return text
  }

  private mutating func flushRun() {
    if let charset = runCharset {
      base64.finish(into: &run)
      base64 = Base64Decoder()
      text += Charset.decodeHeader(run, charset: charset)
      run = []
      runCharset = nil
    }
    if !blanks.isEmpty {
      text += blanks.utf8Text
      blanks = []
    }
  }
}
