import TenantBase
import Testing

@testable import IMAP

@Suite struct MailboxNameTests {
  private static let names: [(text: String, wire: String)] = [
    ("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("A & B", "A &- B"), ("&", "&-"), ("日本語", "&ZeVnLIqe-"),
    ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"), ("📥 in", "&2D3c5Q- in"), ("ä&ö", "&AOQ-&-&APY-"),
    ("", ""), ("tab\tname", "tab&AAk-name"), ("ÿ", "&AP8-"), ("a~b", "a~b"),
  ]

  @Test(arguments: names) func `a name goes both ways`(text: String, wire: String) {
    #expect(MailboxName(text).wireBytes(isUTF8: false).utf8Text == wire)
    #expect(MailboxName(received: Array(wire.utf8), isUTF8: false).text == text)
    #expect(MailboxName(text).wireBytes(isUTF8: true).utf8Text == text)
    #expect(MailboxName(received: Array(text.utf8), isUTF8: true).text == text)
  }

  private static let illegal = [
    "&", "a&", "&AOQ", "a&b", "&AO-", "&2D3-", "&3OU-", "&A-", "&AOR-", "&!!-", "&AOQ=-", "&=-",
  ]

  @Test(arguments: illegal) func `what is no UTF-7 stays as it is and goes back unchanged`(wire: String) {
    let name = MailboxName(received: Array(wire.utf8), isUTF8: false)
    #expect(name.text == wire)
    #expect(name.wireBytes(isUTF8: false) == Array(wire.utf8))
  }

  @Test func `what the server sent goes back byte by byte`() {
    // Legal to read and not as we would write it.
    let name = MailboxName(received: Array("&AGE-&AGI-".utf8), isUTF8: false)
    #expect(name.text == "ab")
    #expect(name.wireBytes(isUTF8: true).utf8Text == "&AGE-&AGI-")
    let latin = MailboxName(received: [0x41, 0xE4], isUTF8: false)
    #expect(latin.text == "A\u{FFFD}" && latin.wireBytes(isUTF8: false) == [0x41, 0xE4])
  }

  @Test func `INBOX is one folder in any case`() {
    #expect(MailboxName("inbox") == .inbox)
    #expect(Set([MailboxName("InBox"), .inbox]).count == 1)
    #expect(MailboxName("inbox").wireBytes(isUTF8: false).utf8Text == "INBOX")
    #expect(MailboxName("Work") != MailboxName("work"))
    #expect(!MailboxName("INBOX/x").isInbox)
  }

  @Test func `a name of the server equals the same name of a flow`() {
    #expect(MailboxName(received: Array("Entw&APw-rfe".utf8), isUTF8: false) == MailboxName("Entwürfe"))
  }
}
