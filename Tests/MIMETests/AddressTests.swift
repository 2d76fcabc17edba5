import MIME
import TenantBase
import TestSupport
import Testing

@Suite struct AddressTests {
  private static let lists: [(text: String, expected: [String])] = [
    ("a@b.example", ["a@b.example"]),
    ("a@b.example, c@d.example", ["a@b.example", "c@d.example"]),
    ("a@b.example;c@d.example ; e@f.example", ["a@b.example", "c@d.example", "e@f.example"]),
    ("a@b.example,, c@d.example,", ["a@b.example", "c@d.example"]),
    ("", []),
    ("  ", []),
    ("Anna <a@b.example>", ["Anna|a@b.example"]),
    ("\"Doe, John; x\" <a@b.example>, Mr. X. Y <c@d.example>", ["Doe, John; x|a@b.example", "Mr. X. Y|c@d.example"]),
    ("<a@b.example>", ["a@b.example"]),
    ("Team: a@b.example, B <c@d.example>; e@f.example", ["a@b.example", "B|c@d.example", "e@f.example"]),
    ("Undisclosed recipients:;", []),
    ("Anna (comment (nested \\) )) <a@b.example> (more)", ["Anna|a@b.example"]),
    ("\"quoted local\"@b.example", ["\"quoted local\"@b.example"]),
    ("\"simple\"@b.example", ["simple@b.example"]),
    ("a@[192.0.2.1], b@[IPv6:2001:db8::1]", ["a@[192.0.2.1]", "b@[IPv6:2001:db8::1]"]),
    ("jürgen@müller.example, 用户 <用户@例子.example>", ["jürgen@müller.example", "用户|用户@例子.example"]),
    ("Firma Müller & Söhne <a@b.example>", ["Firma Müller & Söhne|a@b.example"]),
    ("-a@b.example", ["-a@b.example"]),
    ("=?UTF-8?Q?J=C3=BCrgen?= M <a@b.example>", ["Jürgen M|a@b.example"]),
  ]

  @Test(arguments: lists) func `lists are read as people write them`(_ row: (text: String, expected: [String])) throws {
    let list = try AddressList.parsing(row.text, field: "To")
    let found = list.mailboxes.map { ($0.displayName.map { "\($0)|" } ?? "") + $0.specification }
    #expect(found == row.expected)
  }

  private static let refused: [(text: String, kind: MIMEError.Kind, offset: Int)] = [
    ("a@b.example c@d.example", .malformedAddress, 12),
    ("a@b.example\r\nBcc: c@d.example", .controlCharacter, 11),
    ("a@b.example\nBcc: c@d.example", .controlCharacter, 11),
    ("a\0@b.example", .controlCharacter, 1),
    ("a@b.example> SIZE=1", .malformedAddress, 11),
    ("a@b>\r\nRCPT TO:<c@d", .controlCharacter, 4),
    ("<a@b.example", .malformedAddress, 12),
    ("Doe, John <a@b.example>", .malformedAddress, 3),
    ("a@b..example", .malformedAddress, 4),
    ("a@", .malformedAddress, 2),
    ("@b.example", .malformedAddress, 0),
    ("Team: a@b.example", .malformedAddress, 17),
    ("a@b.example, (unclosed", .malformedAddress, 13),
    ("a\u{202E}b@c.example", .malformedAddress, 5),
    ("a@b_c.example", .malformedAddress, 2),
    ("a@[999.1.1.1]", .malformedAddress, 2),
  ]

  @Test(arguments: refused) func `what is doubtful is refused with its place`(
    _ row: (text: String, kind: MIMEError.Kind, offset: Int)
  ) {
    do throws(MIMEError) {
      let list = try AddressList.parsing(row.text, field: "To")
      Issue.record("read as \(list)")
    } catch {
      #expect(error.kind == row.kind)
      #expect(error.offset == row.offset)
      #expect(error.field == "To")
    }
  }

  @Test func `an address is written anew from its parts`() throws {
    let address = try MailAddress.parsing("\"a\\\"b c\"(x)@ (y) b.example", field: "To")
    #expect(address.localPart == "a\"b c")
    #expect(address.specification == "\"a\\\"b c\"@b.example")
  }

  @Test func `parts that make no address are found before they are written`() {
    for (local, domain) in [("a", "b>\r\nRCPT"), ("a\r\n", "b"), ("a", ""), ("a", "b c"), ("", "b\0")] {
      let address = MailAddress(localPart: local, domain: domain)
      #expect(throws: MIMEError.self) { try address.checked(field: "To") }
    }
  }

  @Test func `every prefix and every single change of a list is either read or refused`() {
    let text = Array("\"A, B\" <a.b@[192.0.2.1]>; Team: \"x y\"@d.example (c);".utf8)
    var count = 0
    for index in text.indices {
      for byte in Array("\"\\<>()[]@,;:. \r\na\u{0}".utf8) {
        var changed = text
        changed[index] = byte
        _ = try? AddressList.parsing(changed.utf8Text, field: "To")
        count += 1
      }
      _ = try? AddressList.parsing(text[..<index].utf8Text, field: "To")
    }
    #expect(count > 500)
  }

  @Test func `a deep comment and a long list are refused`() {
    let deep = String(repeating: "(", count: 100_000)
    #expect(throws: MIMEError.self) { try AddressList.parsing(deep, field: "To") }
    var limits = AddressLimits()
    limits.listItems = 3
    #expect(throws: MIMEError.self) { try AddressList.parsing("a@b,a@b,a@b,a@b", field: "To", limits: limits) }
  }
}
