import FlowModel
import TestSupport
import Testing

private let declaration = "<?xml version='1.0' encoding='UTF-8'?>"
private let rooted: FlowDocument.Properties = [("addXMLRootElement", "true"), ("additionalRootElementName", "root")]

private func mapping(_ rows: [(String, String)]) -> String {
  rows.map { "<row><cell>\($0.0)</cell><cell>\($0.1)</cell></row>" }.joined()
}

@Test(arguments: [
  ("{\"a\":\"b\"}", "<a>b</a>"), ("{\"a\":{\"b\":1}}", "<a><b>1</b></a>"), ("{\"a\":null}", "<a/>"),
  ("{\"a\":\"\"}", "<a/>"),
  ("{\"a\":{}}", "<a/>"), ("{\"a\":{\"b\":[]}}", "<a/>"),
  ("{\"a\":{\"b\":[1,\"x\",null]}}", "<a><b>1</b><b>x</b><b/></a>"),
  ("{\"a\":{\"@x\":1,\"@y\":\"q\\\"<\",\"b\":true}}", "<a x=\"1\" y=\"q&quot;&lt;\"><b>true</b></a>"),
  ("{\"a\":{\"@x\":1,\"$\":\"v\"}}", "<a x=\"1\">v</a>"),
  ("{\"a\":{\"b\":[{\"c\":1},{\"c\":2}]}}", "<a><b><c>1</c></b><b><c>2</c></b></a>"),
  ("{\"a\":{\"b\":[[1,2],[3]]}}", "<a><b>1</b><b>2</b><b>3</b></a>"),
  (
    "{\"a\":{\"n\":1.50e+3,\"z\":-0.0,\"big\":123456789012345678901234567890}}",
    "<a><n>1.50e+3</n><z>-0.0</z><big>123456789012345678901234567890</big></a>"
  ),
  ("{\"a\":\"\\u00e4\\ud83d\\ude00\\n<&>\"}", "<a>ä😀\n&lt;&amp;&gt;</a>"),
  (" \u{FEFF}".trimmingBlank + "{\"a\":1}", "<a>1</a>"),
])
func `JSON becomes XML by the conversion rules`(json: String, expected: String) async throws {
  #expect(try await runStep("JsonToXmlConverter", [], on: json) == declaration + expected)
}

extension String {
  /// The text without its blank in front: a byte order mark alone cannot be seen in a table.
  fileprivate var trimmingBlank: String { String(drop { $0 == " " }) }
}

@Test(arguments: [
  ("{\"a\":1,\"b\":2}", "<root><a>1</a><b>2</b></root>"), ("{}", "<root/>"),
  ("{\"a\":[1,2]}", "<root><a>1</a><a>2</a></root>"),
])
func `a root element is added on demand`(json: String, expected: String) async throws {
  #expect(try await runStep("JsonToXmlConverter", rooted, on: json) == declaration + expected)
}

@Test func `the added root has the default name`() async throws {
  let result = try await runStep("JsonToXmlConverter", [("addXMLRootElement", "true")], on: "{\"a\":1}")
  #expect(result == declaration + "<root><a>1</a></root>")
}

@Test func `prefixes stand for namespaces`() async throws {
  let properties: FlowDocument.Properties = [
    ("useNamespaces", "true"), ("jsonNamespaceSeparator", "."),
    ("jsonNamespaceMapping", mapping([("https://test.com/", "pre1"), ("urn:b", "b")])),
  ]
  let result = try await runStep(
    "JsonToXmlConverter", properties, on: "{\"pre1.a\":{\"@pre1.x\":1,\"b.c\":2,\"p.A\":3,\"d\":4}}")
  #expect(
    result == declaration
      + "<pre1:a xmlns:pre1=\"https://test.com/\" xmlns:b=\"urn:b\" pre1:x=\"1\"><b:c>2</b:c><p.A>3</p.A><d>4</d></pre1:a>"
  )
  let rooted = try await runStep(
    "JsonToXmlConverter",
    properties + [
      ("addXMLRootElement", "true"), ("additionalRootElementName", "r"), ("additionalRootElementNamespace", "urn:b"),
    ], on: "{\"a\":1}")
  #expect(rooted == declaration + "<b:r xmlns:pre1=\"https://test.com/\" xmlns:b=\"urn:b\"><a>1</a></b:r>")
}

