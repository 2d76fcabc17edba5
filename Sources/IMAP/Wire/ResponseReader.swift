import TenantBase

/// Reads one response that is complete.
struct ResponseReader {
  var lexer: IMAPLexer
  let limits: IMAPParserLimits
  let isUTF8: Bool

  static func read(_ assembly: ResponseAssembly, limits: IMAPParserLimits, isUTF8: Bool) throws(IMAPSyntaxError)
    -> IMAPResponse
  {
    var reader = ResponseReader(lexer: IMAPLexer(assembly, limits: limits), limits: limits, isUTF8: isUTF8)
    return try reader.readResponse()
  }

  /// What a FETCH says before the literal that ends the text; nil when it is no FETCH, or the literal is inside of a
  /// value.
  static func readBegun(_ assembly: ResponseAssembly, limits: IMAPParserLimits) -> FetchedMessage? {
    var lexer = IMAPLexer(assembly, limits: limits)
    guard lexer.take(UInt8(ascii: "*")), let number = IMAPNumber.parse(lexer.takeKeyword().utf8),
      lexer.takeKeyword() == "FETCH"
    else { return nil }
    var fetch = FetchReader(lexer: lexer, message: FetchedMessage(sequenceNumber: number), isBegun: true)
    return try? fetch.read()
  }

  private mutating func readResponse() throws(IMAPSyntaxError) -> IMAPResponse {
    if lexer.take(UInt8(ascii: "+")) {
      _ = lexer.take(ASCII.space)
      return .continuation(Array(lexer.rest))
    }
    guard lexer.next == UInt8(ascii: "*"), lexer.peek(1) == ASCII.space || lexer.peek(1) == nil else {
      return try readTagged()
    }
    lexer.skip(1)
    lexer.skipBlanks()
    // Office 365 sends `* [COPYUID ...]` without OK.
    if lexer.next == IMAPCharacter.openBracket { return .status(StatusReader.read(.ok, lexer.rest, limits: limits)) }
    let start = lexer.position
    let keyword = lexer.takeKeyword()
    if keyword.isEmpty { throw lexer.failure("a response without a name") }
    if let number = IMAPNumber.parse(keyword.utf8) { return try readNumbered(number, start) }
    if keyword.utf8.allSatisfy(ASCII.isDigit) { throw lexer.failure("a number beyond 2^63-1") }
    if let condition = IMAPStatus.Condition(rawValue: keyword) {
      return .status(StatusReader.read(condition, lexer.rest, limits: limits))
    }
    return try readData(keyword)
  }

  private mutating func readTagged() throws(IMAPSyntaxError) -> IMAPResponse {
    let tag = lexer.take { $0 == ASCII.space }
    guard !tag.isEmpty, tag.allSatisfy({ ASCII.isVisible($0) }) else { throw lexer.failure("a response without a tag") }
    guard let condition = IMAPStatus.Condition(rawValue: lexer.takeKeyword()),
      condition == .ok || condition == .no || condition == .bad
    else { throw lexer.failure("an answer that is neither OK nor NO nor BAD") }
    return .tagged(tag: tag.utf8Text, StatusReader.read(condition, lexer.rest, limits: limits))
  }

  private mutating func readNumbered(_ number: UInt64, _ start: Int) throws(IMAPSyntaxError) -> IMAPResponse {
    let keyword = lexer.takeKeyword()
    switch keyword {
    case "EXISTS": return .exists(number)
    case "RECENT": return .recent(number)
    case "EXPUNGE": return .expunge(number)
    case "FETCH":
      var fetch = FetchReader(lexer: lexer, message: FetchedMessage(sequenceNumber: number), isBegun: false)
      return .fetch(try fetch.read())
    case "": throw lexer.failure("a number without a name")
    default: return .other(name: keyword, text: Array(lexer.text[start...]))
    }
  }

  private mutating func readData(_ keyword: String) throws(IMAPSyntaxError) -> IMAPResponse {
    switch keyword {
    case "CAPABILITY": return .capability(StatusReader.capabilities(lexer.rest))
    case "FLAGS": return .flags(try readFlags())
    case "LIST", "XLIST": return .list(try readListedMailbox())
    case "LSUB": return .lsub(try readListedMailbox())
    case "STATUS": return .mailboxStatus(try readMailboxStatus())
    case "SEARCH": return .search(try readSearch())
    case "ESEARCH": return .search(try readExtendedSearch())
    case "VANISHED": return try readVanished()
    case "NAMESPACE": return .namespace(try readNamespaces())
    case "ID": return .id(try readIdentity())
    case "ENABLED": return .enabled(lexer.rest.split(separator: ASCII.space).map { $0.utf8Text.uppercased() })
    default:
      lexer.skipBlanks()
      return .other(name: keyword, text: Array(lexer.rest))
    }
  }

  private mutating func readFlags() throws(IMAPSyntaxError) -> [IMAPFlag] {
    try lexer.takeValue().elements?.compactMap { $0.text.map(IMAPFlag.init) } ?? []
  }

  /// RFC 2971 section 3.2. Some servers send `ID ()` or a single odd name.
  private mutating func readIdentity() throws(IMAPSyntaxError) -> [ServerIdentityField] {
    lexer.skipBlanks()
    guard !lexer.isAtEnd, let elements = try lexer.takeValue().elements else { return [] }
    return stride(from: 0, to: elements.count, by: 2).compactMap { index in
      elements[index].text.map { ServerIdentityField(name: $0, value: elements.value(index + 1).text) }
    }
  }
}
