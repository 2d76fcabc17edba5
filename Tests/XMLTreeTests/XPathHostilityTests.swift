import TenantBase
import Testing
import XMLTree

private func kind(_ expression: String, on text: String, limits: XPathLimits = XPathLimits()) throws -> XPathError.Kind?
{
  do {
    _ = try XPathExpression(expression, limits: limits).evaluate(on: XPathDocument(text))
    return nil
  } catch let error as XPathError { return error.kind }
}

@Test func `an expression that visits too many nodes ends`() throws {
  let text = "<a>" + String(repeating: "<b/>", count: 500) + "</a>"
  var limits = XPathLimits()
  limits.operations = 100_000
  #expect(try kind("count(//b)", on: text, limits: limits) == nil)
  #expect(try kind("count(//*[count(//*[count(//*) > 1]) > 1])", on: text, limits: limits) == .limitExceeded)
}

@Test func `an evaluation whose time is over ends`() throws {
  let text = "<a>" + String(repeating: "<b><c/></b>", count: 4000) + "</a>"
  var limits = XPathLimits()
  limits.evaluationTime = .milliseconds(1)
  // Nearly a minute of work, of which few are visits.
  #expect(try kind("count(//c/preceding::b)", on: text, limits: limits) == .limitExceeded)
  #expect(try kind("count(//c)", on: text) == nil)
}

@Test func `sets of nodes are compared only in documents of a bounded size`() throws {
  let text = "<a>" + String(repeating: "<b>1</b>", count: 30) + "</a>"
  var limits = XPathLimits()
  limits.joinedDocumentNodes = 20
  for expression in ["//b = //c", "//b[. = //c]", "//b | //c", "(//b) != (//c)", "//b < count(//c) + 1"] {
    let isSingle = expression.contains("count")
    #expect(try kind(expression, on: text, limits: limits) == (isSingle ? nil : .limitExceeded), "\(expression)")
    #expect(try kind(expression, on: "<a/>", limits: limits) == nil)
  }
  for expression in [
    "//b = 'x'", "count(//b) = count(//c)", "'x' != //b", "//b > 2", "//b[position() = last()]", "//b = $v",
  ] {
    #expect(try kind(expression, on: text, limits: limits) == nil, "\(expression)")
  }
}

/// Not test arguments: the names of the tests would be as long.
private let longExpressions: [String] = [
  String(repeating: "(", count: 5000), String(repeating: "a[", count: 5000),
  String(repeating: "-", count: 60_000) + "1",
  String(repeating: "1+", count: 30_000) + "1", String(repeating: "a/", count: 30_000) + "a",
  String(repeating: "//", count: 100) + "a", String(repeating: "a|", count: 20_000) + "a",
  String(repeating: "not(", count: 63) + "1" + String(repeating: ")", count: 63), String(repeating: "x", count: 70_000),
  String(repeating: "a or ", count: 10_000) + "a",
]

@Test func `long and deep expressions are refused or evaluated, without an end of the stack`() async throws {
  let document = try XPathDocument("<a><a/></a>")
  let outcomes = longExpressions.map { text -> Bool in
    guard let compiled = try? XPathExpression(text) else { return false }
    return (try? compiled.evaluate(on: document)) != nil
  }
  #expect(outcomes.count == longExpressions.count)
  #expect(outcomes[7])
  #expect(!outcomes[0])
  #expect(!outcomes[8])
}

@Test(
  arguments: [
    ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", XMLError.Kind.doctypeRefused),
    ("<!DOCTYPE a><a/>", .doctypeRefused), ("<a>&x;</a>", .malformed), ("<a", .malformed), ("", .malformed),
    ("<a/><b/>", .malformed), ("<p:a/>", .malformed), ("<a x='1' x='2'/>", .malformed),
    (String(repeating: "<a>", count: 257) + String(repeating: "</a>", count: 257), .limitExceeded),
    (String(repeating: "<a>", count: 100_000), .limitExceeded),
    ("<a>\u{0}</a>", .malformed), ("{\"a\": 1}", .malformed),
  ]
)
func `a body is parsed by the same rules as a flow`(text: String, kind: XMLError.Kind) {
  let error = #expect(throws: XMLError.self) { try XPathDocument(text) }
  #expect(error?.kind == kind)
}

@Test func `limits of a body count elements, attributes, comments and instructions`() throws {
  var limits = XMLLimits.message
  limits.nodes = 10
  for text in ["<a/>", "<a x='1'/>", "<!--c--><a/>", "<?p?><a/>"] {
    _ = try XPathDocument(text, limits: limits)
  }
  for part in ["<b/>", "<b x='1'/>", "<!---->", "<?p?>"] {
    let error = #expect(throws: XMLError.self) {
      try XPathDocument("<a>" + String(repeating: part, count: 11) + "</a>", limits: limits)
    }
    #expect(error?.kind == .limitExceeded)
  }
  limits.bytes = 10
  #expect(throws: XMLError.self) { try XPathDocument("<a>123456</a>", limits: limits) }
}

@Test func `a text of more than ten million bytes is a body like any other`() throws {
  let text = [UInt8](repeating: 0x41, count: 10_000_100)
  let document = try XPathDocument(Array("<a><b>".utf8) + text + Array("</b></a>".utf8))
  #expect(try XPathExpression("string-length(/a/b)").evaluate(on: document).numberValue == 10_000_100)
}

@Test func `every cut of a document is refused or read`() {
  let bytes = Array("<?xml version='1.0'?><a b='&#65;'><!-- c --><c>t&amp;</c><![CDATA[x]]><?p i?></a>".utf8)
  for end in 0..<bytes.count { #expect(throws: XMLError.self) { try XPathDocument(Array(bytes[..<end])) } }
  #expect(throws: Never.self) { try XPathDocument(bytes) }
}

@Test func `other encodings are read`() throws {
  let latin = Array("<?xml version='1.0' encoding='ISO-8859-1'?><a>".utf8) + [0xE4] + Array("</a>".utf8)
  #expect(try XPathExpression("/a").evaluate(on: XPathDocument(latin)).stringValue == "ä")
  #expect(throws: XMLError.self) { try XPathDocument([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E]) }
}
