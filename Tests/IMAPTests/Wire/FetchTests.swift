import MIME
import TenantBase
import Testing

@testable import IMAP

@Suite struct FetchTests {
  private func fetched(_ line: String) throws -> FetchedMessage { try WireSupport.fetched(line) }

  @Test func `the facts of a message are read`() throws {
    let message = try fetched(
      "* 12 FETCH (FLAGS (\\Seen $Forwarded) UID 4827313828 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" "
        + "RFC822.SIZE 4286000000 MODSEQ (624140003) EMAILID (M6d99) THREADID NIL X-ODD (a \"b\" NIL))")
    #expect(message.sequenceNumber == 12)
    #expect(message.uid == 4_827_313_828)
    #expect(message.flags == [.seen, IMAPFlag("$FORWARDED")])
    #expect(message.internalDate == Timestamp(seconds: 837_596_665))
    #expect(message.size == 4_286_000_000)
    #expect(message.modSequence == 624_140_003)
    #expect(message.emailID == "M6d99")
    #expect(message.threadID == nil)
    #expect(message.otherItems == ["X-ODD": .list([.atom([0x61]), .string([0x62]), .absent])])
  }

  private static let dates: [(text: String, seconds: Int64?)] = [
    ("\" 1-Jan-1970 00:00:00 +0000\"", 0), ("\"1-jan-1970 01:00:00 +0100\"", 0), ("\"31-Dec-1969 23:59:60 -0000\"", -1),
    ("\"29-Feb-2023 00:00:00 +0000\"", nil), ("\"1-Foo-1970 00:00:00 +0000\"", nil), ("NIL", nil), ("\"\"", nil),
    ("\"1-Jan-1970 24:00:00 +0000\"", nil), ("\"1-Jan-1970 00:00:00 UTC\"", nil), ("\"1-Jan-1970 00:00:00\"", 0),
  ]

  @Test(arguments: dates) func `a date that is none is left out`(text: String, seconds: Int64?) throws {
    #expect(try fetched("* 1 FETCH (INTERNALDATE \(text))").internalDate?.seconds == seconds)
  }

  private static let sections: [(written: String, section: BodySection)] = [
    ("BODY[]", .wholeMessage), ("BODY[HEADER]", .header), ("BODY[TEXT]", BodySection(.text)),
    ("BODY[1]", BodySection(part: [1])), ("BODY[1.2.MIME]", BodySection(part: [1, 2], .mime)),
    ("BODY[3.HEADER]", BodySection(part: [3], .header)), ("body[1.text]", BodySection(part: [1], .text)),
    ("BODY[HEADER.FIELDS (Subject From)]", BodySection(.headerFields(["SUBJECT", "FROM"]))),
    ("BODY[4.HEADER.FIELDS.NOT (\"To\")]", BodySection(part: [4], .headerFieldsNot(["TO"]))),
    ("BODY[HEADER.FIELDS ({2}\r\nTo)]", BodySection(.headerFields(["TO"]))),
    ("RFC822", .wholeMessage), ("RFC822.HEADER", .header), ("RFC822.TEXT", BodySection(.text)),
    ("BINARY[1]", BodySection(part: [1])),
  ]

  @Test(arguments: sections) func `a section is named`(written: String, section: BodySection) throws {
    for value in ["\"abc\"", "{3}\r\nabc", "~{3}\r\nabc"] {
      let message = try fetched("* 1 FETCH (UID 2 \(written) \(value) FLAGS ())")
      #expect(message.sections == [FetchedSection(section, content: .bytes(Array("abc".utf8)))])
      #expect(message.bytes(of: section) == Array("abc".utf8))
      #expect(message.uid == 2)
      #expect(message.flags == [])
    }
  }

  @Test func `a partial section has its origin`() throws {
    let message = try fetched("* 1 FETCH (BODY[]<128> {2}\r\nab UID 1)")
    #expect(message.sections == [FetchedSection(.wholeMessage, origin: 128, content: .bytes([0x61, 0x62]))])
  }

  @Test func `an empty literal is empty and not absent`() throws {
    let message = try fetched("* 1 FETCH (BODY[] {0}\r\n RFC822.HEADER \"\")")
    #expect(message.sections.map(\.content) == [.bytes([]), .bytes([])])
  }

  @Test func `an envelope has its addresses`() throws {
    let message = try fetched(
      "* 1 FETCH (ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700\" \"=?utf-8?q?Gr=C3=BC=C3=9Fe?=\" "
        + "((\"Terry Gray\" NIL \"gray\" \"cac.example\")) NIL NIL "
        + "((NIL NIL \"list\" NIL)(NIL NIL \"a\" \"x.example\") (NIL NIL NIL NIL)(NIL NIL \"b\" \"y.example\")) "
        + "NIL NIL \"<before@x>\" \"<this@x>\"))")
    let envelope = try #require(message.envelope)
    #expect(envelope.subject == "Grüße")
    #expect(
      envelope.from.mailboxes == [MailAddress(displayName: "Terry Gray", localPart: "gray", domain: "cac.example")])
    let member = MailAddress(localPart: "a", domain: "x.example")
    #expect(
      envelope.to.items == [
        .group(name: "list", members: [member]), .mailbox(MailAddress(localPart: "b", domain: "y.example")),
      ])
    #expect(envelope.inReplyTo?.utf8Text == "<before@x>")
    #expect(envelope.messageID?.utf8Text == "<this@x>")
    #expect(envelope.cc.isEmpty)
  }

  @Test func `a structure has its parts`() throws {
    let message = try fetched(
      "* 1 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"UTF-8\") \"<id>\" \"d\" \"7BIT\" 2279 48 NIL "
        + "(\"INLINE\" NIL))(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 4000000000 (NIL \"Inner\" NIL NIL NIL NIL NIL "
        + "NIL NIL NIL) (\"IMAGE\" \"PNG\" NIL NIL NIL \"BASE64\" 10) 60 NIL (\"attachment\" (\"FileName\" \"a.eml\"))) "
        + "\"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL))")
    let root = try #require(message.bodyStructure)
    #expect(root.isMultipart && root.subtype == "mixed" && root.parts.count == 2)
    #expect(root.parameters == [.init(name: "boundary", value: [0x62])])
    let text = root.parts[0]
    #expect(text.type == "text" && text.subtype == "plain" && text.size == 2279 && text.lines == 48)
    #expect(text.contentID?.utf8Text == "<id>" && text.contentDescription?.utf8Text == "d")
    #expect(text.disposition == .init(kind: "inline"))
    let mail = root.parts[1]
    #expect(mail.size == 4_000_000_000 && mail.lines == 60 && mail.transferEncoding == "7bit")
    #expect(mail.envelope?.subject == "Inner")
    #expect(mail.parts.first?.type == "image")
    #expect(
      mail.disposition == .init(kind: "attachment", parameters: [.init(name: "filename", value: Array("a.eml".utf8))]))
  }
}
