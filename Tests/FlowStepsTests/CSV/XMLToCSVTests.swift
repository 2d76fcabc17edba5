import FlowModel
import TestSupport
import Testing

private let source = """
  <root Category="Scanners"><Type>Source Data</Type><Source>ERP</Source><Products>
  <Product><Width>0.34</Width><Name>Photo Scan</Name></Product>
  <Product id="2"><Width>0.31</Width><Color>a;"b"</Color><Name>Power
  Scan</Name></Product></Products></root>
  """

private func convert(_ properties: FlowDocument.Properties, on body: String = source) async throws -> String {
  try await runStep(
    "XmlToCsvConverter",
    [("XPath_Field_Location", "root/Products/Product"), ("Field_Separator_in_CSV", ";")] + properties,
    on: body)
}

private let lines = "0.34;Photo Scan;\n0.31;\"Power\nScan\";\"a;\"\"b\"\"\"\n"

@Test(
  arguments: [
    ([], lines), ([("CSV_Header", "xml")], "Width;Name;Color\n" + lines),
    ([("CSV_Header", "none"), ("Include_Header", "true")], lines),
    ([("Include_Header", "true")], "Width;Name;Color\n" + lines),
    (
      [("Include_Attribute", "true"), ("CSV_Header", "xml")],
      "Width;Name;id;Color\n0.34;Photo Scan;;\n0.31;\"Power\nScan\";2;\"a;\"\"b\"\"\"\n"
    ),
    (
      [("Include_Master", "true"), ("Master_XPath_Field_Location", "root"), ("Include_Header", "true")],
      "Type;Source\nSource Data;ERP\n\nWidth;Name;Color\n" + lines
    ),
    ([("Include_Master", "true"), ("Master_XPath_Field_Location", "/none")], lines),
  ] as [(FlowDocument.Properties, String)])
func `records become lines`(properties: FlowDocument.Properties, expected: String) async throws {
  #expect(try await convert(properties) == expected)
}

@Test func `attributes of the parent stand before its elements`() async throws {
  let result = try await convert([
    ("Include_Master", "true"), ("Master_XPath_Field_Location", "/root"), ("Include_Attribute", "true"),
    ("CSV_Header", "xml"),
  ])
  #expect(result.hasPrefix("Category;Type;Source\nScanners;Source Data;ERP\n\n"))
}

@Test func `the second element of one name is a column of its own`() async throws {
  let body = "<root><Products><Product><a>1</a><a>2</a></Product><Product><a>3</a></Product></Products></root>"
  #expect(try await convert([("CSV_Header", "xml")], on: body) == "a;a\n1;2\n3;\n")
}

@Test func `no record is an empty body`() async throws {
  #expect(try await convert([("CSV_Header", "xml")], on: "<root/>") == "")
}

@Test func `an element with elements cannot be a value`() async throws {
  let body = "<root><Products><Product><a><b/></a></Product></Products></root>"
  let text = try await failure("XmlToCsvConverter", [("XPath_Field_Location", "root/Products/Product")], on: body)
  #expect(text?.contains("'a' (line 1) holds elements") == true)
}

@Test func `what was written is read back`() async throws {
  let schema = """
    <s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="r"><s:complexType><s:sequence><s:element name="e">
    <s:complexType><s:sequence><s:element name="v"/><s:element name="w"/></s:sequence></s:complexType></s:element>
    </s:sequence></s:complexType></s:element></s:schema>
    """
  let body = "<r><e><v>a,\"\n</v><w/></e><e><v> ä </v><w>&#13;\n</w></e></r>"
  let csv = try await runStep(
    "XmlToCsvConverter", [("XPath_Field_Location", "/r/e"), ("CSV_Header", "xml"), ("Field_Separator_in_CSV", ",")],
    on: body)
  let back = try await runStep(
    "CsvToXmlConverter",
    [("XPath_Field_Location", "/r/e"), ("XML_Schema_File_Path", "x.xsd"), ("ignoreFirstLineAsHeader", "true")], on: csv,
    resources: ["x.xsd": Array(schema.utf8)])
  #expect(back == "<?xml version='1.0' encoding='UTF-8'?>" + body)
}

@Test(
  arguments: [
    ([("XPath_Field_Location", "")], "step-value-missing"),
    ([("XPath_Field_Location", "//x:a")], "xpath-prefix-unknown"),
    ([("XPath_Field_Location", "//a"), ("CSV_Header", "xsd")], "step-option-unsupported"),
    ([("XPath_Field_Location", "//a"), ("Include_Master", "true")], "step-value-missing"),
  ] as [(FlowDocument.Properties, String)])
func `settings without a meaning are errors of the check`(properties: FlowDocument.Properties, code: String) throws {
  #expect(try findings("XmlToCsvConverter", properties).map(\.code) == [code])
}
