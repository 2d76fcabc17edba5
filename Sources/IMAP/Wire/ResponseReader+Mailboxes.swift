import TenantBase

/// LIST, LSUB, STATUS and NAMESPACE.
extension ResponseReader {
  /// `(attributes) delimiter name`, with what LIST-EXTENDED adds behind it.
  mutating func readListedMailbox() throws(IMAPSyntaxError) -> ListedMailbox {
    let attributes = try lexer.takeValue().elements ?? []
    let delimiter = try readDelimiter()
    return ListedMailbox(
      attributes: Set(attributes.compactMap { $0.text.map(MailboxAttribute.init) }), delimiter: delimiter,
      name: try readLastName())
  }

  /// A quoted character or NIL. Some servers send an empty string, or forget to escape the backslash.
  private mutating func readDelimiter() throws(IMAPSyntaxError) -> Character? {
    lexer.skipBlanks()
    if lexer.rest.starts(with: "\"\\\" ".utf8) {
      lexer.skip(3)
      return "\\"
    }
    return Self.delimiter(try lexer.takeSimpleValue())
  }

  private static func delimiter(_ value: IMAPValue) -> Character? { value.text?.first }

  /// The name of a folder, where only an extension's list may follow.
  ///
  /// Lenient: Exchange sends names with blanks and control characters without quotes.
  private mutating func readLastName() throws(IMAPSyntaxError) -> MailboxName {
    lexer.skipBlanks()
    if lexer.next == IMAPCharacter.quote || lexer.isAtLiteral { return try readQuotedName() }
    return name(takeUnquotedName())
  }

  private mutating func readQuotedName() throws(IMAPSyntaxError) -> MailboxName {
    name(try lexer.takeSimpleValue(.last).bytes ?? [])
  }

  /// Up to ` (` or the end, blanks at the end not counted.
  private mutating func takeUnquotedName() -> [UInt8] {
    let rest = lexer.rest
    var end = rest.endIndex
    for index in rest.indices.dropLast()
    where rest[index] == ASCII.space && rest[index + 1] == IMAPCharacter.openParenthesis {
      end = index
      break
    }
    lexer.skip(end - rest.startIndex)
    var name = rest[..<end]
    while name.last == ASCII.space { name.removeLast() }
    return Array(name)
  }

  private func name(_ bytes: [UInt8]) -> MailboxName { MailboxName(received: bytes, isUTF8: isUTF8) }

  mutating func readMailboxStatus() throws(IMAPSyntaxError) -> MailboxStatus {
    var status = MailboxStatus(name: try readLastName())
    lexer.skipBlanks()
    guard !lexer.isAtEnd else { return status }
    let elements = try lexer.takeValue().elements ?? []
    for index in stride(from: 0, to: elements.count - 1, by: 2) {
      let value = elements[index + 1]
      switch elements[index].text?.uppercased() {
      case "MESSAGES": status.messages = value.number
      case "RECENT": status.recent = value.number
      case "UNSEEN": status.unseen = value.number
      case "UIDNEXT": status.uidNext = value.number
      case "UIDVALIDITY": status.uidValidity = value.number
      case "HIGHESTMODSEQ": status.highestModSequence = value.number
      case "SIZE": status.size = value.number
      case "MAILBOXID": status.mailboxID = value.unwrapped.text
      default: break
      }
    }
    return status
  }

  /// RFC 2342 section 5.
  mutating func readNamespaces() throws(IMAPSyntaxError) -> MailboxNamespaces {
    var namespaces = MailboxNamespaces()
    namespaces.personal = try readNamespaceGroup()
    namespaces.otherUsers = try readNamespaceGroup()
    namespaces.shared = try readNamespaceGroup()
    return namespaces
  }

  private mutating func readNamespaceGroup() throws(IMAPSyntaxError) -> [MailboxNamespaces.Namespace] {
    lexer.skipBlanks()
    guard !lexer.isAtEnd else { return [] }
    let group = try lexer.takeValue().elements ?? []
    return group.compactMap { namespace in
      guard let fields = namespace.elements, let prefix = fields.value(0).bytes else { return nil }
      return MailboxNamespaces.Namespace(prefix: name(prefix), delimiter: Self.delimiter(fields.value(1)))
    }
  }
}
