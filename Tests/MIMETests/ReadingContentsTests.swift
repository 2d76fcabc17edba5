import Testing

@testable import MIME

@Suite struct ReadingContentsTests {
  static func read(_ text: String) -> (mail: ReceivedMail, contents: MailContents) {
    let mail = MailMessageParser.parse(Array(text.replacing("\n", with: "\r\n").utf8))
    return (mail, MailContents(mail))
  }

  static let newsletter = """
    From: =?utf-8?Q?M=C3=BCller?= <m@example.de>
    To: a@x, team: b@x, C <c@x>;
    Subject: =?utf-8?B?R3LDvMOfZQ==?= for you
    Date: Fri, 20 Nov 2026 10:00:00 +0100
    Message-ID: <1@example.de>
    Content-Type: multipart/mixed; boundary=m

    --m
    Content-Type: multipart/related; boundary=r

    --r
    Content-Type: multipart/alternative; boundary=a

    --a
    Content-Type: text/plain; charset=iso-8859-1
    Content-Transfer-Encoding: quoted-printable

    Gr=FC=DFe
    --a
    Content-Type: text/html; charset=utf-8

    <p>Grüße <img src="cid:logo"></p>
    --a--
    --r
    Content-Type: image/png
    Content-ID: <logo>
    Content-Transfer-Encoding: base64

    AAEC
    --r--
    --m
    Content-Type: application/pdf; name="other.pdf"
    Content-Disposition: attachment; filename="../../etc/invoice.pdf"
    Content-Transfer-Encoding: base64

    JVBERg==
    --m
    Content-Type: application/pdf
    Content-Disposition: attachment; filename="INVOICE.pdf"

    two
    --m
    Content-Type: message/rfc822

    Subject: forwarded: a/b

    inner text
    --m
    Content-Type: text/plain

    footer
    --m--
    """

  @Test func `headers are what a person means`() {
    let headers = Self.read(Self.newsletter).mail.headers
    #expect(headers.subject == "Grüße for you")
    #expect(headers.from == [MailAddress(displayName: "Müller", localPart: "m", domain: "example.de")])
    #expect(headers.to.map(\.localPart) == ["a", "b", "c"])
    #expect(headers.addressEntries("To").count == 2)
    #expect(headers.date?.iso8601 == "2026-11-20T10:00:00+01:00")
    #expect(headers.messageID == "1@example.de")
    #expect(headers.cc.isEmpty && headers.sender == nil)
  }

