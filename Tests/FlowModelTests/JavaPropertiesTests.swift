import FlowModel
import TenantBase
import Testing

@Test(
  "lines of a properties file are read as Java reads them",
  arguments: [
    ("a=b", [["a", "b"]]), ("a = b ", [["a", "b "]]), ("a:b", [["a", "b"]]), ("a b", [["a", "b"]]), ("a", [["a", ""]]),
    ("a=", [["a", ""]]), ("  a\t=\tb", [["a", "b"]]), ("#c\n!d\na=b", [["a", "b"]]), ("a=b#c", [["a", "b#c"]]),
    ("a\\ b\\:c\\=d=e", [["a b:c=d", "e"]]), ("a=x\\\n   y\\\r\n z", [["a", "xyz"]]),
    ("a=x\\\\\nb=c", [["a", "x\\"], ["b", "c"]]),
    ("a=\\u00fc\\u00FC", [["a", "üü"]]), ("a=\\uD83D\\uDE00", [["a", "😀"]]), ("a=\\uD83D", [["a", "\u{FFFD}"]]),
    ("a=\\t\\n\\r\\f\\q", [["a", "\t\n\r\u{0C}q"]]), ("a=b=c:d", [["a", "b=c:d"]]), ("a==b", [["a", "=b"]]),
    ("\n\r\n\ra=b\r", [["a", "b"]]), ("a=1\na=2", [["a", "1"], ["a", "2"]]), ("", []), ("   \n#", []),
    ("a=b\\", [["a", "b"]]),
    ("server=smtp.example.com\\:465", [["server", "smtp.example.com:465"]]), ("=x", [["", "x"]]),
    ("a=ü", [["a", "ü"]]),
  ])
func reads(_ text: String, _ expected: [[String]]) throws {
  #expect(try properties(text).entries.map { [$0.key, $0.value] } == expected)
}

@Test func `entries know their lines and the last of a key wins`() throws {
  let file = try properties("#x\na=1\\\n 2\n\nb=3\na=4", file: "p.prop")
  #expect(file.entries.map(\.place.description) == ["p.prop:2", "p.prop:5", "p.prop:6"])
  #expect(file["a"] == "4")
  #expect(file["z"] == nil)
}

@Test func `bytes that are not UTF-8 are read as ISO-8859-1`() throws {
  #expect(try JavaProperties([0x61, 0x3D, 0xFC], file: "p")["a"] == "ü")
  #expect(try JavaProperties([0xEF, 0xBB, 0xBF, 0x61, 0x3D, 0x62], file: "p")["a"] == "b")
}

@Test(arguments: ["a=\\u12", "a=\\u", "a=\\uXYZW", "a=\\u+123", "\\u12=b"])
func `a bad escape says where`(_ text: String) {
  do throws(FlowModelError) {
    _ = try JavaProperties(Array(("#\n" + text).utf8), file: "p")
    Issue.record("accepted")
  } catch { #expect(error.place.line == 2) }
}

@Test func `a file cut anywhere is read or refused`() {
  let text = Array("# ü\na\\ b\\:c : x\\\r\n y \\uD83D\\uDE00\r\n\tk=\\\\\n".utf8)
  for length in 0...text.count { _ = try? JavaProperties(Array(text.prefix(length)), file: "p") }
}
