import TenantBase

/// Reads the items of a FETCH response (RFC 3501 section 7.4.2).
struct FetchReader {
  var lexer: IMAPLexer
  var message: FetchedMessage
  /// The text ends in the announcement of a literal that is still to come.
  let isBegun: Bool
  /// Parentheses around items that the grammar has not: Domino puts some around ENVELOPE.
  private var extraParentheses = 0

  init(lexer: IMAPLexer, message: FetchedMessage, isBegun: Bool) {
    self.lexer = lexer
    self.message = message
    self.isBegun = isBegun
  }

  mutating func read() throws(IMAPSyntaxError) -> FetchedMessage {
    lexer.skipBlanks()
    guard lexer.take(IMAPCharacter.openParenthesis) else { throw lexer.failure("a FETCH without its list") }
    while true {
      lexer.skipBlanks()
      switch lexer.next {
      case nil:
        if isBegun { return message }
        throw lexer.failure("the list of a FETCH is not closed")
      case IMAPCharacter.openParenthesis:
        try openExtra()
      case IMAPCharacter.closeParenthesis:
        lexer.skip(1)
        if extraParentheses == 0 { return try finish() }
        extraParentheses -= 1
      default:
        try readItem()
      }
    }
  }

  private mutating func openExtra() throws(IMAPSyntaxError) {
    extraParentheses += 1
    lexer.skip(1)
    if extraParentheses > lexer.limits.nesting {
      throw lexer.failure("too many parentheses", .nestedTooDeep(limit: lexer.limits.nesting))
    }
  }

  private mutating func finish() throws(IMAPSyntaxError) -> FetchedMessage {
    lexer.skipBlanks()
    if !lexer.isAtEnd { throw lexer.failure("text behind the list of a FETCH") }
    return message
  }

  private mutating func readItem() throws(IMAPSyntaxError) {
    let written = lexer.take { IMAPLexer.endsAtom($0) || $0 == IMAPCharacter.openBracket }
    let name = IMAPCharacter.capitals(written)
    if name.isEmpty { throw lexer.failure("an item without a name in a FETCH") }
    if lexer.next == IMAPCharacter.openBracket { return try readSection(of: name) }
    switch name {
    case "RFC822": try readContent(of: BodySection.wholeMessage, origin: nil)
    case "RFC822.HEADER": try readContent(of: BodySection.header, origin: nil)
    case "RFC822.TEXT": try readContent(of: BodySection(.text), origin: nil)
    case "ENVELOPE": message.envelope = EnvelopeReader.envelope(try lexer.takeValue(.structure))
    case "BODY", "BODYSTRUCTURE": message.bodyStructure = StructureReader.structure(try lexer.takeValue(.structure))
    default: assign(try lexer.takeValue(), to: name)
    }
  }

  private mutating func assign(_ value: IMAPValue, to name: String) {
    switch name {
    case "UID": message.uid = value.number
    case "FLAGS": message.flags = Set((value.elements ?? []).compactMap { $0.text.map(IMAPFlag.init) })
    case "INTERNALDATE": message.internalDate = value.bytes.flatMap(IMAPDate.parse)
    case "RFC822.SIZE": message.size = value.number
    case "MODSEQ": message.modSequence = value.unwrapped.number
    case "EMAILID", "X-GM-MSGID": message.emailID = value.unwrapped.text
    case "THREADID", "X-GM-THRID": message.threadID = value.unwrapped.text
    default: message.otherItems[name] = value
    }
  }

  // MARK: sections

  private mutating func readSection(of name: String) throws(IMAPSyntaxError) {
    let start = lexer.position
    var sections = SectionReader(lexer: lexer)
    let section = try sections.read()
    lexer = sections.lexer
    guard name == "BODY" || name == "BODY.PEEK" || name == "BINARY" else {
      let written = IMAPCharacter.capitals(lexer.text[start..<lexer.position])
      message.otherItems[name + written] = try lexer.takeValue()
      return
    }
    var origin: UInt64?
    if lexer.take(UInt8(ascii: "<")) {
      origin = IMAPNumber.parse(lexer.take { $0 == UInt8(ascii: ">") || IMAPLexer.endsAtom($0) })
      guard origin != nil, lexer.take(UInt8(ascii: ">")) else { throw lexer.failure("a section without its origin") }
    }
    try readContent(of: section, origin: origin)
  }

  private mutating func readContent(of section: BodySection, origin: UInt64?) throws(IMAPSyntaxError) {
    lexer.skipBlanks()
    var content = FetchedSection.Content.absent
    if hasContent {
      switch try lexer.takeSimpleValue() {
      case .string(let bytes), .atom(let bytes): content = .bytes(bytes)
      case .streamed(let byteCount): content = .streamed(byteCount: byteCount)
      case .absent, .list: break
      }
    }
    message.sections.append(FetchedSection(section, origin: origin, content: content))
  }

  /// Lenient: Yandex sends `BODY[1]` without a value, so that the next item or the end of the list follows.
  private var hasContent: Bool {
    if lexer.isAtLiteral || lexer.next == IMAPCharacter.quote { return true }
    return IMAPCharacter.isNil(lexer.rest.prefix { !IMAPLexer.endsAtom($0) })
  }
}

/// Reads what stands between the brackets of BODY[...].
struct SectionReader {
  var lexer: IMAPLexer

  /// - Precondition: the opening bracket stands here.
  mutating func read() throws(IMAPSyntaxError) -> BodySection {
    lexer.skip(1)
    var section = BodySection()
    while let digit = lexer.next, IMAPCharacter.isDigit(digit) {
      let number = IMAPNumber.parse(lexer.take { !IMAPCharacter.isDigit($0) })
      guard let number, number <= UInt64(Int32.max), section.part.count < lexer.limits.nesting else {
        throw lexer.failure("a part number that no message has")
      }
      section.part.append(Int(number))
      if !lexer.take(ASCII.dot) { break }
    }
    let name = lexer.take { IMAPLexer.endsAtom($0) || $0 == IMAPCharacter.closeBracket }
    section.text = try readText(IMAPCharacter.capitals(name))
    lexer.skipBlanks()
    guard lexer.take(IMAPCharacter.closeBracket) else { throw lexer.failure("a section that is not closed") }
    return section
  }

  private mutating func readText(_ name: String) throws(IMAPSyntaxError) -> BodySection.Text {
    switch name {
    case "": return .whole
    case "HEADER": return .header
    case "TEXT": return .text
    case "MIME": return .mime
    case "HEADER.FIELDS": return .headerFields(try readNames())
    case "HEADER.FIELDS.NOT": return .headerFieldsNot(try readNames())
    default: throw lexer.failure("a section of an unknown kind")
    }
  }

  private mutating func readNames() throws(IMAPSyntaxError) -> [String] {
    try lexer.takeValue().elements?.compactMap { $0.bytes.map { IMAPCharacter.capitals($0[...]) } } ?? []
  }
}
