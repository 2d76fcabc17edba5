import FlowEngine
import FlowModel
import TestSupport
import Testing

private let schema = """
  <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Products"><xs:complexType><xs:sequence>
  <xs:element ref="Product" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Product" type="ProductType"/>
  <xs:complexType name="ProductType"><xs:sequence><xs:element name="Id" type="xs:string"/>
  <xs:choice><xs:element name="Name"/><xs:element name="Title"/></xs:choice></xs:sequence></xs:complexType></xs:schema>
  """

private let resources = ["xsd/p.xsd": Array(schema.utf8)]
private let declaration = "<?xml version='1.0' encoding='UTF-8'?>"

private func settings(_ further: FlowDocument.Properties = []) -> FlowDocument.Properties {
  let given = Set(further.map(\.key))
  let usual: FlowDocument.Properties = [
    ("XML_Schema_File_Path", "/xsd/p.xsd"), ("XPath_Field_Location", "/Products/Product/"),
    ("Field_Separator_in_CSV", ";"),
    ("ignoreFirstLineAsHeader", "true"), ("headerMapping", "mapHeadersToXSD"), ("Record_Identifier_in_CSV", ""),
  ]
  return usual.filter { !given.contains($0.key) } + further
}

private func convert(_ csv: String, _ further: FlowDocument.Properties = []) async throws -> String {
  let result = try await runStep("CsvToXmlConverter", settings(further), on: csv, resources: resources)
  #expect(result.hasPrefix(declaration + "<Products>"))
  #expect(result.hasSuffix("</Products>"))
  return String(result.dropFirst(declaration.count + 10).dropLast(11))
}

@Test(arguments: [
  ("Name;Id\nA;1\n", "<Product><Id>1</Id><Name>A</Name></Product>"),
  (
    "Name;Id;Price\r\nA;1;9\r\nB;2;8",
    "<Product><Id>1</Id><Name>A</Name></Product><Product><Id>2</Id><Name>B</Name></Product>"
  ),
  (" Id ;Title\n1;\n", "<Product><Id>1</Id><Title/></Product>"), ("Id;Name\n1\n", "<Product><Id>1</Id></Product>"),
  ("Id;Name\n\"1;x\";\"a \"\"b\"\"\nc\"\n", "<Product><Id>1;x</Id><Name>a \"b\"\nc</Name></Product>"),
  (
    "Id;Name\r1;<&>\r\r2;b\r",
    "<Product><Id>1</Id><Name>&lt;&amp;&gt;</Name></Product><Product><Id>2</Id><Name>b</Name></Product>"
  ),
  ("\u{FEFF}\"Id\";Name\n 1 ;x\"y\n", "<Product><Id> 1 </Id><Name>x\"y</Name></Product>"), ("Id;Name\n", ""),
  ("Id;Name", ""),
])
func `values find their elements by the names of the first line`(csv: String, expected: String) async throws {
  #expect(try await convert(csv) == expected)
}

@Test(arguments: [
  ("true", "ignoreHeaders", "", "X;Y\n1;A\n", "<Product><Id>1</Id><Name>A</Name></Product>"),
  ("false", "mapHeadersToXSD", "", "Id;Name\n", "<Product><Id>Id</Id><Name>Name</Name></Product>"),
  ("false", "ignoreHeaders", "", "1;A;T;more\n", "<Product><Id>1</Id><Name>A</Name><Title>T</Title></Product>"),
  ("true", "mapHeadersToXSD", "Yes", "M;Id;Name\nYes;1;A\nNo;2;B\n", "<Product><Id>1</Id><Name>A</Name></Product>"),
  ("true", "ignoreHeaders", "Yes", "M;Id;Name\nYes;1;A\nNo;2;B\n", "<Product><Id>1</Id><Name>A</Name></Product>"),
  ("true", "mapHeadersToXSD", "1", "Id;Name\n1;A\n2;B\n", "<Product><Id>1</Id><Name>A</Name></Product>"),
])
func `values find their elements by order, and a marker picks the lines`(
  skips: String, mapping: String, marker: String, csv: String, expected: String
) async throws {
  #expect(
    try await convert(
      csv, [("ignoreFirstLineAsHeader", skips), ("headerMapping", mapping), ("Record_Identifier_in_CSV", marker)])
      == expected)
}

