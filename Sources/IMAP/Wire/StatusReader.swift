import TenantBase

/// Reads what follows OK, NO, BAD, BYE and PREAUTH: a code in brackets, where there is one, and a text. Never fails: what
/// is no code is text.
enum StatusReader {
  static func read(_ condition: IMAPStatus.Condition, _ rest: ArraySlice<UInt8>, limits: IMAPParserLimits)
    -> IMAPStatus
  {
    let rest = trimmed(rest)
    guard rest.first == IMAPCharacter.openBracket, let end = endOfCode(rest) else {
      return IMAPStatus(condition, text: rest.utf8Text)
    }
    let code = readCode(rest[(rest.startIndex + 1)..<end], limits: limits)
    return IMAPStatus(condition, code: code, text: trimmed(rest[(end + 1)...]).utf8Text)
  }

  /// CAPABILITY's names. Some servers write `LITERAL +` with a blank.
  static func capabilities(_ text: ArraySlice<UInt8>) -> IMAPCapabilities {
    var names: [String] = []
    for word in text.split(separator: ASCII.space) {
      let isSuffix = word.count == 1 && (word.first == UInt8(ascii: "+") || word.first == UInt8(ascii: "-"))
      if isSuffix, let last = names.popLast() {
        names.append(last + word.utf8Text)
      } else {
        names.append(word.utf8Text)
      }
    }
    return IMAPCapabilities(names)
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text.drop { $0 == ASCII.space }
    while text.last == ASCII.space { text.removeLast() }
    return text
  }

  /// The bracket that closes the code: the first outside quotes and parentheses, or simply the first where those are
  /// not closed.
  private static func endOfCode(_ text: ArraySlice<UInt8>) -> Int? {
    var depth = 0
    var isQuoted = false
    for index in text.indices {
      switch text[index] {
      case IMAPCharacter.quote: isQuoted.toggle()
      case IMAPCharacter.openParenthesis where !isQuoted: depth += 1
      case IMAPCharacter.closeParenthesis where !isQuoted: depth -= 1
      case IMAPCharacter.closeBracket where !isQuoted && depth <= 0: return index
      default: break
      }
    }
    return text.firstIndex(of: IMAPCharacter.closeBracket)
  }

  // MARK: codes

  private static let plain: [String: IMAPResponseCode] = [
    "ALERT": .alert, "ALREADYEXISTS": .alreadyExists, "AUTHENTICATIONFAILED": .authenticationFailed,
    "AUTHORIZATIONFAILED": .authorizationFailed, "BADCHARSET": .badCharset, "CANNOT": .cannot,
    "CLIENTBUG": .clientBug, "CLOSED": .closed, "CONTACTADMIN": .contactAdministrator, "CORRUPTION": .corruption,
    "EXPIRED": .expired, "EXPUNGEISSUED": .expungeIssued, "HASCHILDREN": .hasChildren, "INUSE": .inUse,
    "LIMIT": .limit, "NONEXISTENT": .nonExistent, "NOMODSEQ": .noModSequence, "NOPERM": .noPermission,
    "OVERQUOTA": .overQuota, "PARSE": .parse, "PRIVACYREQUIRED": .privacyRequired, "READ-ONLY": .readOnly,
    "READ-WRITE": .readWrite, "SERVERBUG": .serverBug, "TOOBIG": .tooBig, "TRYCREATE": .tryCreate,
    "UIDNOTSTICKY": .uidNotSticky, "UNAVAILABLE": .unavailable, "UNKNOWN-CTE": .unknownCTE,
  ]

  private static func readCode(_ text: ArraySlice<UInt8>, limits: IMAPParserLimits) -> IMAPResponseCode {
    let text = trimmed(text)
    let name = text.prefix { $0 != ASCII.space }.utf8Text.uppercased()
    let argument = trimmed(text.drop { $0 != ASCII.space })
    if let code = plain[name] { return code }
    return readArgument(of: name, argument, limits: limits) ?? .other(name: name, text: argument.utf8Text)
  }

  private static func readArgument(of name: String, _ argument: ArraySlice<UInt8>, limits: IMAPParserLimits)
    -> IMAPResponseCode?
  {
    switch name {
    case "APPENDUID":
      let words = argument.split(separator: ASCII.space)
      guard words.count == 2, let validity = IMAPNumber.parse(words[0]), let uids = UIDSet(wire: words[1]) else {
        return nil
      }
      return .appendUID(uidValidity: validity, uids: uids)
    case "CAPABILITY": return .capability(capabilities(argument))
    case "COPYUID":
      let words = argument.split(separator: ASCII.space)
      guard words.count == 3, let validity = IMAPNumber.parse(words[0]), let source = UIDSet.parseRanges(words[1]),
        let destination = UIDSet.parseRanges(words[2])
      else { return nil }
      return .copyUID(UIDMapping(uidValidity: validity, source: source, destination: destination))
    case "HIGHESTMODSEQ": return IMAPNumber.parse(argument).map { .highestModSequence($0) }
    case "MAILBOXID": return values(argument, limits).value(0).unwrapped.text.map { .mailboxID($0) }
    case "PERMANENTFLAGS":
      let flags = values(argument, limits).value(0).elements ?? []
      return .permanentFlags(flags.compactMap { $0.text.map(IMAPFlag.init) })
    case "REFERRAL": return .referral(argument.utf8Text)
    case "UIDNEXT": return IMAPNumber.parse(argument).map { .uidNext($0) }
    case "UIDVALIDITY": return IMAPNumber.parse(argument).map { .uidValidity($0) }
    case "UNSEEN": return IMAPNumber.parse(argument).map { .unseen($0) }
    default: return nil
    }
  }

  /// The first value of the argument; none when it is no value.
  private static func values(_ argument: ArraySlice<UInt8>, _ limits: IMAPParserLimits) -> [IMAPValue] {
    var lexer = IMAPLexer(Array(argument), limits: limits)
    return (try? lexer.takeValue()).map { [$0] } ?? []
  }
}