  @Test func `text, HTML, inline parts and attachments are sorted`() {
    let (mail, contents) = Self.read(Self.newsletter)
    #expect(contents.text == "Grüße\nfooter")
    #expect(contents.html == "<p>Grüße <img src=\"cid:logo\"></p>")
    #expect(!contents.isTextDerived)
    #expect(contents.inlineParts.map(\.fileName) == ["part-1.1.2.png"])
    #expect(contents.inlineParts.map(\.contentID) == ["logo"])
    #expect(contents.attachments.map(\.fileName) == ["invoice.pdf", "INVOICE (2).pdf", "b.eml"])
    #expect(contents.attachments.map(\.originalName) == ["../../etc/invoice.pdf", "INVOICE.pdf", "forwarded: a/b.eml"])
    #expect(
      contents.attachments.map { mail.content(of: $0).map { String(decoding: $0, as: UTF8.self) } } == [
        "%PDF", "two", "Subject: forwarded: a/b\r\n\r\ninner text",
      ])
  }

  @Test func `text is derived from HTML when there is no plain text`() {
    let contents = Self.read("Content-Type: text/html; charset=utf-8\n\n<h1>Hi</h1>a &amp; b<br>c").contents
    #expect(contents.text == "Hi\n\na & b\nc\n")
    #expect(contents.isTextDerived)
    #expect(contents.attachments.isEmpty)
  }

  @Test func `uuencoded files leave the text`() {
    let (mail, contents) = Self.read(
      "Subject: x\n\nbefore\nbegin 644 ../cat.txt\n#0V%T\n`\nend\nafter\nbegin 644 open\nxxx\n")
    #expect(contents.text == "before\r\nafter\r\nbegin 644 open\r\nxxx\r\n")
    #expect(contents.attachments.map(\.fileName) == ["cat.txt"])
    #expect(contents.attachments.first.flatMap { mail.content(of: $0) } == Array("Cat".utf8))
  }

  @Test func `flowed text is joined`() {
    let text = "Content-Type: text/plain; format=flowed\n\na \nb\n> q \n> r\n>> s\n c\n-- \nsig"
    #expect(Self.read(text).contents.text == "a b\n> q r\n>> s\nc\n-- \nsig")
    let joined = "Content-Type: text/plain; format=flowed; delsp=yes\n\na \nb"
    #expect(Self.read(joined).contents.text == "ab")
  }

  @Test func `a mail without text has none, and a lone file is an attachment`() {
    let (_, contents) = Self.read(
      "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==")
    #expect(contents.text == nil && contents.html == nil)
    #expect(contents.attachments.map(\.fileName) == ["a.pdf"])
  }

  static let html: [(String, String)] = [
    ("a <b>b</b>\n c", "a b c\n"), ("<p>a<p>b", "a\n\nb\n"), ("<div>a</div><div>b</div>", "a\nb\n"),
    ("<script>x < y</script>a<style>b</style>c<!-- d > -->e", "ace\n"), ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc\n"),
    ("<pre>a\n  b</pre>", "a\n  b\n"), ("&lt;&#228;&#xe4;&nbsp;&bogus; &", "<ää &bogus; &\n"),
    ("a < b > c", "a < b > c\n"),
    ("<a href=\"x>y\">z</a>", "z\n"), ("<img alt='a", ""), ("<script>never closed", ""), ("<!-- never closed", ""),
    ("", ""), ("<td>a</td><td>b</td>", "a b\n"), ("&#0;&#xD800;&#99999999999;", "\u{FFFD}\u{FFFD}&#99999999999;\n"),
  ]

  @Test(arguments: html)
  func `HTML becomes text`(_ html: String, _ text: String) {
    #expect(HTMLText.plainText(of: html) == text)
  }

  static let names: [(String, String)] = [
    ("a.txt", "a.txt"), ("../../etc/passwd", "passwd"), ("/etc/passwd", "passwd"), ("C:\\temp\\a.txt", "a.txt"),
    ("..", ""), (".", ""), ("", ""), ("///", ""), (".bashrc", "_.bashrc"), ("-rf", "_-rf"), ("~root", "_~root"),
    ("a\u{0}b.txt", "ab.txt"), ("a\nb", "ab"), ("gpj\u{202E}exe.txt", "gpjexe.txt"), ("a\u{200B}b", "ab"),
    ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("com1", "_com1"), ("lpt9.pdf", "_lpt9.pdf"), ("console", "console"),
    ("a:b.txt", "a_b.txt"), ("a?*<>|\".txt", "a______.txt"), ("name. ", "name"), ("  name", "name"),
    ("日本.txt", "日本.txt"),
    ("%2e%2e%2fx", "_2e_2e_2fx"),
  ]

  @Test(arguments: names)
  func `file names are made safe`(_ name: String, _ safe: String) {
    #expect(AttachmentNames.safe(name) == safe)
  }

  @Test func `file names are short and unique in whatever case`() {
    var names = AttachmentNames()
    let long = String(repeating: "ü", count: 4_000) + ".pdf"
    let first = names.unique(long, fallback: "p", mediaType: "x/y")
    let second = names.unique(long, fallback: "p", mediaType: "x/y")
    #expect(first != second)
    #expect(first.utf8.count <= AttachmentNames.longest && second.utf8.count <= AttachmentNames.longest)
    #expect(first.hasSuffix(".pdf") && second.hasSuffix(" (2).pdf"))
    // The cut brings a blank to the end; found by fuzzing.
    let cut = AttachmentNames.safe(String(repeating: "a", count: AttachmentNames.longest - 1) + " b")
    #expect(cut == String(repeating: "a", count: AttachmentNames.longest - 1))
    #expect(AttachmentNames.safe(String(repeating: "_", count: AttachmentNames.longest) + "b").isEmpty)
    #expect(names.unique("A.txt", fallback: "p", mediaType: "x/y") == "A.txt")
    #expect(names.unique("a.TXT", fallback: "p", mediaType: "x/y") == "a (2).TXT")
    #expect(names.unique("a (2).txt", fallback: "p", mediaType: "x/y") == "a (2) (2).txt")
    #expect(names.unique(nil, fallback: "part-1.2", mediaType: "text/html") == "part-1.2.html")
    #expect(names.unique("..", fallback: "part-1.3", mediaType: "odd/type") == "part-1.3.bin")
  }
}