@Test(arguments: [(",", ","), ("\\t", "\t"), ("Tab", "\t"), ("|", "|"), ("¦", "¦"), ("Space", " ")])
func `any character separates`(setting: String, character: String) async throws {
  #expect(
    try await convert("Id\(character)Name\n1\(character)A\n", [("Field_Separator_in_CSV", setting)])
      == "<Product><Id>1</Id><Name>A</Name></Product>")
}

@Test func `a target namespace is declared at the root`() async throws {
  let text = schema.replacing("<xs:schema ", with: "<xs:schema targetNamespace=\"urn:p\" ")
  let result = try await runStep(
    "CsvToXmlConverter", settings(), on: "Id;Name\n1;A\n", resources: ["xsd/p.xsd": Array(text.utf8)])
  #expect(
    result == declaration
      + "<ns:Products xmlns:ns=\"urn:p\"><ns:Product><Id>1</Id><Name>A</Name></ns:Product></ns:Products>")
}

@Test(arguments: [
  ("Id;Name\n1;\"A\n2;B\n", "has no end"), ("Foo;Bar\n1;2\n", "no name of the first line"),
  ("Id;Id\n1;2\n", "stands twice"),
  ("Id;Name\n1;\u{1}\n", "cannot be written as XML"),
])
func `what cannot be converted fails with its line`(csv: String, reason: String) async throws {
  let text = try await failure("CsvToXmlConverter", settings(), on: csv, resources: resources)
  #expect(text?.contains(reason) == true, "\(text ?? "no failure")")
  #expect(text?.contains("line ") == true)
}

@Test func `bytes that are no UTF-8 fail the message`() async throws {
  let body = Array("Id;Name\n1;".utf8) + [0xE4, 0x0A]
  #expect(
    try await failure("CsvToXmlConverter", settings(), on: body, resources: resources)?.contains("not UTF-8") == true)
}

@Test func `a huge field ends the work`() async throws {
  let body = "Id;Name\n\"" + String(repeating: "x", count: 1 << 20) + "yy\";1\n"
  #expect(
    try await failure("CsvToXmlConverter", settings(), on: body, resources: resources)?.contains("more than") == true)
}

@Test func `a record that is the root may stand once`() async throws {
  let path: FlowDocument.Properties = [("XPath_Field_Location", "/Product")]
  let one = try await runStep("CsvToXmlConverter", settings(path), on: "Id;Name\n1;A\n", resources: resources)
  #expect(one == declaration + "<Product><Id>1</Id><Name>A</Name></Product>")
  let two = try await failure("CsvToXmlConverter", settings(path), on: "Id;Name\n1;A\n2;B\n", resources: resources)
  #expect(two?.contains("several records") == true)
  #expect(try await failure("CsvToXmlConverter", settings(path), on: "Id;Name\n", resources: resources) != nil)
}

@Test(
  arguments: [
    ([("XML_Schema_File_Path", "/xsd/none.xsd")], "resource-missing"),
    ([("XML_Schema_File_Path", "")], "step-value-missing"),
    ([("XPath_Field_Location", "/Orders/Order")], "schema-unusable"),
    ([("XPath_Field_Location", "/Products/None")], "schema-unusable"),
    ([("XPath_Field_Location", "")], "schema-unusable"),
    ([("XPath_Field_Location", "/Products/Product/Id")], "schema-unusable"),
    ([("Field_Separator_in_CSV", "ab")], "step-option-unsupported"),
    ([("headerMapping", "x")], "step-option-unsupported"),
    ([("XML_Schema_File_Path", "${header.xsd}")], "step-option-unsupported"),
  ] as [(FlowDocument.Properties, String)])
func `settings that cannot run are errors of the check`(further: FlowDocument.Properties, code: String) throws {
  #expect(try findings("CsvToXmlConverter", settings(further), resources: resources).map(\.code) == [code])
}

@Test(arguments: ["<a/>", "no xml", "<!DOCTYPE a><a/>"]) func `what is no schema is an error of the check`(text: String)
  throws
{
  #expect(
    try findings("CsvToXmlConverter", settings(), resources: ["xsd/p.xsd": Array(text.utf8)]).map(\.code)
      == ["schema-unusable"])
}

@Test func `a schema whose types hold themselves is refused`() throws {
  let text = """
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Products" type="T"/>
    <xs:complexType name="T"><xs:complexContent><xs:extension base="T"/></xs:complexContent></xs:complexType></xs:schema>
    """
  #expect(
    try findings("CsvToXmlConverter", settings(), resources: ["xsd/p.xsd": Array(text.utf8)]).map(\.code)
      == ["schema-unusable"])
}
