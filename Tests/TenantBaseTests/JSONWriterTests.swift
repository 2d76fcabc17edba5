import TenantBase
import Testing

@Suite struct JSONWriterTests {
  static let value: JSONValue = [
    "name": "a \"b\" \\ \u{1}\n\u{7F}é", "count": -3, "yes": true, "none": nil, "list": [1, []], "empty": .object([]),
  ]

  @Test func `compact text keeps the order of members and escapes what must be`() {
    #expect(
      Self.value.text(.compact)
        == #"{"name":"a \"b\" \\ \u0001\n\u007fé","count":-3,"yes":true,"none":null,"list":[1,[]],"empty":{}}"#)
  }

  @Test func `pretty text has a member a line`() {
    #expect(
      JSONValue.object([.init("a", [1, "x"]), .init("b", .array([]))]).text()
        == "{\n  \"a\": [\n    1,\n    \"x\"\n  ],\n  \"b\": []\n}")
  }
}
