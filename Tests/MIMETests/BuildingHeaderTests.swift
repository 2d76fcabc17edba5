import MIME
import TenantBase
import Testing

@Suite struct BuildingHeaderTests {
  private func header(_ change: (inout MailDraft) throws -> Void) throws -> String {
    var message = try BuildingFixture.message(try BuildingFixture.text("x"))
    try change(&message)
    return BuildingFixture.split(try BuildingFixture.bytes(message)).header
  }

  private func field(_ name: String, in header: String) -> String? {
    let unfolded = header.replacing("\r\n ", with: "\n ").replacing("\r\n\t", with: "\n\t")
    let line = unfolded.split(separator: "\r\n").first { $0.hasPrefix("\(name):") }
    return line.map { String($0.dropFirst(name.utf8.count + 2)).replacing("\n", with: "\r\n") }
  }

  private static let subjects: [(text: String, expected: String)] = [
    ("Hello", "Hello"),
    ("Grüße", "=?UTF-8?B?R3LDvMOfZQ==?="),
    ("Order 4711 für Müller at noon", "Order 4711 =?UTF-8?B?ZsO8ciBNw7xsbGVy?= at noon"),
    ("ein Café am Ende der Straße nebenan", "ein =?UTF-8?Q?Caf=C3=A9_am_Ende_der_Stra=C3=9Fe?= nebenan"),
    ("日本語", "=?UTF-8?B?5pel5pys6Kqe?="),
    ("fake =?UTF-8?Q?x?= word", "fake =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?= word"),
    (" lead", "=?UTF-8?Q?_lead?="),
    ("trail ", "trail =?UTF-8?Q?_?="),
    ("a  b", "a  b"),
    ("bell \u{7}", "bell =?UTF-8?Q?=07?="),
  ]

  @Test(arguments: subjects) func `subjects are encoded where they must be`(_ row: (text: String, expected: String))
    throws
  {
    let header = try header { $0.subject = row.text }
    #expect(field("Subject", in: header) == row.expected)
  }

  @Test func `an empty subject is a field, none is none`() throws {
    #expect(try header { $0.subject = "" }.contains("\r\nSubject:\r\n"))
    #expect(try !header { $0.subject = nil }.contains("Subject"))
  }

  @Test func `long values are folded within 78 bytes and never inside a character`() throws {
    for text in [
      String(repeating: "word ", count: 60) + "end", String(repeating: "Ümläut 日本語 ", count: 30),
      String(repeating: "é", count: 3000), "x" + String(repeating: "👨‍👩‍👧‍👦", count: 50),
    ] {
      let header = try header { $0.subject = text }
      for line in header.split(separator: "\r\n") { #expect(line.utf8.count <= 78, "\(line)") }
    }
    // What has no blank cannot be folded; from 600 bytes on it is encoded, and then it can.
    let unbroken = try header { $0.subject = String(repeating: "x", count: 5000) }
    for line in unbroken.split(separator: "\r\n") { #expect(line.utf8.count <= 78) }
  }

  private static let names: [(address: String, expected: String)] = [
    ("a@b.example", "a@b.example"),
    ("Anna Muster <a@b.example>", "Anna Muster <a@b.example>"),
    ("\"Doe, John\" <a@b.example>", "\"Doe, John\" <a@b.example>"),
    ("\"say \\\"hi\\\"\" <a@b.example>", "\"say \\\"hi\\\"\" <a@b.example>"),
    ("Jürgen Müller <a@b.example>", "=?UTF-8?B?SsO8cmdlbiBNw7xsbGVy?= <a@b.example>"),
    ("\"two  blanks\" <a@b.example>", "\"two  blanks\" <a@b.example>"),
    ("\"a (b)\" <a@b.example>", "\"a (b)\" <a@b.example>"),
    ("Team: a@b.example, C <c@d.example>;", "Team: a@b.example, C <c@d.example>;"),
    ("Nobody:;", "Nobody: ;"),
    ("\"odd local\"@b.example", "\"odd local\"@b.example"),
    ("Ü: ä@b.example;", "=?UTF-8?B?w5w=?=: ä@b.example;"),
  ]

  @Test(arguments: names) func `addresses are quoted and encoded where they must be`(
    _ row: (address: String, expected: String)
  ) throws {
    let header = try header { $0.to = try AddressList.parsing(row.address, field: "To") }
    #expect(field("To", in: header) == row.expected)
  }

  @Test func `many recipients are folded at the commas`() throws {
    let list = (0..<50).map { "Person \($0) <person.number.\($0)@department.example.com>" }.joined(separator: ";")
    let header = try header { $0.to = try AddressList.parsing(list, field: "To") }
    for line in header.split(separator: "\r\n") { #expect(line.utf8.count <= 78) }
    let value = try #require(field("To", in: header))
    #expect(try AddressList.parsing(value.replacing("\r\n", with: ""), field: "To").mailboxes.count == 50)
  }

  @Test func `several authors need a sender`() throws {
    let header = try header { $0.from = try AddressList.parsing("a@b.example, c@d.example", field: "From") }
    #expect(field("Sender", in: header) == "a@b.example")
  }

  @Test func `blind recipients have no place in a mail`() throws {
    #expect(try !header { _ in }.lowercased().contains("bcc"))
  }

  @Test func `attachment names are written by RFC 2231 beside the form for old readers`() throws {
    func part(_ name: String) throws -> String {
      let content = MailContent(
        body: nil, attachments: [.init(name: name, mediaType: .octetStream, source: .bytes([1]))])
      return BuildingFixture.split(try BuildingFixture.bytes(try BuildingFixture.message(content))).body
    }
    #expect(try part("a.txt").contains("Content-Disposition: attachment; filename=a.txt\r\n"))
    #expect(try part("a b.txt").contains("filename=\"a b.txt\"\r\n"))
    let umlaut = try part("Übersicht.pdf")
    #expect(umlaut.contains("name=\"=?UTF-8?Q?=C3=9Cbersicht=2Epdf?=\"\r\n"))
    #expect(umlaut.contains("Content-Disposition: attachment; filename*=UTF-8''%C3%9Cbersicht.pdf\r\n"))
    #expect(try part("quote\".txt").contains("filename=\"quote\\\".txt\"\r\n"))
    let long = try part(String(repeating: "lang ", count: 40) + "ä.txt")
    #expect(long.contains("filename*0*=UTF-8''lang%20"))
    for line in long.split(separator: "\r\n") { #expect(line.utf8.count <= 90, "\(line)") }
  }
}
