import Testing

/// `tenant mail show` as a person uses it.
struct MailShowTests {
  private static let mail = """
    From: =?UTF-8?Q?J=C3=BCrgen?= <jurgen@example.com>\r
    To: anna@example.org\r
    Subject: =?utf-8?B?QmVzdGVsbHVuZw==?=\r
    Date: Fri, 20 Nov 2026 10:00:00 +0100\r
    Message-ID: <1@example.com>\r
    MIME-Version: 1.0\r
    Content-Type: multipart/mixed; boundary=b\r
    \r
    --b\r
    Content-Type: text/plain; charset=iso-8859-1\r
    Content-Transfer-Encoding: quoted-printable\r
    \r
    Gr=F6=DFe\r
    --b\r
    Content-Type: text/csv; name="../../etc/order.csv"\r
    Content-Disposition: attachment; filename="../../etc/order.csv"\r
    Content-Transfer-Encoding: base64\r
    \r
    YTtiCg==\r
    --b--\r

    """

  @Test func `a mail is shown with its headers, parts and text`() async throws {
    let home = try TenantHome()
    try home.write(Self.mail, to: "order.eml")
    let result = try await home.run(["mail", "show", "order.eml"])
    #expect(result.exitCode == 0)
    for part in ["Jürgen <jurgen@example.com>", "Bestellung", "multipart/mixed", "Größe", "order.csv"] {
      #expect(result.outputText.contains(part), "\(part) is not in \(result.outputText)")
    }
  }

  @Test func `JSON has the documented members, also from standard input`() async throws {
    let home = try TenantHome()
    let result = try await home.run(["mail", "show", "-", "--output", "json"], input: Array(Self.mail.utf8))
    #expect(result.exitCode == 0)
    for part in ["\"path\": \"1.2\"", "\"kind\": \"leaf\"", "\"fields\"", "\"headers\"", "YTtiCg==", "\"Größe"] {
      #expect(result.outputText.contains(part), "\(part) is not in \(result.outputText)")
    }
  }

  @Test func `attachments are extracted under safe names and never replace a file`() async throws {
    let home = try TenantHome()
    try home.write(Self.mail, to: "order.eml")
    let result = try await home.run(["mail", "show", "order.eml", "--extract", "out"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try TestFiles.names(in: "\(home.path)/out") == ["order.csv"])
    #expect(try TestFiles.read("\(home.path)/out/order.csv") == Array("a;b\n".utf8))
    let again = try await home.run(["mail", "show", "order.eml", "--extract", "out"])
    #expect(again.exitCode == 65)
    #expect(again.errorText.contains("out/order.csv"))
  }

  @Test func `rubbish is shown and a missing file is told`() async throws {
    let home = try TenantHome()
    let rubbish = (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 7) }
    #expect(try await home.run(["mail", "show", "-"], input: rubbish).exitCode == 0)
    let missing = try await home.run(["mail", "show", "nothing.eml"])
    #expect(missing.exitCode == 65)
    #expect(missing.errorText.contains("nothing.eml"))
  }
}
