import Crypto
import TenantBase
import Testing

@testable import IMAP

/// A command as a person reads it: waits, secrets and messages in angle brackets.
enum CommandText {
  static func written(_ command: EncodedIMAPCommand) -> String {
    command.parts.map { part in
      switch part {
      case .bytes(let bytes): bytes.utf8Text
      case .secret(let secret): "<" + opened(secret) + ">"
      case .awaitContinuation: "<+>"
      case .message(let byteCount): "<\(byteCount)>"
      }
    }.joined()
  }

  static func written(_ command: IMAPCommand, _ dialect: IMAPDialect = IMAPDialect()) throws -> String {
    written(try command.encoded(tag: "A1", dialect: dialect))
  }

  static func opened(_ secret: SecretBox) -> String {
    secret.bytes.withSpan { span in span.indices.map { span[$0] } }.utf8Text
  }

  static func secret(_ text: String) -> SecretBox { SecretBox(SecretBytes(copying: Array(text.utf8))) }
}

@Suite struct CommandTests {
  private static let set = UIDSet(ranges: [1...3, 9...9])

  private static let plain: [(command: IMAPCommand, text: String)] = [
    (.capability, "CAPABILITY"), (.noop, "NOOP"), (.logout, "LOGOUT"), (.startTLS, "STARTTLS"), (.idle, "IDLE"),
    (.close, "CLOSE"), (.unselect, "UNSELECT"), (.expunge, "EXPUNGE"), (.check, "CHECK"), (.namespace, "NAMESPACE"),
    (.id([]), "ID NIL"),
    (
      .id([.init(name: "name", value: "tenant"), .init(name: "os", value: nil)]), "ID (\"name\" \"tenant\" \"os\" NIL)"
    ),
    (.enable(["UTF8=ACCEPT", "CONDSTORE"]), "ENABLE UTF8=ACCEPT CONDSTORE"),
    (.list(reference: MailboxName(""), pattern: .everything), "LIST \"\" \"*\""),
    (.listSpecialUse(reference: MailboxName(""), pattern: .oneLevel), "LIST \"\" \"%\" RETURN (SPECIAL-USE)"),
    (.lsub(reference: MailboxName("a/"), pattern: MailboxPattern("ä*")), "LSUB \"a/\" \"&AOQ-*\""),
    (.select(.inbox), "SELECT \"INBOX\""), (.examine(MailboxName("a \"b\\")), "EXAMINE \"a \\\"b\\\\\""),
    (.create(MailboxName("Entwürfe")), "CREATE \"Entw&APw-rfe\""), (.delete(MailboxName("x")), "DELETE \"x\""),
    (.subscribe(MailboxName("x")), "SUBSCRIBE \"x\""),
    (.status(.inbox, [.uidNext, .uidValidity]), "STATUS \"INBOX\" (UIDNEXT UIDVALIDITY)"),
    (.uidExpunge(set), "UID EXPUNGE 1:3,9"),
    (
      .uidFetch(set, [.uid, .flags, .internalDate, .size, .envelope, .bodyStructure, .modSequence, .emailID]),
      "UID FETCH 1:3,9 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE MODSEQ EMAILID)"
    ),
    (
      .uidFetch(UIDSet(from: 4), [.section(.wholeMessage), .partialSection(.header, offset: 0, byteCount: 512)]),
      "UID FETCH 4:* (BODY.PEEK[] BODY.PEEK[HEADER]<0.512>)"
    ),
    (
      .uidFetch(
        UIDSet(4),
        [
          .section(BodySection(part: [1, 2], .mime)), .section(BodySection(part: [3])),
          .section(BodySection(.headerFields(["SUBJECT", "FROM"]))), .gmailMessageID,
        ]),
      "UID FETCH 4 (BODY.PEEK[1.2.MIME] BODY.PEEK[3] BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)] X-GM-MSGID)"
    ),
    (.uidStore(set, FlagChange(.add, [.seen, IMAPFlag("$Done")])), "UID STORE 1:3,9 +FLAGS.SILENT (\\Seen $Done)"),
    (.uidStore(set, FlagChange(.remove, [.deleted], isSilent: false)), "UID STORE 1:3,9 -FLAGS (\\Deleted)"),
    (.uidStore(set, FlagChange(.replace, [])), "UID STORE 1:3,9 FLAGS.SILENT ()"),
    (.uidCopy(set, MailboxName("Done")), "UID COPY 1:3,9 \"Done\""),
    (.uidMove(set, MailboxName("Done")), "UID MOVE 1:3,9 \"Done\""),
  ]

