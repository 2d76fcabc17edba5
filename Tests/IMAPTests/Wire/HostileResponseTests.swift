import TenantBase
import Testing

@testable import IMAP

@Suite struct HostileResponseTests {
  private func kind(_ text: String, limits: IMAPParserLimits = IMAPParserLimits()) -> IMAPSyntaxError.Kind? {
    WireSupport.parse(text, limits: limits).error?.kind
  }

  @Test func `a literal greater than a message is refused before it is read`() {
    let limit = 512 * 1024 * 1024
    #expect(kind("* 1 FETCH (BODY[] {4294967295}\r\n") == .literalTooLarge(byteCount: 4_294_967_295, limit: limit))
    #expect(kind("* LIST () \"/\" {536870913}\r\n") == .literalTooLarge(byteCount: 536_870_913, limit: limit))
  }

  @Test func `a literal's size must be a number`() {
    #expect(kind("* 1 FETCH (BODY[] {18446744073709551617}\r\n") == .malformedLiteral)
    #expect(kind("* 1 FETCH (BODY[] {9223372036854775808}\r\n") == .malformedLiteral)
    #expect(kind("* 1 FETCH (BODY[] {-1}\r\n") == .malformedLiteral)
    #expect(kind("* 1 FETCH (BODY[] {}\r\n") == .malformed)
    #expect(kind("* 1 FETCH (BODY[] {x}\r\n") == .malformed)
    #expect(kind("* 1 FETCH (BODY[] { 5}\r\n") == .malformed)
  }

  @Test func `a line that never ends is refused at its limit`() {
    let limits = IMAPParserLimits()
    for start in ["* OK ", "A1 OK ", "+ ", "* LIST () \"/\" ", "* CAPABILITY ", "garbage", "* QUOTA "] {
      let fits = start + String(repeating: "x", count: limits.line - start.utf8.count)
      #expect(kind(fits + "xx\r") == .lineTooLong(limit: limits.line))
      #expect(kind(fits + "x\r\n") == .lineTooLong(limit: limits.line))
      #expect(kind(fits) == nil)
    }
    #expect(kind(String(repeating: "\0", count: limits.line + 2)) == .lineTooLong(limit: limits.line))
  }

  @Test func `a line limit holds across literals`() {
    var limits = IMAPParserLimits()
    limits.line = 60
    let part = String(repeating: "x", count: 25)
    #expect(kind("* QUOTA {1}\r\na \(part) {1}\r\nb", limits: limits) == nil)
    #expect(kind("* QUOTA {1}\r\na \(part) {1}\r\nb \(part) {1}\r\n", limits: limits) == .lineTooLong(limit: 60))
  }

  @Test func `FETCH and SEARCH have longer lines`() {
    var limits = IMAPParserLimits()
    limits.line = 50
    limits.fetchLine = 100
    limits.searchLine = 200
    let numbers = String(repeating: " 1", count: 60)
    #expect(kind("* SEARCH\(numbers)\r\n", limits: limits) == nil)
    #expect(kind("* SEARCH\(numbers)\(numbers)\r\n", limits: limits) == .lineTooLong(limit: 200))
    #expect(kind("* 1 FETCH (X \(String(repeating: "y", count: 60)))\r\n", limits: limits) == nil)
    #expect(kind("* 1 FETCH (X \(String(repeating: "y", count: 90)))\r\n", limits: limits) == .lineTooLong(limit: 100))
    #expect(kind("* 1 EXISTS \(String(repeating: "y", count: 60))\r\n", limits: limits) == .lineTooLong(limit: 50))
  }

