import TenantBase

/// SEARCH keys as someone wrote them: `OR FROM "a" UNSEEN`. Taken apart and written anew, so that nothing but one search
/// can come of it.
package struct RawSearchText: Sendable, Equatable {
  package let text: String
  let tokens: [RawSearchToken]

  /// - Throws: `.controlCharacter`, `.malformedSearch` or `.tooLong`.
  package init(_ text: String) throws(IMAPCommandError) {
    self.text = text
    tokens = try RawSearchToken.parse(Array(text.utf8))
  }
}

enum RawSearchToken: Sendable, Equatable {
  case open
  case close
  /// Printable ASCII that is neither quote nor parenthesis nor brace.
  case word(String)
  /// What stood between quotes, and a word beyond ASCII.
  case string([UInt8])

  private static let longest = 16 * 1024
  private static let deepest = 32

  static func parse(_ text: [UInt8]) throws(IMAPCommandError) -> [RawSearchToken] {
    let field = "raw search"
    if text.count > longest {
      throw IMAPCommandError(.tooLong(limit: longest), field: field)
    }
    if text.contains(where: { $0 == 0 || $0 == ASCII.cr || $0 == ASCII.lf }) {
      throw IMAPCommandError(.controlCharacter, field: field)
    }
    var scanner = RawSearchScanner(text: text)
    var tokens: [RawSearchToken] = []
    var depth = 0
    while let token = scanner.next() {
      switch token {
      case .open: depth += 1
      case .close: depth -= 1
      default: break
      }
      let isEmptyGroup = token == .close && tokens.last == .open
      if depth < 0 || depth > deepest || isEmptyGroup { throw IMAPCommandError(.malformedSearch, field: field) }
      tokens.append(token)
    }
    if depth != 0 || scanner.isMalformed || tokens.isEmpty { throw IMAPCommandError(.malformedSearch, field: field) }
    return tokens
  }
}

private struct RawSearchScanner {
  let text: [UInt8]
  var position = 0
  var isMalformed = false

  mutating func next() -> RawSearchToken? {
    while position < text.count, text[position] == ASCII.space || text[position] == ASCII.htab { position += 1 }
    guard position < text.count, !isMalformed else { return nil }
    switch text[position] {
    case IMAPCharacter.openParenthesis:
      position += 1
      return .open
    case IMAPCharacter.closeParenthesis:
      position += 1
      return .close
    case IMAPCharacter.quote: return quoted()
    default: return word()
    }
  }

  private mutating func quoted() -> RawSearchToken? {
    var content: [UInt8] = []
    position += 1
    while position < text.count {
      let byte = text[position]
      position += 1
      if byte == IMAPCharacter.quote { return .string(content) }
      if byte == IMAPCharacter.backslash, position < text.count {
        content.append(text[position])
        position += 1
      } else {
        content.append(byte)
      }
    }
    isMalformed = true
    return nil
  }

  private mutating func word() -> RawSearchToken? {
    let start = position
    while position < text.count, !Self.endsWord(text[position]) { position += 1 }
    let word = text[start..<position]
    if word.allSatisfy({ ASCII.isVisible($0) && $0 != IMAPCharacter.openBrace }) { return .word(word.utf8Text) }
    isMalformed = word.contains { $0 < 0x80 && !ASCII.isVisible($0) || $0 == IMAPCharacter.openBrace }
    return isMalformed ? nil : .string(Array(word))
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case ASCII.space, ASCII.htab, IMAPCharacter.openParenthesis, IMAPCharacter.closeParenthesis, IMAPCharacter.quote:
      true
    default: false
    }
  }
}
