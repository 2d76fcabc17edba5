import FlowModel
import TestSupport
import Testing

private func paths(_ paths: [String]) -> String {
  paths.map { "<row><cell>\($0)</cell><cell></cell></row>" }.joined()
}

@Test(arguments: [
  (
    "<root><childA>A1</childA><childB>B</childB><childA>A2</childA></root>",
    "{\"root\":{\"childA\":[\"A1\",\"A2\"],\"childB\":\"B\"}}"
  ),
  ("<a/>", "{\"a\":\"\"}"), ("<a> </a>", "{\"a\":\" \"}"), ("<a x='1'/>", "{\"a\":{\"@x\":\"1\"}}"),
  ("<a x='1'>v</a>", "{\"a\":{\"@x\":\"1\",\"$\":\"v\"}}"),
  ("<A>mixed1_value<B>valueB</B>mixed2_value</A>", "{\"A\":{\"B\":\"valueB\",\"$\":\"mixed1_valuemixed2_value\"}}"),
  ("<a>\n  <b>1</b>\n  <!-- c --><?p i?>\n</a>", "{\"a\":{\"b\":\"1\"}}"), ("<a>1.0</a>", "{\"a\":\"1.0\"}"),
  ("<a>\"\\&#10;&#9;ä&lt;/</a>", "{\"a\":\"\\\"\\\\\\n\\tä</\"}"),
  ("<p:a xmlns:p='urn:p' p:x='1'/>", "{\"a\":{\"@x\":\"1\"}}"),
  ("<a><b/><b><c/></b></a>", "{\"a\":{\"b\":[\"\",{\"c\":\"\"}]}}"),
])
func `XML becomes JSON by the conversion rules`(xml: String, expected: String) async throws {
  #expect(try await runStep("XmlToJsonConverter", [], on: xml) == expected)
}

private let documented = "<root><A>a</A><B>b1</B><B>b2</B><C>c</C></root>"

@Test(arguments: [
  ("false", "all", [], "{\"root\":{\"A\":\"a\",\"B\":[\"b1\",\"b2\"],\"C\":\"c\"}}"),
  ("true", "all", [], "{\"root\":[{\"A\":[\"a\"],\"B\":[\"b1\",\"b2\"],\"C\":[\"c\"]}]}"),
  ("true", "specific", ["root/A", "/root/B/"], "{\"root\":{\"A\":[\"a\"],\"B\":[\"b1\",\"b2\"],\"C\":\"c\"}}"),
  // Unlike SAP, which then writes a member twice.
  ("true", "specific", ["root/A"], "{\"root\":{\"A\":[\"a\"],\"B\":[\"b1\",\"b2\"],\"C\":\"c\"}}"),
])
func `streaming decides which elements are arrays`(
  streaming: String, which: String, elements: [String], expected: String
) async throws {
  let properties: FlowDocument.Properties = [
    ("xmlJsonUseStreaming", streaming), ("xmlJsonConvertAllElements", which), ("xmlJsonPathTable", paths(elements)),
  ]
  #expect(try await runStep("XmlToJsonConverter", properties, on: documented) == expected)
}

@Test(arguments: [
  ("<root><a>1</a></root>", "{\"a\":\"1\"}"), ("<root>1</root>", "\"1\""), ("<root x='1'/>", "{\"@x\":\"1\"}"),
])
func `the root element is left out on demand`(xml: String, expected: String) async throws {
  #expect(try await runStep("XmlToJsonConverter", [("xmlJsonSuppressRootElement", "true")], on: xml) == expected)
}

private let namespaced: FlowDocument.Properties = [
  ("useNamespaces", "true"), ("jsonNamespaceSeparator", "."),
  ("jsonNamespaceMapping", "<row><cell>urn:a</cell><cell>j</cell></row>"),
]

@Test func `namespaces become prefixes`() async throws {
  let result = try await runStep(
    "XmlToJsonConverter", namespaced,
    on: "<x:r xmlns:x='urn:a' xmlns:ns='http://test' ns:k='1'><x:b/><ns:A/><plain/></x:r>")
  #expect(result == "{\"j.r\":{\"@ns.k\":\"1\",\"j.b\":\"\",\"ns.A\":\"\",\"plain\":\"\"}}")
}

@Test func `a namespace without any prefix is an error, with streaming it is passed over`() async throws {
  let body = "<A xmlns='http://test'>v</A>"
  #expect(try await failure("XmlToJsonConverter", namespaced, on: body)?.contains("'http://test'") == true)
  #expect(
    try await runStep(
      "XmlToJsonConverter", namespaced + [("xmlJsonUseStreaming", "true"), ("xmlJsonConvertAllElements", "specific")],
      on: body)
      == "{\"A\":\"v\"}")
}

@Test func `unsafe and broken bodies fail the message`() async throws {
  for body in ["", "<a", "{}", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"] {
    #expect(try await failure("XmlToJsonConverter", [], on: body)?.contains("cannot be read as XML") == true)
  }
}

@Test func `options that cannot run are errors of the check`() throws {
  #expect(
    try findings("XmlToJsonConverter", [("jsonOutputEncoding", "UTF-16")]).map(\.code) == ["step-option-unsupported"])
  #expect(
    try findings("XmlToJsonConverter", [("xmlJsonUseStreaming", "true"), ("xmlJsonConvertAllElements", "some")]).map(
      \.code)
      == ["step-option-unsupported"])
  #expect(
    try findings("XmlToJsonConverter", [("xmlJsonConvertAllElements", "specific"), ("xmlJsonPathTable", "")]).isEmpty)
}
