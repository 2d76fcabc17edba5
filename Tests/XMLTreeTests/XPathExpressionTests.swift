import TenantBase
import Testing
import XMLTree

private let orders = """
  <?xml version="1.0"?>
  <!-- of today -->
  <o:orders xmlns:o="urn:o" xmlns:unused="urn:u" xmlns="urn:d">
    <o:order id="1"><o:customer>Ada</o:customer><o:price>10.5</o:price></o:order>
    <o:order id="2" note="a &quot;b&quot; &lt;&#10;"><o:customer>Bo &amp; Co</o:customer><o:price>2</o:price><o:empty/></o:order>
    <item xmlns="">plain<![CDATA[ <raw> ]]></item>
    <?mark this?>
  </o:orders>
  """

private let namespaces = [(prefix: "o", uri: "urn:o"), (prefix: "d", uri: "urn:d")]

private func evaluate(
  _ expression: String, on text: String = orders, variables: [String: XPathValue] = [:],
  limits: XPathLimits = XPathLimits()
) throws -> XPathValue {
  let compiled = try XPathExpression(expression, namespaces: namespaces, limits: limits)
  return try compiled.evaluate(
    on: XPathDocument(text),
    in: .init(variables: variables, currentDateTime: "2026-11-20T09:46:40.000+01:00"))
}

private func failure(_ expression: String, on text: String = orders, limits: XPathLimits = XPathLimits()) -> XPathError?
{
  do {
    _ = try evaluate(expression, on: text, limits: limits)
    return nil
  } catch { return error as? XPathError }
}

@Test(
  arguments: [
    ("count(/o:orders/o:order) > 1", "true"), ("count(//o:order)", "2"), ("sum(//o:price)", "12.5"),
    ("//o:customer", "Ada"), ("//o:order[2]/@note", "a \"b\" <\n"),
    ("string(//o:order[@id='2']/o:customer)", "Bo & Co"),
    ("not(/o:orders/o:none)", "true"), ("//o:price > 10", "true"), ("1 div 0", "Infinity"), ("-1 div 0", "-Infinity"),
    ("0 div 0", "NaN"), ("0.1 + 0.2", "0.30000000000000004"), ("10000000000 * 10", "100000000000"),
    ("1 div 1000000", "0.000001"), ("-0", "0"), ("3 mod 2", "1"), ("concat('a', 1, true())", "a1true"),
    ("//item", "plain <raw> "), ("local-name(/*)", "orders"), ("namespace-uri(/*)", "urn:o"), ("name(/*)", "o:orders"),
    ("normalize-space(' a  b ')", "a b"), ("//o:none", ""), ("'a' = 'a' and 2 > 1", "true"), ("* = 1", "false"),
    ("//@id[. > 1]", "2"), ("string-length('äöü€😀')", "5"), ("translate('a-b', '-', '')", "ab"),
  ]
)
func `values are as XPath 1.0 has them`(expression: String, expected: String) throws {
  #expect(try evaluate(expression).stringValue == expected)
}

@Test(
  arguments: [
    ("lower-case('ÄB')", "äb"), ("fn:upper-case(//o:customer)", "ADA"), ("ends-with('order.xml', '.xml')", "true"),
    ("ends-with('xml', 'order.xml')", "false"), ("string-join(//o:customer, ', ')", "Ada, Bo & Co"),
    ("exists(//o:none)", "false"), ("empty(//o:none)", "true"), ("exists('')", "true"), ("abs(-2)", "2"),
    ("min(//o:price)", "2"), ("max(//o:price)", "10.5"), ("avg(//o:price)", "6.25"),
    ("count(distinct-values(//o:price | //o:price/text()))", "2"), ("fn:count(//o:order)", "2"),
    ("compare('a','b')", "-1"), ("current-dateTime()", "2026-11-20T09:46:40.000+01:00"),
    ("current-date()", "2026-11-20+01:00"),
    ("format-number(1234567.891, '#,##0.00')", "1,234,567.89"), ("format-number(0.5, '0')", "0"),
    ("format-number(1.5, '0')", "2"), ("format-number(-3, '0.0')", "-3.0"), ("format-number(-3, '0;(0)')", "(3)"),
    ("format-number(0.256, '#%')", "26%"), ("format-number(7, '000')", "007"), ("format-number(9.999, '#.##')", "10"),
    ("format-number(.5, '#.0')", ".5"),
    ("format-number(//o:none, '0')", "NaN"), ("format-number(0, '#')", "0"),
  ]
)
func `functions beyond XPath 1.0`(expression: String, expected: String) throws {
  #expect(try evaluate(expression).stringValue == expected)
}

