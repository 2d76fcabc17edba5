import TenantBase
import Testing

@testable import IMAP

@Suite struct SearchCriteriaTests {
  private func written(_ keys: [SearchCriteria.Key], _ dialect: IMAPDialect = IMAPDialect()) throws -> String {
    let text = try CommandText.written(.uidSearch(SearchCriteria(keys)), dialect)
    return String(text.dropFirst("A1 UID SEARCH ".count).dropLast())
  }

  private static let criteria: [(keys: [SearchCriteria.Key], text: String)] = [
    ([], "ALL"), ([.all], "ALL"), ([.unseen], "UNSEEN"), ([.unseen, .flagged], "UNSEEN FLAGGED"),
    (
      [.seen, .unflagged, .deleted, .undeleted, .answered, .unanswered],
      "SEEN UNFLAGGED DELETED UNDELETED ANSWERED UNANSWERED"
    ),
    (
      [.from("a@b.example"), .to("x"), .subject("an \"order\"")],
      "FROM \"a@b.example\" TO \"x\" SUBJECT \"an \\\"order\\\"\""
    ),
    (
      [.body("text"), .keyword(IMAPFlag("$Done")), .unkeyword(IMAPFlag("x"))], "BODY \"text\" KEYWORD $Done UNKEYWORD x"
    ),
    (
      [
        .since(CivilDateTime(year: 2026, month: 2, day: 1)),
        .before(CivilDateTime(year: 1999, month: 12, day: 31, hour: 5)),
      ],
      "SINCE 1-Feb-2026 BEFORE 31-Dec-1999"
    ),
    ([.larger(5_000_000_000), .smaller(10)], "LARGER 5000000000 SMALLER 10"),
    ([.header(name: "X-Mailer", value: "")], "HEADER \"X-Mailer\" \"\""),
    ([.uid(UIDSet(from: 17)), .not(.not(.seen))], "UID 17:* NOT NOT SEEN"),
    ([.from("")], "FROM \"\""),
  ]

  @Test(arguments: criteria) func `criteria are written`(keys: [SearchCriteria.Key], text: String) throws {
    #expect(try written(keys) == text)
  }

  @Test func `text beyond ASCII brings its charset and a literal`() throws {
    #expect(try written([.unseen, .subject("Grüße")]) == "CHARSET UTF-8 UNSEEN SUBJECT {7}\r\n<+>Grüße")
    #expect(
      try written([.not(.from("é"))], IMAPDialect(literals: .nonSynchronizing)) == "CHARSET UTF-8 NOT FROM {2+}\r\né")
    // RFC 6855 section 3: no charset under UTF8=ACCEPT.
    #expect(try written([.subject("Grüße")], IMAPDialect(isUTF8: true)) == "SUBJECT \"Grüße\"")
  }

  @Test func `a date must exist`() {
    let command = IMAPCommand.uidSearch(SearchCriteria([.since(CivilDateTime(year: 2026, month: 2, day: 30))]))
    #expect(throws: IMAPCommandError(.invalidDate, field: "search criterion SINCE")) {
      try command.encoded(tag: "A1", dialect: IMAPDialect())
    }
  }

  private static let raws: [(text: String, written: String)] = [
    ("UNSEEN", "(UNSEEN)"), ("  OR FROM \"a b\"  (SEEN NOT DELETED) ", "(OR FROM \"a b\" (SEEN NOT DELETED))"),
    ("SUBJECT \"a\\\"b\\\\c\"", "(SUBJECT \"a\\\"b\\\\c\")"), ("1:5,9", "(1:5,9)"),
    ("HEADER X \"\"", "(HEADER X \"\")"),
    ("X-GM-RAW \"has:attachment\"", "(X-GM-RAW \"has:attachment\")"), ("(ALL)(SEEN)", "((ALL) (SEEN))"),
  ]

  @Test(arguments: raws) func `a raw search is written anew from its parts`(text: String, written: String) throws {
    #expect(try self.written([.raw(RawSearchText(text))]) == written)
  }

  @Test func `a raw search beyond ASCII brings its charset`() throws {
    let expected = "CHARSET UTF-8 UNSEEN (SUBJECT {3}\r\n<+>Tü)"
    #expect(try written([.unseen, .raw(RawSearchText("SUBJECT \"Tü\""))]) == expected)
    #expect(try written([.unseen, .raw(RawSearchText("SUBJECT Tü"))]) == expected)
  }

  private static let refused: [(String, IMAPCommandError.Kind)] = [
    ("", .malformedSearch), ("   ", .malformedSearch), ("(", .malformedSearch), (")", .malformedSearch),
    ("a)(b", .malformedSearch),
    ("\"open", .malformedSearch), ("FROM {5}", .malformedSearch), ("FROM {5}x", .malformedSearch),
    ("()", .malformedSearch),
    ("a\u{1}b", .malformedSearch), ("UNSEEN) (DELETED", .malformedSearch), ("ALL\r\nA2 LOGOUT", .controlCharacter),
    (String(repeating: "(", count: 40) + "A" + String(repeating: ")", count: 40), .malformedSearch),
    (String(repeating: "A", count: 17_000), .tooLong(limit: 16 * 1024)),
  ]

  @Test(arguments: refused) func `what is no search program is refused`(text: String, kind: IMAPCommandError.Kind) {
    #expect(throws: IMAPCommandError(kind, field: "raw search")) { try RawSearchText(text) }
  }
}
