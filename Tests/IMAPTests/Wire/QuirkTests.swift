import MIME
import TenantBase
import Testing

@testable import IMAP

/// What servers send although the grammar has it not, or has it and nobody expects it.
@Suite struct QuirkTests {
  private func fetched(_ items: String) throws -> FetchedMessage { try WireSupport.fetched("* 1 FETCH (\(items))") }

  @Test func `Gmail leaves out the text behind a code`() throws {
    #expect(
      try WireSupport.response("* OK [HIGHESTMODSEQ 35312]")
        == .status(IMAPStatus(.ok, code: .highestModSequence(35312))))
  }

  @Test func `Gmail answers NIL for a mail that it cannot read`() throws {
    let message = try fetched("UID 7 ENVELOPE NIL BODYSTRUCTURE NIL BODY[1.TEXT]<0> NIL")
    #expect(message.envelope == nil && message.bodyStructure == nil)
    #expect(message.sections.map(\.content) == [.absent])
    #expect(message.uid == 7)
  }

  @Test func `Gmail loses a multipart with the boundary of the one around it`() throws {
    let structure = try fetched(
      "BODYSTRUCTURE ((\"ALTERNATIVE\")(\"TEXT\" \"PLAIN\" NIL NIL NIL NIL 5 1 NIL NIL NIL) \"MIXED\")"
    ).bodyStructure
    #expect(structure?.subtype == "mixed")
    #expect(structure?.parts.map(\.type) == ["multipart", "text"])
    #expect(structure?.parts[0].parts.isEmpty == true)
    #expect(structure?.parts[1].transferEncoding == nil)
  }

  @Test func `an address may have an empty host or none`() throws {
    let envelope = try fetched(
      "ENVELOPE (NIL NIL ((NIL NIL \"root\" \"\")) ((NIL NIL \"daemon\" NIL)) NIL NIL NIL NIL NIL NIL)"
    ).envelope
    #expect(envelope?.from.mailboxes == [MailAddress(localPart: "root", domain: "")])
    #expect(envelope?.sender.mailboxes == [MailAddress(localPart: "daemon", domain: "")])
  }

  @Test func `Office 365 sends COPYUID without OK`() throws {
    let mapping = UIDMapping(uidValidity: 31, source: [8...9], destination: [15...16])
    #expect(
      try WireSupport.response("* [COPYUID 31 8:9 15:16] Copied.")
        == .status(IMAPStatus(.ok, code: .copyUID(mapping), text: "Copied.")))
  }

  @Test func `Exchange sends a disposition as a bare string`() throws {
    for written in ["\"inline\"", "(\"inline\" NIL)", "(\"INLINE\")"] {
      let structure = try fetched("BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1 NIL \(written) NIL)")
        .bodyStructure
      #expect(structure?.disposition == .init(kind: "inline"))
    }
  }

  @Test func `Domino puts parentheses around ENVELOPE`() throws {
    let written = "(\"d\" \"s\" NIL NIL NIL NIL NIL NIL NIL \"<m@x>\")"
    for items in ["(ENVELOPE \(written))", "ENVELOPE (\(written))", "((ENVELOPE \(written)))"] {
      let message = try fetched("UID 21 \(items) FLAGS (\\Seen)")
      #expect(message.envelope?.subject == "s")
      #expect(message.envelope?.messageID?.utf8Text == "<m@x>")
      #expect(message.flags == [.seen])
    }
  }

  @Test func `Domino writes an empty structure inside a mail`() throws {
    let structure = try fetched(
      "BODYSTRUCTURE (\"message\" \"rfc822\"  NIL NIL NIL \"7BIT\" 787 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) () 0 "
        + "NIL (\"attachment\" NIL) NIL)"
    ).bodyStructure
    #expect(structure?.parts.isEmpty == true && structure?.lines == 0)
    #expect(structure?.disposition?.kind == "attachment")
  }

  @Test func `QQ and Yandex leave out what is inside a mail`() throws {
    let structure = try fetched(
      "BODYSTRUCTURE (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 1234 NIL (\"attachment\" (\"filename\" \"x\")) NIL)"
    ).bodyStructure
    #expect(structure?.size == 1234 && structure?.envelope == nil)
    #expect(structure?.disposition?.kind == "attachment")
  }

  @Test func `Yandex sends a section without a value`() throws {
    for items in ["UID 3 BODY[2]", "BODY[2] UID 3", "BODY[2]  UID 3 BODY[1]"] {
      let message = try fetched(items)
      #expect(message.uid == 3)
      #expect(
        message.sections.first
          == FetchedSection(BodySection(part: [Int(items.contains("[2]") ? 2 : 1)]), content: .absent))
    }
  }

  @Test func `Zoho sends a negative MODSEQ`() throws {
    let message = try fetched("UID 3 MODSEQ (-1) FLAGS ()")
    #expect(message.uid == 3 && message.modSequence == nil && message.flags == [])
  }

  @Test func `ProtonMail Bridge sends 8-bit bytes in quoted strings`() throws {
    #expect(try fetched("ENVELOPE (NIL \"Grüße\" NIL NIL NIL NIL NIL NIL NIL NIL)").envelope?.subject == "Grüße")
    var line = Array("* LIST () \"/\" \"".utf8)
    line += [0xE9] + Array("t\"\r\n".utf8)
    guard case .list(let mailbox) = WireSupport.parse([line]).responses.first else { throw Missing("no LIST") }
    #expect(mailbox.name.text == "\u{FFFD}t")
    #expect(mailbox.name.received == [0xE9, 0x74])
  }

  @Test func `mail ru writes numbers as floating point`() throws {
    #expect(try fetched("RFC822.SIZE 9.3736e+06").size == 9_373_600)
    let structure = try fetched(
      "BODYSTRUCTURE (\"text\" \"plain\" (\"boundary\" NIL) NIL NIL \"7bit\" 1.5e+3 1 NIL NIL NIL)"
    ).bodyStructure
    #expect(structure?.size == 1500)
    #expect(structure?.parameters == [])
  }

  private static let numbers: [(String, UInt64?)] = [
    ("-1", nil), ("0", 0), ("9223372036854775807", 9_223_372_036_854_775_807), ("9223372036854775808", nil),
    ("1e400", nil), ("1e300", nil), ("e5", nil), ("NaN", nil), ("inf", nil), ("0x10", nil), ("1.5e", nil),
    ("18446744073709551617", nil), ("NIL", nil),
  ]

  @Test(arguments: numbers) func `a size that is none is left out`(written: String, size: UInt64?) throws {
    let message = try fetched("RFC822.SIZE \(written) UID 1")
    #expect(message.size == size)
    #expect(message.uid == 1)
  }

  @Test func `LITERAL and its sign may be apart`() throws {
    guard case .capability(let offered) = try WireSupport.response("* CAPABILITY IMAP4rev1 LITERAL + IDLE") else {
      throw Missing("no capabilities")
    }
    #expect(offered.literals == .nonSynchronizing)
    #expect(offered.names == ["IMAP4REV1", "LITERAL+", "IDLE"])
  }

  @Test func `numbers of a folder may be 0 or above 32 bits`() throws {
    let line = "* OK [UIDVALIDITY 1666390893380]  "
    #expect(try WireSupport.response(line) == .status(IMAPStatus(.ok, code: .uidValidity(1_666_390_893_380))))
    for (code, expected) in [
      ("UIDVALIDITY 0", IMAPResponseCode.uidValidity(0)), ("UIDNEXT 0", .uidNext(0)), ("UNSEEN 0", .unseen(0)),
    ] {
      #expect(try WireSupport.response("* OK [\(code)]") == .status(IMAPStatus(.ok, code: expected)))
    }
  }

  @Test func `blanks at the end are nothing`() throws {
    #expect(try WireSupport.response("* SEARCH 1 2 ") == .search(SearchResult(numbers: UIDSet(1...2))))
    #expect(try WireSupport.response("* SEARCH ") == .search(SearchResult()))
    #expect(try WireSupport.response("* ID (\"a\" \"b\") ") == .id([ServerIdentityField(name: "a", value: "b")]))
    #expect(try WireSupport.response("* FLAGS (\\Seen) ") == .flags([.seen]))
    #expect(try WireSupport.response("* 1 EXISTS  ") == .exists(1))
    #expect(try WireSupport.fetched("* 1 FETCH (UID 5 ) ").uid == 5)
  }

  @Test func `addresses may have blanks between them`() throws {
    let envelope = try fetched(
      "ENVELOPE (NIL NIL NIL NIL NIL ((NIL NIL \"a\" \"x\") (NIL NIL \"b\" \"y\") ) NIL NIL NIL NIL)"
    ).envelope
    #expect(envelope?.to.mailboxes.map(\.localPart) == ["a", "b"])
  }

  @Test func `quotes in a quoted string may not be escaped`() throws {
    let structure = try fetched(
      "BODYSTRUCTURE (\"application\" \"pdf\" (\"name\" \"the \"final\".pdf\") NIL \"a \"b\" c\" \"base64\" 5 NIL "
        + "(\"attachment\" (\"filename\" \"\"x\".pdf\")) NIL)"
    ).bodyStructure
    #expect(structure?.parameters.first?.value.utf8Text == "the \"final\".pdf")
    #expect(structure?.contentDescription?.utf8Text == "a \"b\" c")
    #expect(structure?.disposition?.parameters.first?.value.utf8Text == "\"x\".pdf")
    let envelope = try fetched("ENVELOPE (NIL \"Re: \"offer\" for you\" NIL NIL NIL NIL NIL NIL NIL NIL) UID 4")
    #expect(envelope.envelope?.subject == "Re: \"offer\" for you")
    #expect(envelope.uid == 4)
  }

  @Test func `other backslashes are kept`() throws {
    let structure = try fetched("BODYSTRUCTURE (\"a\" \"b\" (\"name\" \"C:\\temp\\x\") NIL NIL NIL 1)").bodyStructure
    #expect(structure?.parameters.first?.value.utf8Text == "C:\\temp\\x")
  }

  @Test func `an envelope may end early`() throws {
    let short = try fetched("ENVELOPE (\"d\" \"s\" NIL NIL NIL NIL NIL NIL) UID 1")
    #expect(short.envelope?.subject == "s" && short.envelope?.messageID == nil && short.uid == 1)
    // Of nine fields nobody can tell whether In-Reply-To or Message-ID is missing.
    let nine = try fetched("ENVELOPE (\"d\" \"s\" NIL NIL NIL NIL NIL NIL \"<m@x>\")")
    #expect(nine.envelope?.messageID == nil && nine.envelope?.inReplyTo == nil)
  }

  @Test func `keywords may be in lower case`() throws {
    let message = try WireSupport.fetched(
      "* 1 fetch (uid 5 flags (\\SEEN) rfc822.size 7 envelope nil body[header] nil)")
    #expect(message.uid == 5 && message.size == 7 && message.flags == [.seen])
    #expect(message.sections == [FetchedSection(.header, content: .absent)])
    #expect(
      try WireSupport.response("a1 ok [read-write] done")
        == .tagged(tag: "a1", IMAPStatus(.ok, code: .readWrite, text: "done")))
    #expect(try WireSupport.response("* search 1") == .search(SearchResult(numbers: UIDSet(1))))
  }

  @Test func `Dovecot sends a negative size of a part`() throws {
    let structure = try fetched(
      "BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" -1 -1 NIL (\"inline\" NIL) NIL) UID 1")
    #expect(structure.bodyStructure?.size == nil)
    #expect(structure.uid == 1)
  }

  @Test func `Courier sends words of 16 KiB`() throws {
    let name = String(repeating: "a", count: 16 * 1024)
    #expect(
      try fetched("UID 1 BODYSTRUCTURE (\"text\" \"plain\" (\"name\" \"\(name)\") NIL NIL NIL 1 1)").bodyStructure?
        .parameters.first?.value.count == 16 * 1024)
  }

  @Test func `a line may end without CR`() {
    let parsed = WireSupport.parse("* 1 EXISTS\n* LIST () \"/\" {3}\nabc\nA1 OK\n")
    #expect(parsed.responses.count == 3 && parsed.error == nil && !parsed.isInsideResponse)
  }
}