@Test func `conversions follow XPath`() throws {
  #expect(XPathValue.string("false").booleanValue)
  #expect(!XPathValue.string("").booleanValue)
  #expect(!XPathValue.number(.nan).booleanValue)
  #expect(XPathValue.string(" 12.5 ").numberValue == 12.5)
  #expect(XPathValue.string("1e3").numberValue.isNaN || XPathValue.string("1e3").numberValue == 1000)
  #expect(XPathValue.boolean(true).numberValue == 1)
  #expect(XPathValue.nodes([]).stringValue.isEmpty)
  #expect(XPathValue.number(1e21).stringValue == "1000000000000000000000")
  #expect(XPathValue.number(-1.5e-7).stringValue == "-0.00000015")
}

@Test func `variables stand for headers and properties, a missing one is empty`() throws {
  let variables: [String: XPathValue] = ["maxPrice": .string("5"), "flag": .boolean(true), "n": .number(2)]
  #expect(try evaluate("//o:order[o:price < $maxPrice]/@id", variables: variables).stringValue == "2")
  #expect(try evaluate("$flag and $n = 2", variables: variables).booleanValue)
  #expect(try evaluate("$none = ''", variables: variables).booleanValue)
  #expect(try XPathExpression("$a + $b-c").variableNames == ["a", "b-c"])
}

@Test func `nodes come in document order, each once, with name, path and place`() throws {
  let nodes = try evaluate("//o:order[2] | //o:order | /*").nodes
  #expect(nodes.map { $0.name?.qualified } == ["o:orders", "o:order", "o:order"])
  #expect(nodes.map(\.path) == ["/o:orders", "/o:orders/o:order[1]", "/o:orders/o:order[2]"])
  #expect(nodes.map(\.line) == [3, 4, 5])
  #expect(nodes[2].ancestors.map(\.path) == ["/o:orders"])
  #expect(nodes[2].parent == nodes[0])
  #expect(nodes[2].attributes.map(\.stringValue) == ["2", "a \"b\" <\n"])
  #expect(nodes[1].children.map(\.stringValue) == ["Ada", "10.5"])
  let attribute = try #require(try evaluate("//o:order/@id").nodes.first)
  #expect(attribute.kind == .attribute)
  #expect(attribute.parent == nil || attribute.parent?.name?.localName == "order")
  let declared = try evaluate("//item/namespace::o").nodes
  #expect(declared.map(\.kind) == [.namespace])
  #expect(declared.first?.stringValue == "urn:o")
}

@Test func `a relative path begins at the context node`() throws {
  let document = try XPathDocument(orders)
  let order = try XPathExpression("//o:order", namespaces: namespaces).evaluate(on: document).nodes
  let price = try XPathExpression("o:price", namespaces: namespaces)
  let prices = try order.map { try price.evaluate(on: document, in: .init(contextNode: $0)).stringValue }
  #expect(prices == ["10.5", "2"])
  let other = try XPathDocument("<a/>")
  #expect(throws: XPathError.self) { try price.evaluate(on: other, in: .init(contextNode: order[0])) }
}

@Test func `a node is written with the namespaces in scope and reads back as the same`() throws {
  let nodes = try evaluate("//o:order[2] | //item | //comment() | //processing-instruction() | //item/text()").nodes
  #expect(
    nodes.map(\.serializedText) == [
      "<!-- of today -->",
      "<o:order xmlns:o=\"urn:o\" xmlns:unused=\"urn:u\" xmlns=\"urn:d\" id=\"2\" note=\"a &quot;b&quot; &lt;&#10;\">"
        + "<o:customer>Bo &amp; Co</o:customer><o:price>2</o:price><o:empty/></o:order>",
      "<item xmlns:o=\"urn:o\" xmlns:unused=\"urn:u\">plain &lt;raw&gt; </item>", "plain &lt;raw&gt; ", "<?mark this?>",
    ])
  for node in nodes where node.kind == .element {
    let again = try XPathDocument(node.serialized)
    #expect(again.root?.serialized == node.serialized)
  }
  let whole = try XPathDocument(orders)
  #expect(try XPathDocument(whole.node.serialized).node.serialized == whole.node.serialized)
}

