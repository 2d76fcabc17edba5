import FlowModel
import TestSupport
import Testing

private let schema = """
  <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="order"><xs:complexType><xs:sequence>
  <xs:element name="id" type="xs:int"/><xs:element name="code" maxOccurs="50"><xs:simpleType><xs:restriction base="xs:string">
  <xs:pattern value="(a+)+b"/></xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType></xs:element>
  </xs:schema>
  """

private let settings: FlowDocument.Properties = [
  ("xmlSchemaSource", "iflowOption"), ("preventException", "false"), ("xsd", "/xsd/order.xsd"),
]
private let resources = ["xsd/order.xsd": Array(schema.utf8)]

@Test func `a valid body stays as it is`() async throws {
  let body = "<?xml version='1.0'?><order><id>1</id><code>aab</code></order>"
  #expect(try await runStep("XmlValidator", settings, on: body, resources: resources) == body)
}

@Test(arguments: [
  ("<order><id>x</id><code>ab</code></order>", "'x' is not a valid value"),
  ("<order><id>1</id></order>", "Missing child element"),
  ("<other/>", "No matching global declaration"), ("<order>\n<id>1</id>\n<code>b</code></order>", "line 3"),
  ("<order", "cannot be read as XML"), ("<!DOCTYPE order><order/>", "cannot be read as XML"),
])
func `an invalid body fails the message with the reason`(body: String, reason: String) async throws {
  let text = try await failure("XmlValidator", settings, on: body, resources: resources)
  #expect(text?.contains(reason) == true, "\(text ?? "no failure")")
}

@Test func `a value made for a pattern that backtracks ends`() async throws {
  let body = "<order><id>1</id><code>" + String(repeating: "a", count: 60) + "</code></order>"
  #expect(try await failure("XmlValidator", settings, on: body, resources: resources) != nil)
}

@Test(
  arguments: [
    ([("xsd", "")], "step-value-missing"), ([("xsd", "/xsd/none.xsd")], "resource-missing"),
    ([("xmlSchemaSource", "header")], "step-option-unsupported"),
    ([("preventException", "true")], "step-option-unsupported"),
  ] as [(FlowDocument.Properties, String)])
func `settings that cannot be validated by are errors`(further: FlowDocument.Properties, code: String) throws {
  let given = Set(further.map(\.key))
  let properties = settings.filter { !given.contains($0.key) } + further
  #expect(try findings("XmlValidator", properties, resources: resources).map(\.code) == [code])
}

@Test(arguments: [
  "<a/>", "no xml", "<!DOCTYPE a><a/>",
  "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element/></xs:schema>",
  "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='file:///etc/passwd'/></xs:schema>",
  "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:import schemaLocation='http://127.0.0.1:1/x'/></xs:schema>",
])
func `a file that is no schema alone is an error of the check`(text: String) throws {
  #expect(
    try findings("XmlValidator", settings, resources: ["xsd/order.xsd": Array(text.utf8)]).map(\.code) == [
      "schema-unusable"
    ])
}
