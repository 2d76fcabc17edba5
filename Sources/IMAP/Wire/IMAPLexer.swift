import TenantBase

/// Takes a response apart into the grammar's shapes, with the leniency that real servers need.
///
/// Works on the text of one response; nothing is ever taken back, so time is linear in its length but for quoted strings
/// in damaged nesting.
struct IMAPLexer {
  /// What may follow a quoted string: decides whether a quote ends it or was forgotten to be escaped.
  enum Quoting {
    /// Anything behind a blank.
    case ordinary
    /// In ENVELOPE and BODYSTRUCTURE no other atom than NIL and a number.
    case structure
    /// At the end of LIST and STATUS: nothing but a list.
    case last
  }

  let text: [UInt8]
  let limits: IMAPParserLimits
  private(set) var position: Int
  private let literals: [ResponseAssembly.Literal]
  private var nextLiteral = 0
  private var values = 0

  init(_ text: [UInt8], from position: Int = 0, limits: IMAPParserLimits) {
    self.text = text
    self.position = position
    self.limits = limits
    literals = []
  }

  init(_ assembly: ResponseAssembly, from position: Int = 0, limits: IMAPParserLimits) {
    text = assembly.text
    literals = assembly.literals
    self.position = position
    self.limits = limits
  }

  var isAtEnd: Bool { position >= text.count }
  var next: UInt8? { position < text.count ? text[position] : nil }
  var rest: ArraySlice<UInt8> { text[min(position, text.count)...] }

  func peek(_ distance: Int) -> UInt8? { position + distance < text.count ? text[position + distance] : nil }

  func failure(_ detail: String, _ kind: IMAPSyntaxError.Kind = .malformed) -> IMAPSyntaxError {
    IMAPSyntaxError(kind, offset: position, detail)
  }

  mutating func skipBlanks() { while next == IMAPCharacter.space { position += 1 } }

  mutating func skip(_ count: Int) { position = min(position + count, text.count) }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Bytes up to the first that `isEnd` says; may be empty.
  mutating func take(until isEnd: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    while position < text.count, !isEnd(text[position]) { position += 1 }
    return text[start..<position]
  }

  /// The next word, in capitals; empty at the end.
  mutating func takeKeyword() -> String {
    skipBlanks()
    return IMAPCharacter.capitals(take { $0 == IMAPCharacter.space || $0 == IMAPCharacter.openParenthesis })
  }

  // MARK: values

  /// Takes one value, lists with all that is in them. Without recursion: nesting is the peer's choice.
  mutating func takeValue(_ quoting: Quoting = .ordinary) throws(IMAPSyntaxError) -> IMAPValue {
    var open: [[IMAPValue]] = []
    while true {
      skipBlanks()
      let value: IMAPValue
      switch next {
      case nil: throw failure(open.isEmpty ? "a value is missing" : "a parenthesis is not closed")
      case IMAPCharacter.openParenthesis:
        position += 1
        if open.count == limits.nesting {
          throw failure(
            "more than \(limits.nesting) parentheses inside each other", .nestedTooDeep(limit: limits.nesting))
        }
        try countValue()
        open.append([])
        continue
      case IMAPCharacter.closeParenthesis:
        guard let list = open.popLast() else { throw failure("a parenthesis is closed that was not opened") }
        position += 1
        value = .list(list)
      default:
        try countValue()
        value = try takeSimpleValue(quoting)
      }
      if open.isEmpty { return value }
      open[open.count - 1].append(value)
    }
  }

  /// A string, a literal, NIL or an atom.
  mutating func takeSimpleValue(_ quoting: Quoting = .ordinary) throws(IMAPSyntaxError) -> IMAPValue {
    if let literal = takeLiteral() { return literal }
    if next == IMAPCharacter.quote { return .string(try takeQuoted(quoting)) }
    let atom = takeAtom()
    if atom.isEmpty { throw failure("a value is missing") }
    return IMAPCharacter.isNil(atom) ? .absent : .atom(Array(atom))
  }

  /// Whether a literal stands here.
  var isAtLiteral: Bool { nextLiteral < literals.count && literals[nextLiteral].position == position }

  mutating func takeLiteral() -> IMAPValue? {
    guard isAtLiteral else { return nil }
    let literal = literals[nextLiteral]
    nextLiteral += 1
    position += literal.length
    switch literal.content {
    case .held(let bytes): return .string(bytes)
    case .streamed(let byteCount): return .streamed(byteCount: byteCount)
    }
  }

  /// Up to a blank, a parenthesis or a quote.
  mutating func takeAtom() -> ArraySlice<UInt8> {
    let start = position
    let end = nextLiteral < literals.count ? max(start, literals[nextLiteral].position) : text.count
    while position < end, !Self.endsAtom(text[position]) { position += 1 }
    return text[start..<position]
  }

  static func endsAtom(_ byte: UInt8) -> Bool {
    switch byte {
    case IMAPCharacter.space, IMAPCharacter.openParenthesis, IMAPCharacter.closeParenthesis, IMAPCharacter.quote: true
    default: false
    }
  }

  private mutating func countValue() throws(IMAPSyntaxError) {
    values += 1
    if values > limits.values {
      throw failure("more than \(limits.values) values", .tooManyValues(limit: limits.values))
    }
  }

  // MARK: quoted strings

  /// - Precondition: a quote stands here.
  mutating func takeQuoted(_ quoting: Quoting = .ordinary) throws(IMAPSyntaxError) -> [UInt8] {
    let start = position
    var content: [UInt8] = []
    var copied = start + 1
    position = copied
    while position < text.count {
      let byte = text[position]
      if byte == IMAPCharacter.backslash, let escaped = peek(1),
        escaped == IMAPCharacter.quote || escaped == IMAPCharacter.backslash
      {
        content.append(contentsOf: text[copied..<position])
        copied = position + 1
        position += 2
      } else if byte == IMAPCharacter.quote, endsString(at: position, quoting) {
        content.append(contentsOf: text[copied..<position])
        position += 1
        return content
      } else {
        position += 1
      }
    }
    position = start
    throw failure("a quoted string without its end")
  }

  // Lenient: servers forget to escape quotes (`"foo "bar".pdf"`), so a quote ends the string only where something of the
  // grammar follows it.
  private func endsString(at quote: Int, _ quoting: Quoting) -> Bool {
    var index = quote + 1
    guard index < text.count else { return true }
    switch text[index] {
    case IMAPCharacter.openParenthesis, IMAPCharacter.closeParenthesis, IMAPCharacter.closeBracket: return true
    case IMAPCharacter.space: break
    default: return false
    }
    guard quoting != .ordinary else { return true }
    while index < text.count, text[index] == IMAPCharacter.space { index += 1 }
    guard index < text.count, text[index] != IMAPCharacter.openParenthesis else { return true }
    return quoting == .structure && beginsStructureValue(at: index)
  }

  private func beginsStructureValue(at index: Int) -> Bool {
    switch text[index] {
    case IMAPCharacter.closeParenthesis, IMAPCharacter.quote, IMAPCharacter.openBrace, UInt8(ascii: "~"),
      UInt8(ascii: "-"):
      return true
    case UInt8(ascii: "N"), UInt8(ascii: "n"):
      let word = text[index...].prefix { !Self.endsAtom($0) }
      return IMAPCharacter.isNil(word)
    default: return IMAPCharacter.isDigit(text[index])
    }
  }
}