@Test func `start and end tags make an envelope`() throws {
  let root = try #require(try evaluate("/*").nodes.first)
  #expect(
    String(decoding: root.startTag(declaresScope: true) + root.endTag, as: UTF8.self)
      == "<o:orders xmlns:o=\"urn:o\" xmlns:unused=\"urn:u\" xmlns=\"urn:d\"></o:orders>")
  let inner = try #require(try evaluate("//item").nodes.first)
  #expect(String(decoding: inner.startTag(declaresScope: false), as: UTF8.self) == "<item xmlns=\"\">")
  #expect(inner.children[0].startTag(declaresScope: true).isEmpty)
}

@Test(
  arguments: [
    ("", XPathError.Kind.malformed, 0), ("//", .malformed, nil), ("/a[", .malformed, nil),
    ("a b", .unsupportedSyntax("b"), 2),
    ("'a", .malformed, 0), ("a[1]]", .malformed, nil), ("foo(1)", .unknownFunction("foo"), 0),
    ("fn:parse-json('')", .unknownFunction("fn:parse-json"), 0), ("x:a", .unknownPrefix("x"), 0),
    ("x:*", .unknownPrefix("x"), 0), ("/a/up::b", .malformed, 3), ("a eq 'b'", .unsupportedSyntax("eq"), 2),
    ("if (a) then b else c", .unsupportedSyntax("if"), 0), ("for $x in a return $x", .unsupportedSyntax("for"), 0),
    ("a || b", .unsupportedSyntax("||"), 2), ("xs:date('2026-01-01')", .unknownFunction("xs:date"), 0),
    ("a/b/", .malformed, nil), ("a\u{0}b", .malformed, nil), ("a ! b", .unsupportedSyntax("!"), 2),
    ("$", .malformed, 0),
    ("count(x:a)", .unknownPrefix("x"), 6), ("a and eq", nil, nil), ("div div mod", nil, nil), ("* * *", nil, nil),
    ("self::node()/comment()", nil, nil), ("@o:id", nil, nil), ("a/div/and", nil, nil), ("ancestor :: a", nil, nil),
  ] as [(String, XPathError.Kind?, Int?)]
)
func `what is no XPath 1.0 is refused when it is made`(expression: String, kind: XPathError.Kind?, offset: Int?) {
  do throws(XPathError) {
    _ = try XPathExpression(expression, namespaces: namespaces)
    #expect(kind == nil)
  } catch {
    #expect(error.kind == kind)
    if let offset { #expect(error.offset == offset) }
    #expect(error.failureClass == .configuration)
  }
}

@Test(
  arguments: [
    "lower-case()", "count(1)", "contains('a')", "sum('a')", "1 | 2", "format-number(1, 'x')", "ends-with('a')",
  ]
)
func `calls that do not fit fail with the reason`(expression: String) {
  #expect([.failed, .malformed].contains(failure(expression)?.kind))
}

@Test func `each prefix of an expression is refused or evaluated, never more`() throws {
  let expression = "count(//o:order[@id='2' and (o:price + 1) * 2 >= $x]/o:customer/text()) | //a:b['q\"']"
  let document = try XPathDocument(orders)
  let bytes = Array(expression.utf8)
  for end in 0...bytes.count {
    let cut = String(decoding: bytes[..<end], as: UTF8.self)
    guard let compiled = try? XPathExpression(cut, namespaces: namespaces) else { continue }
    _ = try? compiled.evaluate(on: document)
  }
}

@Test func `an expression is used by several threads at once`() async throws {
  let expression = try XPathExpression("concat(//o:customer, lower-case('X'), $n)", namespaces: namespaces)
  let document = try XPathDocument(orders)
  let results = await withTaskGroup(of: String?.self) { group in
    for number in 0..<50 {
      group.addTask { @concurrent in
        try? expression.evaluate(on: document, in: .init(variables: ["n": .number(Double(number))])).stringValue
      }
    }
    return await group.reduce(into: Set<String?>()) { $0.insert($1) }
  }
  #expect(results.count == 50)
  #expect(results.contains("Adax49"))
}
