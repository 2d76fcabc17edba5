import FlowModel
import TestSupport
import Testing

private let both: FlowDocument.Properties = [("removeExternalDTDs", "1"), ("removeXmlDeclaration", "1")]

@Test(arguments: [
  ("<?xml version='1.0'?>\n<a/>", "<a/>"), ("<a/>", "<a/>"), ("\u{FEFF}<?xml version='1.0'?><a/>", "<a/>"),
  ("<?xml version='1.0'?><!DOCTYPE a SYSTEM 'x>y.dtd'><!-- c --><a/>", "<!-- c --><a/>"),
  (
    "<!-- <!DOCTYPE --><?xml-stylesheet x?><!DOCTYPE a PUBLIC \"p\" \"s\" [<!ENTITY b ']>'><!-- ]> -->]>\n<a>?></a>",
    "<!-- <!DOCTYPE --><?xml-stylesheet x?>\n<a>?></a>"
  ),
  ("<!DOCTYPE a [<!ENTITY b 'SYSTEM '>]><a/>", "<!DOCTYPE a [<!ENTITY b 'SYSTEM '>]><a/>"), ("", ""), ("text", "text"),
])
func `declaration and external document type are taken out`(body: String, expected: String) async throws {
  #expect(try await runStep("XmlModifier", both, on: body) == expected)
}

@Test func `what is not chosen stays`() async throws {
  let body = "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'x'><a/>"
  #expect(try await runStep("XmlModifier", [], on: body) == body)
  #expect(try await runStep("XmlModifier", [("removeExternalDTDs", "1")], on: body) == "<?xml version='1.0'?>\n<a/>")
  #expect(
    try await runStep("XmlModifier", [("removeXmlDeclaration", "true")], on: body) == "<!DOCTYPE a SYSTEM 'x'><a/>")
}

@Test func `every cut gives a result or fails the message`() async throws {
  let bytes = Array("<?xml version='1.0'?><!-- c --><!DOCTYPE a SYSTEM 'x' [<!-- ] -->]><a/>".utf8)
  for end in 0..<bytes.count { _ = try await failure("XmlModifier", both, on: Array(bytes[..<end])) }
  #expect(try await failure("XmlModifier", both, on: "<!DOCTYPE a [")?.contains("has no end") == true)
}

@Test func `handling of characters is an error of the check`() throws {
  #expect(
    try findings("XmlModifier", [("xmlCharacterHandling", "substitute")]).map(\.code) == ["step-option-unsupported"])
}
