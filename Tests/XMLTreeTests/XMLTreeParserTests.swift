import TenantBase
import Testing
import XMLTree

private func parse(_ text: String, limits: XMLLimits = XMLLimits()) throws(XMLError) -> XMLElement {
  try XMLTreeParser(limits: limits).parse(Array(text.utf8))
}

private func kind(of text: String, limits: XMLLimits = XMLLimits()) -> XMLError.Kind? {
  kind(of: Array(text.utf8), limits: limits)
}

private func kind(of bytes: [UInt8], limits: XMLLimits = XMLLimits()) -> XMLError.Kind? {
  do throws(XMLError) {
    _ = try XMLTreeParser(limits: limits).parse(bytes)
    return nil
  } catch { return error.kind }
}

private let sample = """
  <?xml version="1.0" encoding="UTF-8"?>
  <!-- layout comes last -->
  <b:definitions xmlns:b="urn:b" xmlns="urn:default" id="D1" b:kind='a &amp; "b"'>
    <b:process id="P1">before<![CDATA[ <raw> ]]>after</b:process>
    <plain xmlns=""><key>K</key><value/></plain>
  <?ignored instruction?>
  </b:definitions>
  """

@Test func `elements keep names, namespaces, attributes, text and lines`() throws {
  let root = try parse(sample)
  #expect(root.name == XMLName("definitions", prefix: "b", namespaceURI: "urn:b"))
  #expect(root.name.qualified == "b:definitions")
  #expect(root.attribute("id") == "D1")
  #expect(root.attribute("kind") == nil)
  #expect(root.attribute("kind", namespaceURI: "urn:b") == "a & \"b\"")
  #expect(root.attributes.map(\.name.localName) == ["id", "kind"])
  #expect(root.children.map(\.localName) == ["process", "plain"])
  #expect(root.line == 3)
  let process = try #require(root.firstChild(named: "process"))
  #expect(process.text == "before <raw> after")
  #expect(process.line == 4)
  let plain = try #require(root.firstChild(named: "plain"))
  #expect(plain.namespaceURI == nil)
  #expect(plain.children(named: "key").map(\.text) == ["K"])
  #expect(plain.allText == "K")
  #expect(plain.firstChild(named: "value")?.text == "")
}

@Test func `a fragment may have several roots and none`() throws {
  let rows = try XMLTreeParser().parseFragment("<row><cell id='A'>1 &amp; 2</cell></row>\n<row/>")
  #expect(rows.children.count == 2)
  #expect(rows.children[0].firstChild(named: "cell")?.text == "1 & 2")
  #expect(rows.children[1].line == 2)
  #expect(try XMLTreeParser().parseFragment("").nodes.isEmpty)
  #expect(throws: XMLError.self) { try XMLTreeParser().parseFragment("</fragment><fragment>") }
}

@Test(
  "hostile and broken documents are refused",
  arguments: [
    ("", XMLError.Kind.malformed),
    (" ", .malformed),
    ("<a>", .malformed),
    ("<a", .malformed),
    ("<a/><b/>", .malformed),
    ("<a><b></c></a>", .malformed),
    ("<a x='1' x='2'/>", .malformed),
    ("<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", .malformed),
    ("<p:a/>", .malformed),
    ("<a p:x='1'/>", .malformed),
    ("<a>&undefined;</a>", .malformed),
    ("<a>\u{0}</a>", .malformed),
    ("<a>&#0;</a>", .malformed),
    ("<!DOCTYPE a><a/>", .doctypeRefused),
    ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", .doctypeRefused),
    ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", .doctypeRefused),
    ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", .doctypeRefused),
    ("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x'>%p;]><a/>", .doctypeRefused),
    (
      "<!DOCTYPE a [<!ENTITY x 'xxxx'><!ENTITY y '&x;&x;&x;&x;'><!ENTITY z '&y;&y;&y;&y;'>]><a>&z;</a>", .doctypeRefused
    ),
    ("<?xml version='1.0' encoding='IBM037'?><a/>", .unsupportedEncoding),
    ("<?xml version='1.0' encoding='UTF-7'?><a/>", .unsupportedEncoding),
  ])
