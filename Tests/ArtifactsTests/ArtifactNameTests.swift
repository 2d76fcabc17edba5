import Testing

@testable import Artifacts

struct ArtifactNameTests {
  @Test(arguments: ["a", "Gmail Credentials", "Ü ö", "a/b:c*", String(repeating: "€", count: 150), "日本 語"])
  func `a text can be a name`(text: String) throws { #expect(try ArtifactName(text).text == text) }

  @Test(
    arguments: [
      ("", .empty), (" a", .blankAtEnd), ("a ", .blankAtEnd), ("a\u{A0}", .blankAtEnd), ("\u{3000}a", .blankAtEnd),
      ("a\nb", .controlCharacter), ("\u{0}", .controlCharacter), ("a\u{7F}b", .controlCharacter),
      ("a\u{85}b", .controlCharacter), ("a\u{2028}b", .controlCharacter), ("a\u{202E}b", .controlCharacter),
      (String(repeating: "x", count: 151), .tooLong(limit: 150)),
    ] as [(String, NameFault)])
  func `a text that is no name is refused with its fault`(text: String, fault: NameFault) {
    #expect(throws: fault) { try ArtifactName(text) }
  }

  @Test func `names differ by case and by spelling of accents`() throws {
    #expect(try ArtifactName("a") != ArtifactName("A"))
    #expect(try ArtifactName("\u{E9}") != ArtifactName("e\u{301}"))
    #expect(try ArtifactName("B") < ArtifactName("a"))
  }

  @Test(
    arguments: [
      ("smtp.example.com", "SMTP.example.com.", true), ("smtp.example.com", "imap.example.com", false),
      ("*.example.com", "smtp.example.com", true), ("*.example.com", "example.com", false),
      ("*.example.com", "a.b.example.com", false), ("*.example.com", ".example.com", false),
      ("*.example.com", "evilexample.com", false), ("127.0.0.1", "127.0.0.1", true), ("::1", "[::1]", true),
      ("smtp.example.com", "smtp.example.com.evil.org", false), ("localhost", "localhost", true),
    ])
  func `a host is allowed or not`(pattern: String, host: String, allowed: Bool) throws {
    #expect(try #require(AllowedHost(pattern)).matches(host) == allowed)
  }

  @Test(
    arguments: [
      "", ".", "a..b", "*", "*.com", "a.*.com", "sm*.example.com", "smtp.example.com:587", "https://a.example", "a b",
      "-a.example.com", "a-.example.com", "b\u{FC}cher.example", String(repeating: "a", count: 64) + ".example",
      "a/b", "a@b", "gg::1",
    ])
  func `what is no host is refused`(text: String) { #expect(AllowedHost(text) == nil) }

  @Test func `a credential without hosts may go anywhere, one with hosts only there`() throws {
    var credentials = UserCredentials(name: try ArtifactName("a"), user: "u")
    #expect(credentials.allows(host: "anything.example"))
    credentials.allowedHosts = [try #require(AllowedHost("*.example.com"))]
    #expect(credentials.allows(host: "smtp.example.com"))
    #expect(!credentials.allows(host: "smtp.example.org"))
  }
}
