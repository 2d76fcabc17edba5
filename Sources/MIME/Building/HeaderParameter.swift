import TenantBase

/// Writes a parameter of Content-Type or Content-Disposition.
///
/// A value in plain ASCII is quoted. Any other is written by RFC 2231, in continuations where it is long; for the
/// programs that do not know RFC 2231, Content-Type's `name` is written in encoded words as well, as mail programs do.
/// Content-Disposition has the RFC 2231 form alone: with a plain `filename` beside it, readers disagree on which one counts.
enum HeaderParameter {
  /// The most bytes of a value on one line.
  private static let pieceLength = 55
  private static let hexDigits = Array("0123456789ABCDEF".unicodeScalars)

  /// Each piece ends a line's token, without the `;` before it.
  static func tokens(_ name: String, _ value: String) -> [String] {
    if value.utf8.count <= pieceLength, isPlain(value) { return ["\(name)=\(tokenOrQuoted(value))"] }
    var pieces = [""]
    for scalar in value.unicodeScalars {
      let escaped = percentEncoded(scalar)
      if (pieces.last?.utf8.count ?? 0) + escaped.utf8.count > pieceLength { pieces.append("") }
      pieces[pieces.count - 1] += escaped
    }
    if pieces.count == 1 { return ["\(name)*=UTF-8''\(pieces[0])"] }
    return pieces.enumerated().map { index, piece in
      "\(name)*\(index)*=\(index == 0 ? "UTF-8''" : "")\(piece)"
    }
  }

  /// The same for a reader without RFC 2231: encoded words inside the quotes.
  static func compatibleTokens(_ name: String, _ value: String) -> [String] {
    if value.utf8.count <= pieceLength, isPlain(value) { return ["\(name)=\(tokenOrQuoted(value))"] }
    let words = EncodedWords.encode(value, firstRoom: 60).map(\.utf8Text)
    // The quotes open before the first word and close after the last; the field is folded at the blanks between.
    var tokens = words
    if tokens.isEmpty { tokens = [""] }
    tokens[0] = "\(name)=\"" + tokens[0]
    tokens[tokens.count - 1] += "\""
    return tokens
  }

  static func tokenOrQuoted(_ value: String) -> String {
    // Fewer than RFC 2045 allows: some readers stop at `'` and `%`.
    let isToken = !value.isEmpty && value.utf8.allSatisfy { isTokenByte($0) && !"'%*`{}|^#&".utf8.contains($0) }
    return isToken ? value : MailAddress.quoted(value)
  }

  /// RFC 2045 section 5.1.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    ASCII.isVisible(byte) && !"()<>@,;:\\\"/[]?=".utf8.contains(byte)
  }

  private static func isPlain(_ value: String) -> Bool {
    value.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !value.contains("=?")
  }

  /// RFC 2231 `attribute-char`s stand for themselves.
  private static func percentEncoded(_ scalar: Unicode.Scalar) -> String {
    var result = ""
    for byte in String(scalar).utf8 {
      let isAttributeByte = isTokenByte(byte) && !"*'%".utf8.contains(byte)
      if isAttributeByte {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += "%"
        result.unicodeScalars.append(hexDigits[Int(byte >> 4)])
        result.unicodeScalars.append(hexDigits[Int(byte & 15)])
      }
    }
    return result
  }
}
