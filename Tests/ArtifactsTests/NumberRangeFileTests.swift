import Artifacts
import Testing

struct NumberRangeFileTests {
  private func file(_ content: String, attributes: String = "Name=\"N\"") -> [UInt8] {
    Array("<NumberRange xmlns=\"urn:tenant:artifact:1\" \(attributes)>\(content)</NumberRange>".utf8)
  }

  private func read(_ bytes: [UInt8]) throws(ArtifactError) -> NumberRange {
    try NumberRangeFile.read(bytes, file: "n.xml")
  }

  @Test func `what was written reads the same`() throws {
    let ranges = [
      try NumberRange(name: ArtifactName("Invoice <&> Numbers"), minimum: 0, maximum: 9),
      try NumberRange(
        name: ArtifactName("N"), description: "For <EDI>", minimum: 7, maximum: 99_999_999_999_999, rotates: true,
        fieldLength: 14),
    ]
    for range in ranges {
      let bytes = try NumberRangeFile.write(range)
      #expect(NumberRangeFile.matches(bytes))
      #expect(try read(bytes) == range)
    }
  }

  @Test func `Rotate and FieldLength may be absent, blanks around values do not count`() throws {
    let range = try read(file("<Maximum> 10\n</Maximum><Minimum>1</Minimum>"))
    #expect(range.minimum == 1 && range.maximum == 10 && !range.rotates && range.fieldLength == 0)
    #expect(range.description == "")
  }

  @Test(
    "what is refused",
    arguments: [
      ("<Minimum>1</Minimum>", ArtifactError.Kind.missing("Maximum")),
      ("<Maximum>1</Maximum>", .missing("Minimum")), ("<Minimum/><Maximum>9</Maximum>", .missing("Minimum")),
      ("<Minimum>-1</Minimum><Maximum>9</Maximum>", .badValue("Minimum")),
      ("<Minimum>x</Minimum><Maximum>9</Maximum>", .badValue("Minimum")),
      ("<Minimum>1</Minimum><Maximum>100000000000000</Maximum>", .badValue("Maximum")),
      ("<Minimum>1</Minimum><Maximum>99999999999999999999</Maximum>", .badValue("Maximum")),
      ("<Minimum>9</Minimum><Maximum>9</Maximum>", .badValue("Maximum")),
      ("<Minimum>1</Minimum><Maximum>100</Maximum><FieldLength>2</FieldLength>", .badValue("FieldLength")),
      ("<Minimum>1</Minimum><Maximum>100</Maximum><FieldLength>15</FieldLength>", .badValue("FieldLength")),
      ("<Minimum>1</Minimum><Maximum>9</Maximum><Rotate>yes</Rotate>", .badValue("Rotate")),
      ("<Minimum>1</Minimum><Minimum>1</Minimum><Maximum>9</Maximum>", .repeated("Minimum")),
      ("<Minimum>1</Minimum><Maximum>9</Maximum><Password/>", .unknownElement("Password")),
    ])
  func refused(_ content: String, _ kind: ArtifactError.Kind) {
    #expect(throws: ArtifactError.self) { try read(file(content)) }
    do { _ = try read(file(content)) } catch { #expect(error.kind == kind) }
  }

  @Test func `a name and the namespace are needed, and nothing else is an attribute`() {
    let content = "<Minimum>1</Minimum><Maximum>9</Maximum>"
    for bytes in [
      file(content, attributes: ""), file(content, attributes: "Name=\" \""),
      file(content, attributes: "Name=\"N\" X=\"\""),
      Array("<NumberRange Name=\"N\">\(content)</NumberRange>".utf8), Array("<NumberRange".utf8),
    ] {
      #expect(throws: ArtifactError.self) { try read(bytes) }
    }
  }

  @Test func `other artifacts, and what is no XML, are no number ranges`() {
    for text in ["<UserCredentials/>", "", "x", "<!-- <NumberRange/> --><SecureParameter/>", "<aNumberRange/>"] {
      #expect(!NumberRangeFile.matches(Array(text.utf8)))
    }
    for text in ["<NumberRange/>", "<?xml version=\"1.0\"?><!-- x --><p:NumberRange>"] {
      #expect(NumberRangeFile.matches(Array(text.utf8)))
    }
  }
}