  @Test(arguments: plain) func `a command is written`(command: IMAPCommand, text: String) throws {
    #expect(try CommandText.written(command) == "A1 \(text)\r\n")
    #expect(text.hasPrefix(command.name))
  }

  @Test func `a literal waits where the server has no other`() throws {
    let name = MailboxName(received: [0x41, 0xE4], isUTF8: false)
    func parts(_ literals: IMAPDialect.Literals) throws -> [IMAPCommandPart] {
      try IMAPCommand.select(name).encoded(tag: "A1", dialect: IMAPDialect(literals: literals)).parts
    }
    let waiting = try parts(.synchronizing)
    guard waiting.count == 3, case .bytes(let head) = waiting[0], case .awaitContinuation = waiting[1],
      case .bytes(let tail) = waiting[2]
    else { throw Missing("three parts") }
    #expect(head.utf8Text == "A1 SELECT {2}\r\n")
    #expect(tail == [0x41, 0xE4, 13, 10])
    for literals in [IMAPDialect.Literals.smallNonSynchronizing, .nonSynchronizing] {
      guard case .bytes(let all) = try parts(literals).first else { throw Missing("bytes") }
      #expect(all == Array("A1 SELECT {2+}\r\n".utf8) + [0x41, 0xE4, 13, 10])
    }
  }

