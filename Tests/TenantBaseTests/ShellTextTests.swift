import TenantBase
import Testing

@Suite struct ShellTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("a/b-c.xml", "a/b-c.xml"), ("Gmail Credentials", "\"Gmail Credentials\""),
    ("it's", "\"it's\""), ("$HOME", "'$HOME'"), ("a'$b", "'a'\\''$b'"), ("", "''"), ("größe", "größe"),
    ("a;b", "\"a;b\""),
  ])
  func `a word is quoted only as far as a shell needs it`(word: String, quoted: String) {
    #expect(ShellText.quoted(word) == quoted)
  }
}
