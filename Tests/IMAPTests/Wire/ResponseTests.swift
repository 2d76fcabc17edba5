import TenantBase
import Testing

@testable import IMAP

@Suite struct ResponseTests {
  private func status(_ condition: IMAPStatus.Condition, _ code: IMAPResponseCode? = nil, _ text: String = "")
    -> IMAPResponse
  {
    .status(IMAPStatus(condition, code: code, text: text))
  }

  private func response(_ line: String) throws -> IMAPResponse { try WireSupport.response(line) }

  @Test func `a tagged answer ends a command`() throws {
    #expect(try response("A1 OK done") == .tagged(tag: "A1", IMAPStatus(.ok, text: "done")))
    #expect(
      try response("A1 no [NONEXISTENT] nope") == .tagged(tag: "A1", IMAPStatus(.no, code: .nonExistent, text: "nope")))
    #expect(try response("A1 BAD") == .tagged(tag: "A1", IMAPStatus(.bad)))
  }

  @Test func `greetings and warnings have a condition`() throws {
    #expect(try response("* OK ready") == status(.ok, nil, "ready"))
    #expect(try response("* PREAUTH hello") == status(.preAuthenticated, nil, "hello"))
    #expect(try response("* BYE") == status(.bye))
    #expect(try response("* NO [ALERT] disk full") == status(.no, .alert, "disk full"))
  }

  @Test func `free text is never a literal`() throws {
    #expect(try response("* OK see {5}") == status(.ok, nil, "see {5}"))
    #expect(try response("A1 NO {99999}") == .tagged(tag: "A1", IMAPStatus(.no, text: "{99999}")))
    #expect(try response("+ {5}") == .continuation(Array("{5}".utf8)))
  }

  private static let codes: [(String, IMAPResponseCode)] = [
    ("ALERT", .alert), ("UIDVALIDITY 3857529045", .uidValidity(3_857_529_045)), ("UIDNEXT 4392", .uidNext(4392)),
    ("UNSEEN 17", .unseen(17)), ("HIGHESTMODSEQ 715194045007", .highestModSequence(715_194_045_007)),
    ("NOMODSEQ", .noModSequence), ("READ-ONLY", .readOnly), ("READ-WRITE", .readWrite), ("TRYCREATE", .tryCreate),
    ("AUTHENTICATIONFAILED", .authenticationFailed), ("UNAVAILABLE", .unavailable), ("CLOSED", .closed),
    ("PERMANENTFLAGS (\\Deleted \\Seen \\*)", .permanentFlags([.deleted, .seen, .newKeywordsAllowed])),
    ("PERMANENTFLAGS ()", .permanentFlags([])),
    ("APPENDUID 38505 3955", .appendUID(uidValidity: 38505, uids: UIDSet(3955))),
    ("APPENDUID 38505 3:5", .appendUID(uidValidity: 38505, uids: UIDSet(3...5))),
    (
      "COPYUID 38505 304,319:320 3956:3958",
      .copyUID(UIDMapping(uidValidity: 38505, source: [304...304, 319...320], destination: [3956...3958]))
    ),
    ("CAPABILITY IMAP4rev1 AUTH=PLAIN", .capability(IMAPCapabilities(["IMAP4REV1", "AUTH=PLAIN"]))),
    ("REFERRAL imap://u@other.example/", .referral("imap://u@other.example/")),
    ("MAILBOXID (F2212ea87)", .mailboxID("F2212ea87")), ("BADCHARSET (UTF-8)", .badCharset),
    ("WEBALERT https://a.example/?x=[1]", .other(name: "WEBALERT", text: "https://a.example/?x=[1")),
    ("COPYUID nonsense", .other(name: "COPYUID", text: "nonsense")),
    ("UIDVALIDITY 99999999999999999999", .other(name: "UIDVALIDITY", text: "99999999999999999999")),
    ("XNEW a b", .other(name: "XNEW", text: "a b")), ("alert", .alert),
  ]

  @Test(arguments: codes) func `a response code is read`(code: String, expected: IMAPResponseCode) throws {
    guard case .status(let status) = try response("* OK [\(code)] text") else { throw Missing("no status") }
    #expect(status.code == expected)
    if !code.hasPrefix("WEBALERT") { #expect(status.text == "text") }
  }

  @Test func `a bracket that is not closed is text`() throws {
    #expect(try response("* OK [ALERT text") == status(.ok, nil, "[ALERT text"))
    #expect(try response("* OK [PERMANENTFLAGS (a] b") == status(.ok, .permanentFlags([]), "b"))
  }

  @Test func `a copied message is found by its place in the set`() {
    let mapping = UIDMapping(uidValidity: 1, source: [304...304, 319...320], destination: [3958...3958, 10...11])
    #expect(mapping.destinationUID(of: 304) == 3958)
    #expect(mapping.destinationUID(of: 319) == 10)
    #expect(mapping.destinationUID(of: 320) == 11)
    #expect(mapping.destinationUID(of: 305) == nil)
    let hostile = UIDMapping(uidValidity: 1, source: [0...UInt64.max, 5...9], destination: [1...2])
    #expect(hostile.destinationUID(of: 5) == nil)
    #expect(hostile.destinationUID(of: .max) == nil)
  }

  @Test func `a continuation carries its bytes`() throws {
    #expect(try response("+ idling") == .continuation(Array("idling".utf8)))
    #expect(try response("+ ") == .continuation([]))
    #expect(try response("+") == .continuation([]))
    #expect(try response("+PDE+") == .continuation(Array("PDE+".utf8)))
  }

  @Test func `capabilities are asked by name`() throws {
    let line = "* CAPABILITY IMAP4rev1 Idle AUTH=plain AUTH=SCRAM-SHA-256 AUTH=PLAIN LITERAL- LOGINDISABLED "
    guard case .capability(let offered) = try response(line) else { throw Missing("no capabilities") }
    #expect(offered.authenticationMechanisms == ["PLAIN", "SCRAM-SHA-256"])
    #expect(offered.offersIMAP4 && offered.offersIdle && offered.disablesLogin)
    #expect(!offered.offersMove && !offered.offersStartTLS)
    #expect(offered.literals == .smallNonSynchronizing)
    #expect(IMAPCapabilities(["IMAP4rev2"]).offersMove)
    #expect(IMAPCapabilities(["LITERAL+", "LITERAL-"]).literals == .nonSynchronizing)
  }

  @Test func `numbers before a name count messages`() throws {
    #expect(try response("* 23 EXISTS") == .exists(23))
    #expect(try response("* 4294967295 exists ") == .exists(4_294_967_295))
    #expect(try response("* 5 RECENT") == .recent(5))
    #expect(try response("* 44 EXPUNGE") == .expunge(44))
    #expect(
      try response("* VANISHED (EARLIER) 300:310,405")
        == .vanished(UIDSet(ranges: [300...310, 405...405]), isEarlier: true))
    #expect(try response("* VANISHED 405") == .vanished(UIDSet(405), isEarlier: false))
  }

  @Test func `what is not known is kept`() throws {
    #expect(try response("* 5 FROBNICATED x") == .other(name: "FROBNICATED", text: Array("5 FROBNICATED x".utf8)))
    #expect(
      try response("* QUOTA \"\" (STORAGE 10 5000000000)")
        == .other(name: "QUOTA", text: Array("\"\" (STORAGE 10 5000000000)".utf8)))
    #expect(try response("* THREAD (1 (2)(3))") == .other(name: "THREAD", text: Array("(1 (2)(3))".utf8)))
  }

  @Test func `a server says who it is`() throws {
    let fields = [ServerIdentityField(name: "name", value: "GImap"), ServerIdentityField(name: "os", value: nil)]
    #expect(try response("* ID (\"name\" \"GImap\" \"os\" NIL)") == .id(fields))
    #expect(try response("* ID NIL") == .id([]))
    #expect(try response("* ID () ") == .id([]))
    #expect(try response("* ID") == .id([]))
    #expect(try response("* ENABLED UTF8=Accept CONDSTORE") == .enabled(["UTF8=ACCEPT", "CONDSTORE"]))
  }

  @Test func `a search names numbers in either form`() throws {
    #expect(try response("* SEARCH 2 84 882") == .search(SearchResult(numbers: UIDSet([2, 84, 882]))))
    #expect(try response("* SEARCH") == .search(SearchResult()))
    var expected = SearchResult(numbers: UIDSet([5, 6, 7]))
    expected.modSequence = 917_162_500
    #expect(try response("* SEARCH 7 5 6 (MODSEQ 917162500)") == .search(expected))

    var extended = SearchResult(numbers: UIDSet(ranges: [2...3, 9...9]), tag: "A282", isUID: true)
    extended.minimum = 2
    extended.count = 3
    #expect(try response("* ESEARCH (TAG \"A282\") UID MIN 2 COUNT 3 ALL 2:3,9") == .search(extended))
    #expect(try response("* ESEARCH (TAG A1)") == .search(SearchResult(tag: "A1")))
    #expect(
      try response("* ESEARCH UID PARTIAL (-1:-10 5:14)") == .search(SearchResult(numbers: UIDSet(5...14), isUID: true))
    )
    #expect(try response("* ESEARCH UID PARTIAL (1:5 NIL)") == .search(SearchResult(isUID: true)))
  }

  private static let malformed = [
    "", " ", "*", "* ", "A1", "A1 MAYBE", "A1 BYE", "*OK hi", "* 5", "* 99999999999999999999999", "* SEARCH 1 x",
    "* SEARCH 99999999999999999999", "* LIST (\\A", "* LIST", "* FLAGS", "* FLAGS (", "* FLAGS (\"a", "* VANISHED x",
    "* 1 FETCH", "* 1 FETCH UID 1", "* 1 FETCH (UID 1", "* 1 FETCH (UID)", "* 1 FETCH (UID 1) x", "* 1 FETCH (BODY[)",
    "* 1 FETCH (BODY[1.)", "* 1 FETCH (BODY[WHAT] \"x\")", "* 1 FETCH (BODY[99999999999999999999] \"x\")",
    "* 1 FETCH (BODY[]<x> \"y\")", "* 1 FETCH (BODY[]< \"y\")", "* 1 FETCH (\"x\" 1)", "* ESEARCH ALL x",
  ]

  @Test(arguments: malformed) func `what is no response is an error and no crash`(line: String) {
    let parsed = WireSupport.parse(line + "\r\n")
    #expect(parsed.error?.kind == .malformed)
    #expect(parsed.responses.isEmpty)
  }

  @Test func `an error stays`() {
    var parser = IMAPResponseParser()
    parser.append(Array("nonsense\r\n* OK fine\r\n".utf8))
    #expect(throws: IMAPSyntaxError.self) { try parser.next() }
    #expect(throws: IMAPSyntaxError.self) { try parser.next() }
    #expect(parser.isInsideResponse)
  }

  @Test func `the text of the last response is there for the transcript`() throws {
    var parser = IMAPResponseParser()
    parser.append(Array("* LIST () \"/\" {3}\r\na b\r\n".utf8))
    _ = try parser.next()
    #expect(parser.lastText == Array("* LIST () \"/\" {3}".utf8))
  }
}
