import Expressions
import Testing

@Test(
  "patterns match as Java's do",
  arguments: [
    ("abc", "abc", true), ("abc", "abcd", false), ("a.c", "abc", true), ("a.c", "a\nc", false),
    ("(?s)a.c", "a\nc", true),
    ("a*", "", true), ("a+", "", false), ("a?b", "b", true), ("(ab){2}", "abab", true),
    ("(ab){2,3}", "ababababab", false),
    ("a{2,}", "aaaa", true), ("[a-c]+", "abcabc", true), ("[^a-c]+", "xyz", true),
    ("[\\w.-]+@[\\w.-]+", "a.b@c-d.e", true),
    ("\\d{4}-\\d{2}", "2026-11", true), ("\\D+", "a1", false), ("(?i)ORDER", "order", true),
    ("(?i:o)rder", "Order", true),
    ("(?i:o)rder", "OrdeR", false), ("a|bc|d", "bc", true), ("(a|b)*c", "ababc", true), ("(a)(b)\\2\\1", "abba", true),
    ("(?=.*\\d)[a-z0-9]+", "abc1", true), ("(?!x).*", "xa", false), ("^abc$", "abc", true),
    (".*\\bfoo\\b.*", "a foo b", true),
    ("\\p{L}+", "Grüße", true), ("\\p{Alpha}+", "Grüße", false), ("\\Qa.b\\E", "a.b", true),
    ("\\Qa.b\\E", "axb", false),
    ("\\x41\\u0042", "AB", true), ("(a*)*", "aaaa", true), ("(a*)*b", "aaaa", false), ("a*?b", "aab", true),
    ("[]a]+", "a]", true), ("[a\\-z]+", "-", true), ("[[ab]c]+", "abc", true), ("(?:ab)+", "abab", true),
    ("(?<year>\\d+)", "12", true), ("[\\s\\S]*", "a\n b", true), ("\\.", ".", true), ("[+-]?\\d+", "-5", true),
  ])
func matches(_ pattern: String, _ text: String, _ expected: Bool) throws {
  #expect(try JavaPattern(pattern).matches(text) == expected)
}

@Test(
  "patterns that are not read are refused",
  arguments: [
    "(", ")", "[a", "a{", "a{2,1}", "*a", "a**", "\\", "\\y", "(?<=a)b", "(?>a)", "a++", "[a&&b]", "[z-a]", "\\p{Foo}",
    "(a)\\2",
    "a{99999}", "(?x)a", "((((a{1000}){1000}){1000}))", "(?:(?:(?:){1000}){1000}){1000}",
  ])
func refused(_ pattern: String) { #expect(throws: ExpressionError.self) { try JavaPattern(pattern) } }

@Test func `a pattern that would never end is stopped`() throws {
  let text = String(repeating: "a", count: 40) + "!"
  for pattern in ["(a+)+", "(a|aa)+", "(.*)*x"] {
    do throws(ExpressionError) {
      _ = try JavaPattern(pattern).matches(text)
      Issue.record("ended")
    } catch { #expect(error.kind == .limitExceeded) }
  }
}
