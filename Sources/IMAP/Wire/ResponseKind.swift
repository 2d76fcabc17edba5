/// What the first bytes of a response say of its grammar.
enum ResponseKind: Equatable {
  /// A status, a tagged answer or `+`: free text to the line's end, so nothing in it is a literal.
  case text
  case fetch
  /// SEARCH and its relatives, whose one line may name every message.
  case numbers
  case data

  /// As many bytes as it takes to tell: `* ` with a number of 20 digits and a keyword.
  static let prefixLength = 40

  init(_ start: ArraySlice<UInt8>) {
    var rest = start.prefix(Self.prefixLength)
    guard Self.takeWord(&rest).elementsEqual([UInt8(ascii: "*")]) else {
      self = .text
      return
    }
    let word = Self.takeWord(&rest)
    if let first = word.first, IMAPCharacter.isDigit(first) {
      self = IMAPCharacter.capitals(Self.takeWord(&rest)) == "FETCH" ? .fetch : .data
      return
    }
    switch IMAPCharacter.capitals(word) {
    case "", "OK", "NO", "BAD", "BYE", "PREAUTH": self = .text
    case "SEARCH", "ESEARCH", "SORT", "THREAD", "VANISHED": self = .numbers
    default: self = word.first == IMAPCharacter.openBracket ? .text : .data
    }
  }

  /// Up to a blank, blanks before it passed over.
  private static func takeWord(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = rest.firstIndex { $0 != IMAPCharacter.space } ?? rest.endIndex
    // `FETCH(` has no blank.
    let end =
      rest[start...].firstIndex { $0 == IMAPCharacter.space || $0 == IMAPCharacter.openParenthesis } ?? rest.endIndex
    defer { rest = rest[end...] }
    return rest[start..<end]
  }

  func lineLimit(_ limits: IMAPParserLimits) -> Int {
    switch self {
    case .text, .data: limits.line
    case .fetch: limits.fetchLine
    case .numbers: limits.searchLine
    }
  }
}