  @Test func `nesting has a limit and costs no stack`() {
    let deep = String(repeating: "(", count: 60_000)
    #expect(kind("* 1 FETCH (X \(deep)\r\n") == .nestedTooDeep(limit: 64))
    #expect(kind("* 1 FETCH \(deep)\r\n") == .nestedTooDeep(limit: 64))
    #expect(kind("* 1 FETCH (BODYSTRUCTURE \(deep)\r\n") == .nestedTooDeep(limit: 64))
    #expect(kind("* LIST \(deep)\r\n") == .nestedTooDeep(limit: 64))
    #expect(kind("* NAMESPACE \(deep)\r\n") == .nestedTooDeep(limit: 64))
    #expect(kind("* SEARCH \(deep)\r\n") == .nestedTooDeep(limit: 64))
    let allowed = String(repeating: "(", count: 64) + String(repeating: ")", count: 64)
    #expect(kind("* 1 FETCH (BODYSTRUCTURE \(allowed))\r\n") == nil)
    #expect(kind("* 1 FETCH (X (\(allowed)))\r\n") == .nestedTooDeep(limit: 64))
  }

  @Test func `values literals and ranges have limits`() {
    var limits = IMAPParserLimits()
    limits.values = 10
    limits.literals = 3
    limits.searchRanges = 5
    #expect(kind("* FLAGS (a b c d e f g h i)\r\n", limits: limits) == nil)
    #expect(kind("* FLAGS (a b c d e f g h i j k)\r\n", limits: limits) == .tooManyValues(limit: 10))
    #expect(kind("* X {0}\r\n{0}\r\n{0}\r\n\r\n", limits: limits) == nil)
    #expect(kind("* X {0}\r\n{0}\r\n{0}\r\n{0}\r\n", limits: limits) == .tooManyLiterals(limit: 3))
    #expect(kind("* SEARCH 1 3 5 7 9\r\n", limits: limits) == nil)
    #expect(kind("* SEARCH 1 3 5 7 9 11\r\n", limits: limits) == .tooManyValues(limit: 5))
    #expect(kind("* ESEARCH ALL 1,3,5,7,9,11\r\n", limits: limits) == .tooManyValues(limit: 5))
    #expect(kind("* SEARCH 1 2 3 4 5 6 7 8\r\n", limits: limits) == nil)
  }

  @Test func `great numbers make no great arrays`() throws {
    guard case .search(let result) = try WireSupport.response("* ESEARCH UID ALL 1:4294967295") else {
      throw Missing("no SEARCH")
    }
    #expect(result.numbers.ranges.count == 1)
    #expect(result.numbers.count == 4_294_967_295)
    #expect(try WireSupport.response("* 4294967295 EXISTS") == .exists(4_294_967_295))
    #expect(try WireSupport.response("* VANISHED 1:*") == .vanished(UIDSet(from: 1), isEarlier: false))
  }

  /// Every byte changed to those that mean something; nothing may trap, and what follows an error is the error again.
  @Test func `a damaged answer never traps`() {
    let line =
      "* 1 FETCH (UID 5 BODY[1.HEADER.FIELDS (\"a\" b)]<0> {3}\r\nabc ENVELOPE ((\"d\" NIL) ((NIL NIL \"x\" NIL))) "
      + "BODYSTRUCTURE ((\"a\" \"b\" (\"c\" \"d\") NIL NIL NIL 1e3 2)(\"message\" \"rfc822\" NIL NIL NIL NIL 1 () () 1) "
      + "\"mixed\"))\r\n* LIST (\\A) \"/\" {1}\r\nx\r\n* ESEARCH (TAG x) ALL 1:2,*\r\n* OK [COPYUID 1 2 3] x\r\n"
    let bytes = Array(line.utf8)
    var failures = 0
    for index in bytes.indices {
      for replacement in Array("()[]{}\"\\ <*:,-9\n\r\0".utf8) + [0x80, 0xFF] {
        var damaged = bytes
        damaged[index] = replacement
        if WireSupport.parse([damaged], limits: WireSupport.smallLimits).error != nil { failures += 1 }
      }
    }
    #expect(failures > 100)
  }

  @Test func `an error says where and shows nothing`() {
    let error = WireSupport.parse("* 1 FETCH (UID 1 secret\r\n").error
    #expect(error?.description == "a value is missing at byte 23 of a response")
  }
}