  @Test func `a great literal waits under LITERAL-`() throws {
    let command = IMAPCommand.append(MailboxName("a"), flags: [.seen], date: Timestamp(seconds: 0), byteCount: 4097)
    let head = "A1 APPEND \"a\" (\\Seen) \" 1-Jan-1970 00:00:00 +0000\" "
    #expect(
      try CommandText.written(command, IMAPDialect(literals: .smallNonSynchronizing)) == head
        + "{4097}\r\n<+><4097>\r\n")
    #expect(
      try CommandText.written(command, IMAPDialect(literals: .nonSynchronizing)) == head + "{4097+}\r\n<4097>\r\n")
    let small = IMAPCommand.append(MailboxName("a"), flags: [], date: nil, byteCount: 4096)
    #expect(
      try CommandText.written(small, IMAPDialect(literals: .smallNonSynchronizing))
        == "A1 APPEND \"a\" {4096+}\r\n<4096>\r\n")
  }

  @Test func `UTF-8 is written in quotes once it is enabled`() throws {
    let dialect = IMAPDialect(IMAPCapabilities(["UTF8=ACCEPT"]), enabled: ["UTF8=ACCEPT"])
    #expect(try CommandText.written(.select(MailboxName("Tür")), dialect) == "A1 SELECT \"Tür\"\r\n")
    #expect(!IMAPDialect(IMAPCapabilities(["UTF8=ACCEPT"])).isUTF8)
  }

  @Test func `a password is a secret part`() throws {
    let plain = IMAPCommand.login(userName: "a b", password: CommandText.secret("p w"))
    #expect(try CommandText.written(plain) == "A1 LOGIN \"a b\" \"<p w>\"\r\n")
    for odd in ["p\"w", "p\\w", "pä", "p\tw"] {
      let command = IMAPCommand.login(userName: "u", password: CommandText.secret(odd))
      #expect(try CommandText.written(command) == "A1 LOGIN \"u\" {\(odd.utf8.count)}\r\n<+><\(odd)>\r\n")
    }
    let encoded = try plain.encoded(tag: "A1", dialect: IMAPDialect())
    #expect(!"\(encoded)".contains("p w"))
    #expect(encoded.name == "LOGIN")
  }

  @Test func `an initial response is a secret in base64`() throws {
    func text(_ response: SecretBox?) throws -> String {
      try CommandText.written(.authenticate(mechanism: "SCRAM-SHA-256", initialResponse: response))
    }
    #expect(try text(nil) == "A1 AUTHENTICATE SCRAM-SHA-256\r\n")
    #expect(try text(CommandText.secret("abc")) == "A1 AUTHENTICATE SCRAM-SHA-256 <YWJj\r\n>")
    #expect(try text(CommandText.secret("")) == "A1 AUTHENTICATE SCRAM-SHA-256 <=\r\n>")
    #expect(CommandText.opened(IMAPContinuation.response(CommandText.secret("abc"))) == "YWJj\r\n")
    #expect(CommandText.opened(IMAPContinuation.response(CommandText.secret(""))) == "\r\n")
  }

  private static let injections = ["a\r\nA2 DELETE x", "a\nb", "a\rb", "a\0b"]

  @Test(arguments: injections) func `nothing that ends a line gets into a command`(text: String) {
    let set = UIDSet(1)
    let commands: [IMAPCommand] = [
      .select(MailboxName(received: Array(text.utf8), isUTF8: false)),
      .login(userName: text, password: CommandText.secret("x")),
      .login(userName: "x", password: CommandText.secret(text)), .id([.init(name: text, value: nil)]),
      .id([.init(name: "a", value: text)]), .enable([text]),
      .authenticate(mechanism: text, initialResponse: nil),
      .authenticate(mechanism: text, initialResponse: CommandText.secret("")),
      .uidStore(set, FlagChange(.add, [IMAPFlag(text)])), .uidSearch(SearchCriteria([.from(text)])),
      .uidSearch(SearchCriteria([.header(name: text, value: "")])),
      .uidSearch(SearchCriteria([.header(name: "a", value: text)])),
      .uidSearch(SearchCriteria([.keyword(IMAPFlag(text))])),
      .append(MailboxName("a"), flags: [IMAPFlag(text)], date: nil, byteCount: 0),
      .uidFetch(set, [.section(BodySection(.headerFields([text])))]),
    ]
    for dialect in [IMAPDialect(), IMAPDialect(literals: .nonSynchronizing, isUTF8: true)] {
      for command in commands {
        let error = #expect(throws: IMAPCommandError.self) { try command.encoded(tag: "A1", dialect: dialect) }
        #expect(error?.kind == .controlCharacter)
      }
      // In modified UTF-7 a line end is base64 and harmless; in UTF-8 it is refused.
      let written = try? CommandText.written(.select(MailboxName(text)), dialect)
      #expect(written.map { $0.utf8.filter { $0 == 10 }.count == 1 && !dialect.isUTF8 } ?? dialect.isUTF8)
    }
    #expect(throws: IMAPCommandError.self) { try RawSearchText(text) }
  }

  @Test func `what is no atom is refused`() {
    for flag in ["", "\\", "a b", "a)", "(", "{5}", "a\"", "\\Se\\en", "ä", "a%", "\\*"] {
      let command = IMAPCommand.uidStore(UIDSet(1), FlagChange(.add, [IMAPFlag(flag)]))
      #expect(throws: IMAPCommandError(.notAnAtom, field: "flag")) {
        try command.encoded(tag: "A1", dialect: IMAPDialect())
      }
    }
    for name in ["", "a b", "a:b"] {
      let command = IMAPCommand.uidSearch(SearchCriteria([.header(name: name, value: "x")]))
      #expect(throws: IMAPCommandError.self) { try command.encoded(tag: "A1", dialect: IMAPDialect()) }
    }
  }

  @Test func `a set without messages is refused`() {
    for set in [UIDSet(), UIDSet(0), UIDSet(0...5)] {
      #expect(throws: IMAPCommandError(.emptySet, field: "UID set")) {
        try IMAPCommand.uidExpunge(set).encoded(tag: "A1", dialect: IMAPDialect())
      }
    }
  }

  @Test func `an argument has a length`() {
    let long = String(repeating: "x", count: 16 * 1024 + 1)
    for command in [IMAPCommand.select(MailboxName(long)), .login(userName: "u", password: CommandText.secret(long))] {
      let error = #expect(throws: IMAPCommandError.self) { try command.encoded(tag: "A1", dialect: IMAPDialect()) }
      #expect(error?.kind == .tooLong(limit: 16 * 1024))
    }
  }

  @Test func `a long string goes as a literal`() throws {
    let name = String(repeating: "x", count: 600)
    #expect(try CommandText.written(.select(MailboxName(name))) == "A1 SELECT {600}\r\n<+>\(name)\r\n")
  }
}
