import TenantBase

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

  init(_ start: some Sequence<UInt8>) {
    var words = start.prefix(Self.prefixLength).split(separator: ASCII.space, maxSplits: 3).makeIterator()
    guard words.next().map({ $0.elementsEqual("*".utf8) }) == true, let word = words.next() else {
      self = .text
      return
    }
    if word.allSatisfy(ASCII.isDigit) {
      let isFetch = words.next().map { ASCII.equalIgnoringCase($0, "FETCH".utf8) } ?? false
      self = isFetch ? .fetch : .data
      return
    }
    switch word.utf8Text.uppercased() {
    case "OK", "NO", "BAD", "BYE", "PREAUTH": self = .text
    case "SEARCH", "ESEARCH", "SORT", "THREAD", "VANISHED": self = .numbers
    default: self = word.first == IMAPCharacter.openBracket ? .text : .data
    }
  }

  func lineLimit(_ limits: IMAPParserLimits) -> Int {
    switch self {
    case .text, .data: limits.line
    case .fetch: limits.fetchLine
    case .numbers: limits.searchLine
    }
  }
}