@Test(arguments: [
  ("", "ends too early"), ("[]", "starts with an array"), ("1", "must start with an object"), ("{}", "no root element"),
  ("{\"a\":1,\"b\":2}", "more than one member"), ("{\"a\":[1,2]}", "more than one member"),
  ("{\"@a\":1}", "cannot be root"),
  ("{\"a\":{\"b\":1,\"@x\":1}}", "no open start element"), ("{\"a\":{\"@x\":null}}", "cannot be null"),
  ("{\"a\":{\"@x\":{}}}", "cannot be an object"), ("{\"a b\":1}", "cannot be the name"),
  ("{\"1a\":1}", "cannot be the name"),
  ("{\"\":1}", "cannot be the name"), ("{\"a>\":1}", "cannot be the name"),
  ("{\"a\":\"\\u0000\"}", "cannot be written as XML"),
  ("{\"a\":01}", "'}' is missing"), ("{\"a\":1.}", "a digit is missing"), ("{\"a\":.5}", "no value begins"),
  ("{\"a\":NaN}", "no value begins"),
  ("{'a':1}", "a name in quotes"), ("{\"a\":1,}", "a name in quotes"), ("{\"a\":1}x", "follows the end"),
  ("{\"a\":\"x", "has no end"),
  ("{\"a\":\"\\x\"}", "no such escape"), ("{\"a\":\"\\u12\"}", "hexadecimal"), ("{\"a\":\"\n\"}", "control character"),
  ("{\"a\" 1}", "':' is missing"),
])
func `what is no JSON, or no XML, fails the message`(json: String, reason: String) async throws {
  let text = try await failure("JsonToXmlConverter", [], on: json)
  #expect(text?.contains(reason) == true, "\(text ?? "no failure")")
}

@Test func `an attribute of the root is refused with an added root too`() async throws {
  #expect(try await failure("JsonToXmlConverter", rooted, on: "{\"@a\":1,\"b\":2}")?.contains("cannot be root") == true)
}

@Test func `deep and broken texts are refused`() async throws {
  let deep = String(repeating: "{\"a\":", count: 100_000) + "1"
  #expect(try await failure("JsonToXmlConverter", [], on: deep)?.contains("nested deeper") == true)
  let arrays = "{\"a\":" + String(repeating: "[", count: 100_000)
  #expect(try await failure("JsonToXmlConverter", [], on: arrays)?.contains("nested deeper") == true)
  #expect(
    try await failure("JsonToXmlConverter", [], on: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])?.contains("not UTF-8")
      == true)
  let digits = "{\"a\":" + String(repeating: "9", count: 10_000) + "}"
  #expect(try await runStep("JsonToXmlConverter", [], on: digits).utf8.count > 10_000)
}

@Test func `every cut of a text is refused`() async throws {
  let bytes = Array("{\"a\":{\"@x\":\"\\u00e4\",\"b\":[1,2.5e3,true,null,{\"c\":\"ä\"}]}}".utf8)
  for end in 0..<bytes.count {
    #expect(try await failure("JsonToXmlConverter", [], on: Array(bytes[..<end])) != nil)
  }
}

@Test func `options that cannot run are found before a message comes`() throws {
  #expect(
    try findings("JsonToXmlConverter", [("jsonNamespaceSeparator", "#")]).map(\.code) == ["step-option-unsupported"])
  #expect(
    try findings("JsonToXmlConverter", [("addXMLRootElement", "true"), ("additionalRootElementName", "a b")]).map(
      \.code)
      == ["xml-name-bad"])
  #expect(
    try findings(
      "JsonToXmlConverter", [("useNamespaces", "true"), ("jsonNamespaceMapping", mapping([("urn:a", "1x")]))]
    ).map(\.code) == ["json-prefix-bad"])
  #expect(
    try findings("JsonToXmlConverter", [("useNamespaces", "true"), ("jsonNamespaceMapping", mapping([("", "")]))])
      .isEmpty)
}
