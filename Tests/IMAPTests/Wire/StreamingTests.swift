import TenantBase
import Testing

@testable import IMAP

/// Body sections that are too great to be held, and answers cut at every place.
@Suite struct StreamingTests {
  private static let session = [
    "* OK [CAPABILITY IMAP4rev1 LITERAL+] ready", "* LIST (\\Sent) \"/\" {5}", "a {3}", "A1 OK", "* SEARCH 3 1 2 9",
    "* 1 FETCH (UID 7 BODY[] {20}", "0123456789ABCDEF\r\n(} FLAGS (\\Seen))", "* 2 FETCH (FLAGS () BODY[HEADER] {3}",
    "abc BODY[TEXT] {17}", "01234567890123456 BODY[1.MIME] {0}", " ENVELOPE (NIL \"a \"b\" c\" NIL NIL NIL NIL))",
    "* BYE {5}", "+ go", "* 3 EXPUNGE", "A2 NO [ALERT] no", "",
  ].joined(separator: "\r\n")

  private func check(_ parsed: ParsedStream) {
    #expect(parsed.error == nil && !parsed.isInsideResponse)
    #expect(parsed.responses.count == 10)
    #expect(parsed.streamed.map(\.byteCount) == [20, 17])
  }

  @Test func `a great section goes out before its response`() throws {
    let parsed = WireSupport.parse(Self.session, limits: WireSupport.smallLimits)
    check(parsed)
    let first = try #require(parsed.streamed.first)
    #expect(first.bytes.utf8Text == "0123456789ABCDEF\r\n(}" && first.hasEnded)
    #expect(first.message.uid == 7 && first.message.flags == nil)
    #expect(first.section == .wholeMessage)
    let second = parsed.streamed[1]
    #expect(second.section == BodySection(.text) && second.bytes.utf8Text == "01234567890123456")
    #expect(second.message.bytes(of: .header)?.utf8Text == "abc")
    guard case .fetch(let message) = parsed.responses[4] else { throw Missing("no FETCH") }
    #expect(message.flags == [.seen] && message.uid == 7)
    #expect(message.sections == [FetchedSection(.wholeMessage, content: .streamed(byteCount: 20))])
    guard case .fetch(let other) = parsed.responses[5] else { throw Missing("no FETCH") }
    #expect(other.sections.map(\.content) == [.bytes(Array("abc".utf8)), .streamed(byteCount: 17), .bytes([])])
    #expect(other.envelope?.subject == "a \"b\" c")
  }

  @Test func `byte by byte gives the same`() {
    let bytes = Array(Self.session.utf8)
    let whole = WireSupport.parse([bytes], limits: WireSupport.smallLimits)
    check(whole)
    #expect(WireSupport.parse(bytes.map { [$0] }, limits: WireSupport.smallLimits) == whole)
  }

  @Test func `cut at every place gives the same`() {
    let bytes = Array(Self.session.utf8)
    let whole = WireSupport.parse([bytes], limits: WireSupport.smallLimits)
    for cut in bytes.indices {
      let parsed = WireSupport.parse([Array(bytes[..<cut]), Array(bytes[cut...])], limits: WireSupport.smallLimits)
      if parsed != whole { Issue.record("differs when cut at \(cut)") }
    }
  }

  @Test func `what ends early is inside a response or at its end`() {
    let bytes = Array(Self.session.utf8)
    for end in bytes.indices {
      let parsed = WireSupport.parse([Array(bytes[..<end])], limits: WireSupport.smallLimits)
      if parsed.error != nil { Issue.record("an error when it ends at \(end)") }
      let isBetweenLines = end == 0 || bytes[..<end].suffix(2) == [13, 10]
      if !isBetweenLines, !parsed.isInsideResponse { Issue.record("nothing is missing when it ends at \(end)") }
    }
  }

  @Test func `a piece is handed over as it came`() throws {
    var parser = IMAPResponseParser(limits: WireSupport.smallLimits)
    parser.append(Array("* 1 FETCH (BODY[] {40}\r\n0123".utf8))
    guard case .literalBegan = try parser.next() else { throw Missing("nothing began") }
    #expect(try parser.next() == .literalBytes(Array("0123".utf8)))
    #expect(try parser.next() == .needMore)
    let piece = Array("456789012345678901234567890123456789".utf8)
    parser.append(piece)
    #expect(try parser.next() == .literalBytes(piece))
    #expect(parser.unreadBytes == 0 && parser.isInsideResponse)
    #expect(try parser.next() == .literalEnded)
    #expect(try parser.next() == .needMore)
  }

  @Test func `a great value that is no section is held within the limit of a response`() throws {
    var limits = WireSupport.smallLimits
    limits.heldResponse = 100
    let name = String(repeating: "n", count: 30)
    let parsed = WireSupport.parse(
      "* LIST () \"/\" {30}\r\n\(name)\r\n* 1 FETCH (ENVELOPE (NIL {30}\r\n\(name)))\r\n", limits: limits)
    #expect(parsed.streamed.isEmpty && parsed.error == nil)
    guard case .list(let mailbox) = parsed.responses.first, case .fetch(let message) = parsed.responses.last else {
      throw Missing("something is missing")
    }
    #expect(mailbox.name.text == name)
    #expect(message.envelope?.subject == name)
    #expect(
      WireSupport.parse("* LIST () \"/\" {90}\r\n", limits: limits).error?.kind
        == .literalTooLarge(byteCount: 90, limit: 100))
  }

  @Test func `sections that are small but many are streamed when the response is full`() {
    var limits = IMAPParserLimits()
    limits.heldResponse = 100
    let parsed = WireSupport.parse(
      "* 1 FETCH (BODY[1] {50}\r\n\(String(repeating: "a", count: 50)) BODY[2] {50}\r\n\(String(repeating: "b", count: 50)))\r\n",
      limits: limits)
    #expect(parsed.streamed.map(\.section) == [BodySection(part: [2])])
    #expect(parsed.responses.count == 1 && parsed.error == nil)
  }
}
