import Expressions
import FlowEngine
import FlowModel
import Testing

private let products = """
  <?xml version="1.0"?><Products><Product id="1"><Price>10</Price></Product><Product id="2"><Price>30</Price>\
  <Name>a &amp; b</Name></Product></Products>
  """

@Test(arguments: [
  (
    "/Products/Product", "Nodelist",
    "<Product id=\"1\"><Price>10</Price></Product><Product id=\"2\"><Price>30</Price><Name>a &amp; b</Name></Product>"
  ),
  ("/Products/Product", "Node", "<Product id=\"1\"><Price>10</Price></Product>"),
  ("/Products/Product[2]", "String", "30a & b"), ("//Price", "String", "10"), ("//Name/text()", "Nodelist", "a & b"),
  ("//@id", "Nodelist", "12"), ("//None", "Nodelist", ""), ("//None", "Node", ""), ("//None", "String", ""),
  ("count(//Product)", "Nodelist", "2"), ("count(//Product)", "String", "2"), ("//Price > 20", "Boolean", "true"),
  ("//Price", "Integer", "10"), ("/Products/", "Node", ""),
  ("//Product[Price < $maxPrice]/@id", "Nodelist", "1"), ("//Product[Price > $minPrice]/@id", "Nodelist", "2"),
  ("//Product[lower-case(Name) = 'a & b']/@id", "Nodelist", "2"),
  ("replace('a.xml', '\\.xml', '.png')", "String", "a.png"),
  ("matches('order-17', '\\d+')", "Boolean", "true"),
])
func `what the XPath finds becomes the body`(path: String, type: String, expected: String) async throws {
  var exchange = Exchange(id: "x")
  exchange.body = MessageBody(text: products)
  exchange.headers["maxPrice"] = .text("20")
  exchange.properties["maxPrice"] = .text("0")
  exchange.properties["minPrice"] = .integer(20)
  let result = try await runStep("Filter", [("wrapContent", path), ("xpathType", type)], on: exchange)
  let whole =
    "<Products><Product id=\"1\"><Price>10</Price></Product><Product id=\"2\"><Price>30</Price>"
    + "<Name>a &amp; b</Name></Product></Products>"
  #expect(result.body.textInMemory == (path == "/Products/" ? whole : expected))
}

@Test func `prefixes are those of the flow's namespace mapping`() async throws {
  let result = try await runStep(
    "Filter", [("wrapContent", "//o:item"), ("xpathType", "Nodelist")],
    on: "<a:list xmlns:a='urn:o' xmlns='urn:d'><a:item x='1'/></a:list>", flowProperties: "xmlns:o=urn:o")
  #expect(result == "<a:item xmlns:a=\"urn:o\" xmlns=\"urn:d\" x=\"1\"/>")
}

@Test(arguments: [
  ("", "step-value-missing"), ("//x:a", "xpath-prefix-unknown"), ("parse-json(a)", "xpath-function-unknown"),
  ("a[", "xpath-bad"), ("if (a) then b else c", "xpath-syntax-unsupported"), ("//a", nil),
])
func `an XPath that cannot run is found before a message comes`(path: String, code: String?) throws {
  #expect(try findings("Filter", [("wrapContent", path)]).map(\.code) == (code.map { [$0] } ?? []))
}

@Test func `an unknown value type is an error with the known ones`() throws {
  let found = try findings("Filter", [("wrapContent", "//a"), ("xpathType", "Blob")])
  #expect(found.map(\.code) == ["step-option-unsupported"])
  #expect(found.first?.reason.contains("'Nodelist', 'Node', 'String'") == true)
}

@Test(arguments: [
  "", "no xml", "<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "{\"a\":1}",
  "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;\">]><lolz>&lol1;</lolz>",
])
func `a body that is no safe XML fails the message`(body: String) async throws {
  #expect(try await failure("Filter", [("wrapContent", "//a")], on: body)?.contains("cannot be read as XML") == true)
}

@Test func `each cut of a body fails or gives a result`() async throws {
  let bytes = Array(products.utf8)
  for end in stride(from: 0, to: bytes.count, by: 3) {
    #expect(try await failure("Filter", [("wrapContent", "//Price")], on: Array(bytes[..<end])) != nil)
  }
}