func refuses(_ text: String, _ expected: XMLError.Kind) { #expect(kind(of: text) == expected) }

@Test func `depth is limited`() {
  func nested(_ depth: Int) -> String {
    String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
  }
  #expect(kind(of: nested(200)) == nil)
  #expect(kind(of: nested(2000)) == .limitExceeded)
}

@Test func `size, nodes and attribute work are limited`() {
  var limits = XMLLimits()
  limits.bytes = 20
  #expect(kind(of: "<a>0123456789012345</a>", limits: limits) == .limitExceeded)
  limits = XMLLimits()
  limits.nodes = 10
  #expect(kind(of: "<a>" + String(repeating: "<b/>", count: 9) + "</a>", limits: limits) == nil)
  #expect(kind(of: "<a>" + String(repeating: "<b/>", count: 10) + "</a>", limits: limits) == .limitExceeded)
  #expect(kind(of: "<a>" + String(repeating: "<b x='1'/>", count: 5) + "</a>", limits: limits) == .limitExceeded)
  limits = XMLLimits()
  limits.comparisons = 10_000
  let attributes = (0..<101).map { " a\($0) = '1'" }.joined()
  #expect(kind(of: "<a\(attributes)/>", limits: limits) == .limitExceeded)
}

@Test func `errors tell place and the parser's words`() throws {
  do throws(XMLError) {
    _ = try XMLTreeParser().parse(Array("<a>\n  <b></c>\n</a>".utf8), file: "iflows/x.iflw")
    Issue.record("accepted")
  } catch {
    #expect(error.line == 2)
    #expect(error.column != nil)
    #expect(error.detail.contains("mismatch"))
    #expect(error.failureClass == .badInput)
    #expect(error.description.hasPrefix("'iflows/x.iflw' is not well-formed XML ("))
    #expect(error.explanation.places.first?.hasPrefix("iflows/x.iflw:2, column ") == true)
  }
}

@Test func `encodings become the same text`() throws {
  let text = "<a>Grüße</a>"
  let units = Array(text.utf16)
  let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
  let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  let latin = Array("<?xml version='1.0' encoding=\"ISO-8859-1\"?>".utf8) + text.unicodeScalars.map { UInt8($0.value) }
  for bytes in [
    Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), big, little, [0xFE, 0xFF] + big, [0xFF, 0xFE] + little,
    latin,
  ] {
    #expect(try XMLTreeParser().parse(bytes).text == "Grüße")
  }
  let windows = Array("<?xml version='1.0' encoding='windows-1252'?><a>".utf8) + [0x80, 0x93] + Array("</a>".utf8)
  #expect(try XMLTreeParser().parse(windows).text == "€“")
  #expect(kind(of: [0x3C, 0x61, 0x3E, 0xC3, 0x28] + Array("</a>".utf8)) == .malformed)
  #expect(kind(of: [0, 0, 0xFE, 0xFF, 0, 0, 0, 0x3C]) == .unsupportedEncoding)
}

@Test func `a document cut at any offset is an error, never a crash`() {
  let bytes = Array(sample.utf8)
  let end = bytes.lastIndex(of: 0x3E) ?? 0
  for length in 0..<end { #expect(kind(of: Array(bytes.prefix(length))) != nil) }
}

@Test func `changed bytes never crash the parser`() {
  let bytes = Array(sample.utf8)
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
  let tokens = [
    "<", ">", "&", "\"", "<!DOCTYPE ", "]]>", "<![CDATA[", "&#x10FFFF;", "xmlns:b=\"", "\u{0}", "</b:process>",
  ]
  var refused = 0
  for _ in 0..<2000 {
    var mutant = bytes
    for _ in 0...next(3) {
      let at = next(mutant.count)
      switch next(3) {
      case 0: mutant[at] = UInt8(next(256))
      case 1: mutant.removeSubrange(at..<min(at + next(20), mutant.count))
      default: mutant.insert(contentsOf: Array(tokens[next(tokens.count)].utf8), at: at)
      }
    }
    if kind(of: mutant) != nil { refused += 1 }
  }
  #expect(refused > 500)
}

@Test func `escaped text reads back as it was`() throws {
  let text = "a<b>&\"'\r\n\tü\u{1F600}]]>"
  let content = try XMLEscaping.content(text)
  let attribute = try XMLEscaping.attribute(text)
  let root = try parse("<a x=\"\(attribute)\">\(content)</a>")
  #expect(root.text == text)
  #expect(root.attribute("x") == text)
  #expect(throws: XMLError.self) { try XMLEscaping.content("\u{1}") }
  #expect(throws: XMLError.self) { try XMLEscaping.attribute("\u{FFFE}") }
}
