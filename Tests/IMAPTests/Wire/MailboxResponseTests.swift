import TenantBase
import Testing

@testable import IMAP

@Suite struct MailboxResponseTests {
  private func listed(_ line: String, isUTF8: Bool = false) throws -> ListedMailbox {
    switch try WireSupport.response(line, isUTF8: isUTF8) {
    case .list(let mailbox), .lsub(let mailbox): return mailbox
    case let other:
      Issue.record("no LIST: \(other)")
      return ListedMailbox(delimiter: nil, name: .inbox)
    }
  }

  private static let lists: [(line: String, attributes: [String], delimiter: Character?, name: String)] = [
    ("* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Items\"", ["\\hasnochildren", "\\SENT"], "/", "Sent Items"),
    ("* LSUB () \".\" INBOX.Archive", [], ".", "INBOX.Archive"),
    ("* XLIST (\\Inbox) \"/\" Posteingang", ["\\Inbox"], "/", "Posteingang"),
    ("* LIST () NIL Folder", [], nil, "Folder"),
    ("* LIST () \"\" Folder", [], nil, "Folder"),
    ("* LIST (\\Noselect) \"/\" \"\"", ["\\Noselect"], "/", ""),
    ("* LIST () \"\\\\\" Public\\Mail", [], "\\", "Public\\Mail"),
    ("* LIST () \"/\" {11}\r\nA {5} \"b\" c", [], "/", "A {5} \"b\" c"),
    ("* LIST () \"/\" \"Entw&APw-rfe\"", [], "/", "Entwürfe"),
    ("* LIST () \"/\" [Gmail]/Alle", [], "/", "[Gmail]/Alle"),
    ("* LIST () \".\" Renamed (\"OLDNAME\" (\"Before\"))", [], ".", "Renamed"),
    ("* list () \"/\" \"a\\\"b\\\\c\"", [], "/", "a\"b\\c"),
    // Quirks: a backslash that is not escaped, names without quotes, with blanks and control characters.
    ("* LIST () \"\\\" Public", [], "\\", "Public"),
    ("* LIST () \"/\" Deleted Items ", [], "/", "Deleted Items"),
    ("* LIST () \"/\" Sync\tIssues\u{1}", [], "/", "Sync\tIssues\u{1}"),
    ("* LIST () \"/\" \"Entwürfe\"", [], "/", "Entwürfe"),
    ("* LIST () \"/\" \"a \"quoted\" name\"", [], "/", "a \"quoted\" name"),
  ]

  @Test(arguments: lists) func `a folder is listed`(
    line: String, attributes: [String], delimiter: Character?, name: String
  ) throws {
    let mailbox = try listed(line)
    #expect(mailbox.attributes == Set(attributes.map(MailboxAttribute.init)))
    #expect(mailbox.delimiter == delimiter)
    #expect(mailbox.name.text == name)
  }

  @Test func `what cannot be selected says so`() throws {
    #expect(try !listed("* LIST (\\NoSelect) \"/\" a").isSelectable)
    #expect(try !listed("* LIST (\\nonexistent) \"/\" a").isSelectable)
    #expect(try listed("* LIST (\\HasChildren) \"/\" a").isSelectable)
  }

  @Test func `a name under UTF8=ACCEPT is UTF-8`() throws {
    #expect(try listed("* LIST () \"/\" \"T&APw-r\"", isUTF8: true).name.text == "T&APw-r")
    #expect(try listed("* LIST () \"/\" \"Tür\"", isUTF8: true).name.text == "Tür")
  }

  @Test func `STATUS has what the server tells`() throws {
    let line = "* STATUS \"a b\" (MESSAGES 231 UIDNEXT 44292 UNSEEN 0 UIDVALIDITY 1666390893380 SIZE 5000000000 X 1)"
    var expected = MailboxStatus(name: MailboxName("a b"))
    expected.messages = 231
    expected.uidNext = 44292
    expected.unseen = 0
    expected.uidValidity = 1_666_390_893_380
    expected.size = 5_000_000_000
    #expect(try WireSupport.response(line) == .mailboxStatus(expected))
  }

  private static let statuses: [(line: String, name: String, messages: UInt64?)] = [
    ("* STATUS INBOX ()", "INBOX", nil), ("* STATUS INBOX", "INBOX", nil),
    ("* STATUS Sent Items (MESSAGES 3)", "Sent Items", 3), ("* STATUS x (MESSAGES 3) ", "x", 3),
    ("* STATUS {3}\r\na b (messages 4)", "a b", 4), ("* STATUS x (MESSAGES -1)", "x", nil),
    ("* STATUS x (MESSAGES)", "x", nil), ("* STATUS x (MAILBOXID (F1) MESSAGES 2)", "x", 2),
  ]

  @Test(arguments: statuses) func `STATUS survives what servers leave out`(
    line: String, name: String, messages: UInt64?
  ) throws {
    guard case .mailboxStatus(let status) = try WireSupport.response(line) else { throw Missing("no STATUS") }
    #expect(status.name.text == name)
    #expect(status.messages == messages)
  }

  @Test func `namespaces have prefix and delimiter`() throws {
    let line = "* NAMESPACE ((\"INBOX.\" \".\")(\"\" NIL)) NIL ((\"Public Folders/\" \"/\" \"X\" (\"Y\")))"
    var expected = MailboxNamespaces()
    expected.personal = [
      .init(prefix: MailboxName("INBOX."), delimiter: "."), .init(prefix: MailboxName(""), delimiter: nil),
    ]
    expected.shared = [.init(prefix: MailboxName("Public Folders/"), delimiter: "/")]
    #expect(try WireSupport.response(line) == .namespace(expected))
    #expect(try WireSupport.response("* NAMESPACE NIL NIL NIL") == .namespace(MailboxNamespaces()))
    #expect(try WireSupport.response("* NAMESPACE NIL") == .namespace(MailboxNamespaces()))
  }
}
