import Testing

@testable import MIME

@Suite struct DecodingAddressTests {
  /// Name, local part and domain of each address, `|` between; a group stands as `name{...}`.
  static func outline(_ value: String) -> [String] { outline(Array(value.utf8)) }

  static func outline(_ value: [UInt8]) -> [String] {
    func one(_ address: MailAddress) -> String {
      "\(address.displayName ?? "-")|\(address.localPart)|\(address.domain)"
    }
    return AddressField.parse(value).map { entry in
      switch entry {
      case .mailbox(let address): one(address)
      case .group(let name, let members): "\(name){\(members.map(one).joined(separator: ","))}"
      }
    }
  }

  static let fields: [(String, [String])] = [
    ("anna@example.org", ["-|anna|example.org"]),
    ("Anna <anna@example.org>", ["Anna|anna|example.org"]),
    ("\"Anna, B.\" <anna@example.org>, Bob <bob@x>", ["Anna, B.|anna|example.org", "Bob|bob|x"]),
    ("anna@example.org (Anna B.)", ["Anna B.|anna|example.org"]),
    ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["Pete|pete|silly.test"]),
    (
      "A Group:Ed Jones <joe@where.test>,joe@x,John <jdoe@one.test>;",
      ["A Group{Ed Jones|joe|where.test,-|joe|x,John|jdoe|one.test}"]
    ),
    ("Undisclosed recipients:;", ["Undisclosed recipients{}"]),
    ("a@x, team: b@x; , c@x", ["-|a|x", "team{-|b|x}", "-|c|x"]),
    ("\"Joe Q. Public\" <john.q.public@example.com>", ["Joe Q. Public|john.q.public|example.com"]),
    ("Who? <one@y.test>", ["Who?|one|y.test"]),
    ("\"Giant; \\\"Big\\\" Box\" <sysservices@example.net>", ["Giant; \"Big\" Box|sysservices|example.net"]),
    ("Joe Q. Public <john . q . public @ example . com>", ["Joe Q. Public|john.q.public|example.com"]),
    ("john . q @ example . com", ["-|john.q|example.com"]),
    ("\"john doe\"@example.com", ["-|john doe|example.com"]),
    ("<\"a@b\\\"c\"@example.com>", ["-|a@b\"c|example.com"]),
    ("<@route,@other:user@example.com>", ["-|user|example.com"]),
    ("user@[192.0.2.1], x@[IPv6:2001:db8::1]", ["-|user|[192.0.2.1]", "-|x|[IPv6:2001:db8::1]"]),
    ("=?utf-8?Q?M=C3=BCller=2C_J=2E?= <m@x.de>", ["Müller, J.|m|x.de"]),
    ("=?utf-8?Q?M=C3?= =?utf-8?Q?=BCller?= <m@x.de>", ["Müller|m|x.de"]),
    ("\"=?utf-8?Q?M=C3=BCller?=\" <m@x.de>", ["Müller|m|x.de"]),
    ("=?utf-8?Q?Doe,_John?= <j@x>", ["Doe, John|j|x"]),
    ("Doe, John <j@x>", ["Doe, John|j|x"]),
    ("john@x, John <j@x>", ["-|john|x", "John|j|x"]),
    ("John Doe john@example.com", ["John Doe|john|example.com"]),
    ("<john@example.com> John", ["John|john|example.com"]),
    ("<<john@example.com>>", ["-|john|example.com"]),
    ("John <john@example.com", ["John|john|example.com"]),
    ("\"John <john@example.com>", ["John <john@example.com>||"]),
    (",, a@x ,,", ["-|a|x"]),
    ("", []), ("<>", []), (";", []), ("()", []),
    ("local", ["-|local|"]),
    ("Müller <müller@exämple.de>", ["Müller|müller|exämple.de"]),
    // An address never comes out of an encoded word, nor is a line broken by one.
    ("=?utf-8?Q?evil=40example.com?=", ["evil@example.com||"]),
    ("=?utf-8?Q?a=40good.org=0A=00?= <evil@bad.org>", ["a@good.org\u{FFFD}\u{FFFD}|evil|bad.org"]),
    ("=?utf-8?Q?=3Ca=40good.org=3E?= <evil@bad.org>", ["<a@good.org>|evil|bad.org"]),
    ("a@b@c.org", ["-|a@b|c.org"]),
  ]

  @Test(arguments: fields)
  func `address fields are read as people mean them`(_ sent: String, _ wanted: [String]) {
    #expect(Self.outline(sent) == wanted)
  }

  @Test func `cut address fields and raw bytes give a list too`() {
    for (sent, _) in Self.fields {
      let bytes = Array(sent.utf8)
      for cut in bytes.indices { _ = AddressField.parse(Array(bytes[..<cut])) }
    }
    #expect(Self.outline([0x22, 0xFC, 0x22, 0x3C, 0x61, 0x40, 0xFF, 0x3E]) == ["ü|a|ÿ"])
  }

  @Test func `message identifiers are read with and without brackets`() {
    #expect(MessageID.list(Array("<a@b> (x) <c @ d>".utf8)) == ["a@b", "c@d"])
    #expect(MessageID.list(Array("a@b text".utf8)) == ["a@b"])
    #expect(MessageID.list(Array("<open@x".utf8)) == ["open@x"])
    #expect(MessageID.list([]) == [])
  }
}
