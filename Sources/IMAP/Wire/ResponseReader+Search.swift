import TenantBase

/// SEARCH, ESEARCH and VANISHED.
extension ResponseReader {
  /// Numbers between blanks, and `(MODSEQ n)` behind them (RFC 7162). Blanks at the end are common.
  mutating func readSearch() throws(IMAPSyntaxError) -> SearchResult {
    var ranges: [ClosedRange<UInt64>] = []
    var result = SearchResult()
    while true {
      lexer.skipBlanks()
      guard let next = lexer.next else { break }
      if next == IMAPCharacter.openParenthesis {
        let elements = try lexer.takeValue().elements ?? []
        if elements.value(0).text?.uppercased() == "MODSEQ" { result.modSequence = elements.value(1).number }
        continue
      }
      guard let number = IMAPNumber.parse(lexer.takeAtom()) else { throw lexer.failure("no number in SEARCH") }
      if let last = ranges.last, number > 0, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        try count(ranges)
        ranges.append(number...number)
      }
    }
    result.numbers = UIDSet(ranges: ranges)
    return result
  }

  private func count(_ ranges: [ClosedRange<UInt64>]) throws(IMAPSyntaxError) {
    if ranges.count < limits.searchRanges { return }
    throw lexer.failure(
      "more than \(limits.searchRanges) ranges of numbers", .tooManyValues(limit: limits.searchRanges))
  }

  /// RFC 4731 section 3.1: `(TAG "A1") UID COUNT 2 ALL 1:3,5`.
  mutating func readExtendedSearch() throws(IMAPSyntaxError) -> SearchResult {
    var result = SearchResult()
    while true {
      lexer.skipBlanks()
      guard let next = lexer.next else { return result }
      if next == IMAPCharacter.openParenthesis {
        let correlator = try lexer.takeValue().elements ?? []
        if correlator.value(0).text?.uppercased() == "TAG" { result.tag = correlator.value(1).text }
        continue
      }
      let name = lexer.takeKeyword()
      if name == "UID" {
        result.isUID = true
        continue
      }
      lexer.skipBlanks()
      guard !lexer.isAtEnd else { return result }
      if name == "ALL" {
        result.numbers = try readSet()
      } else {
        Self.assign(try lexer.takeValue(), to: name, of: &result)
      }
    }
  }

  private static func assign(_ value: IMAPValue, to name: String, of result: inout SearchResult) {
    switch name {
    case "COUNT": result.count = value.number
    case "MIN": result.minimum = value.number
    case "MAX": result.maximum = value.number
    case "MODSEQ": result.modSequence = value.unwrapped.number
    case "PARTIAL":
      // RFC 9394: the range asked for, then what of it was found.
      guard let found = value.elements?.value(1).bytes, let set = UIDSet(wire: found) else { return }
      result.numbers = set
    default: break
    }
  }

  private mutating func readSet() throws(IMAPSyntaxError) -> UIDSet {
    let text = lexer.takeAtom()
    guard let ranges = UIDSet.parseRanges(text) else { throw lexer.failure("no set of numbers") }
    if ranges.count > limits.searchRanges { try count(ranges) }
    return UIDSet(ranges: ranges)
  }

  /// RFC 7162 section 3.2.10.
  mutating func readVanished() throws(IMAPSyntaxError) -> IMAPResponse {
    lexer.skipBlanks()
    var isEarlier = false
    if lexer.next == IMAPCharacter.openParenthesis {
      isEarlier = try lexer.takeValue().unwrapped.text?.uppercased() == "EARLIER"
      lexer.skipBlanks()
    }
    return .vanished(try readSet(), isEarlier: isEarlier)
  }
}
