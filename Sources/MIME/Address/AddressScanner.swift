import TenantBase

/// The lexical level of RFC 5322 section 3.2 over UTF-8 (RFC 6532): comments, atoms, quoted strings, domains.
///
/// The input holds no CR, LF or NUL: the scanner refuses them first, so folding has been undone before. Comments may
/// nest up to `maximumCommentDepth`.
struct AddressScanner {
  static let maximumCommentDepth = 32

  let bytes: [UInt8]
  private(set) var position = 0

  init(_ text: String) throws(MIMEError) {
    bytes = Array(text.utf8)
    for (offset, byte) in bytes.enumerated() where byte < 0x20 && byte != ASCII.htab || byte == 0x7F {
      let isLineEnd = byte == ASCII.cr || byte == ASCII.lf || byte == 0
      throw MIMEError(
        isLineEnd ? .controlCharacter : .malformedAddress, offset: offset,
        detail: "a control character (0x\(String(byte, radix: 16))) in an address")
    }
  }

  var isAtEnd: Bool { position >= bytes.count }
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  func failure(_ detail: String, at offset: Int? = nil) -> MIMEError {
    MIMEError(.malformedAddress, offset: offset ?? position, detail: detail)
  }

  /// Skips blanks and comments.
  /// - Returns: whether there was any.
  @discardableResult
  mutating func skipCFWS() throws(MIMEError) -> Bool {
    let start = position
    while let byte = next {
      if byte == ASCII.space || byte == ASCII.htab {
        position += 1
      } else if byte == UInt8(ascii: "(") {
        try skipComment()
      } else {
        break
      }
    }
    return position > start
  }

  private mutating func skipComment() throws(MIMEError) {
    let start = position
    var depth = 0
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "("):
        depth += 1
        if depth > Self.maximumCommentDepth { throw failure("comments nest too deep") }
      case UInt8(ascii: ")"):
        depth -= 1
        if depth == 0 { return }
      case UInt8(ascii: "\\"):
        if isAtEnd { throw failure("a backslash at the end") }
        position += 1
      default: break
      }
    }
    throw failure("a comment without end", at: start)
  }

  /// One or more atom characters; nil (and nothing taken) when there is none.
  mutating func takeAtom() -> String? {
    let start = position
    while let byte = next, Self.isAtomByte(byte) { position += 1 }
    return start == position ? nil : bytes[start..<position].utf8Text
  }

  /// What stands between the quotes, with `\` undone. The scanner stands at the opening quote.
  mutating func takeQuotedString() throws(MIMEError) -> String {
    let start = position
    position += 1
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return content.utf8Text
      case UInt8(ascii: "\\"):
        // RFC 6531 section 3.3 leaves quoted pairs ASCII.
        guard let escaped = next, escaped < 0x7F else { throw failure("a backslash before no printable character") }
        content.append(escaped)
        position += 1
      default: content.append(byte)
      }
    }
    throw failure("a quoted string without end", at: start)
  }

  /// The text of an address literal with its brackets.
  mutating func takeBracketed() throws(MIMEError) -> String {
    let start = position
    while let byte = next {
      position += 1
      if byte == UInt8(ascii: "]") { return bytes[start..<position].utf8Text }
    }
    throw failure("an address literal without end", at: start)
  }

  mutating func move(to offset: Int) { position = offset }

  /// RFC 5322 `atext`, and every byte of a non-ASCII character (RFC 6532).
  static func isAtomByte(_ byte: UInt8) -> Bool {
    if byte >= 0x80 || ASCII.isLetter(byte) || ASCII.isDigit(byte) { return true }
    switch byte {
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
      UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
      UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
      return true
    default: return false
    }
  }
}
