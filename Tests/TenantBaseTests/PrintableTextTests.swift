import TenantBase
import Testing

@Suite struct PrintableTextTests {
  @Test func `control and direction characters are escaped`() {
    #expect(PrintableText.escaping("a\u{1B}[31mb\r\nc\u{202E}d\u{0}") == "a\\u{1b}[31mb\\r\\nc\\u{202e}d\\u{0}")
  }

  @Test func `ordinary text of any script stays as it is`() {
    #expect(PrintableText.escaping("Größe 漢字 😀") == "Größe 漢字 😀")
  }

  @Test func `long text is cut`() {
    let text = PrintableText.escaping(String(repeating: "x", count: 1_000), limit: 10)
    #expect(text == "xxxxxxxxxx...")
  }

  @Test func `bytes that are not text become replacement characters`() {
    #expect(PrintableText.escaping([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
  }
}
