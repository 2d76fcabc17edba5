import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import TenantBase
import TestSupport
import Testing

@Suite struct XMLSplitterTests {
  private static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

  private func split(
    _ body: String, at path: String, general: Bool = true, grouping: String = "", namespaces: String = "",
    streaming: Bool = true
  ) async throws -> [String] {
    let flow = try StepFlow(
      "Splitter",
      [
        ("splitType", general ? "GeneralSplitter" : "IteratingSplitter"), ("exprType", "XPath"),
        ("splitExprValue", path), ("grouping", grouping), ("Streaming", streaming ? "true" : "false"),
      ], flowProperties: [("namespaceMapping", namespaces)])
    let factory = general ? BodySplitterFactory.general : .iterating
    return try await flow.parts(of: MessageBody(text: body), by: factory).texts.map { text in
      #expect(text.hasPrefix(Self.declaration))
      return String(text.dropFirst(Self.declaration.count))
    }
  }

  @Test func `the general splitter keeps all before the first part and the elements around it`() async throws {
    let body = """
      <?xml version="1.0"?><customer><no>1</no><order id="a"><i/></order><order id="b"/><E>lost</E></customer>
      """
    #expect(
      try await split(body, at: "/customer/order") == [
        "<customer><no>1</no><order id=\"a\"><i/></order></customer>",
        "<customer><no>1</no><order id=\"b\"/></customer>",
      ])
  }

  @Test func `the iterating splitter gives the parts alone`() async throws {
    let body = "<a><b><c>1</c></b><b><c>2</c></b></a>"
    #expect(try await split(body, at: "/a/b", general: false) == ["<b><c>1</c></b>", "<b><c>2</c></b>"])
  }

  @Test(arguments: [
    ("//id", ["<r><p><id>1</id></p></r>", "<r><p><id>2</id></p></r>", "<r><p><id>3</id></p></r>"]),
    ("//q/id", ["<r><p><id>1</id><id>2</id></p><q><id>3</id></q></r>"]),
    ("/r/q", ["<r><p><id>1</id><id>2</id></p><q><id>3</id></q></r>"]), ("/r/x", []), ("/q/id", []),
    ("/r//id/", ["<r><p><id>1</id></p></r>", "<r><p><id>2</id></p></r>", "<r><p><id>3</id></p></r>"]),
  ])
  func `paths name elements as SAP documents it`(path: String, expected: [String]) async throws {
    let body = "<r><p><id>1</id><id>2</id></p><q><id>3</id></q></r>"
    #expect(try await split(body, at: path) == expected)
  }

  @Test func `grouping puts several nodes into a part, the rest into the last`() async throws {
    let body = "<r>" + (1...5).map { "<z>\($0)</z>" }.joined() + "</r>"
    #expect(
      try await split(body, at: "//z", grouping: "2") == [
        "<r><z>1</z><z>2</z></r>", "<r><z>3</z><z>4</z></r>", "<r><z>5</z></r>",
      ])
    #expect(
      try await split(body, at: "//z", general: false, grouping: "4") == [
        "<z>1</z><z>2</z><z>3</z><z>4</z>", "<z>5</z>",
      ])
  }

  @Test func `namespaces are resolved, and a part alone declares what it had`() async throws {
    let body = "<l xmlns=\"http://my\" xmlns:o=\"http://o\"><c><o:n/></c><o:c/></l>"
    #expect(
      try await split(body, at: "/n:l/n:c", general: false, namespaces: "xmlns:n=http://my") == [
        "<c xmlns=\"http://my\" xmlns:o=\"http://o\"><o:n/></c>"
      ])
    #expect(try await split(body, at: "/n:l/n:c xmlns:n=\"http://my\"").count == 1)
    #expect(try await split(body, at: "/l/c").count == 2)
    #expect(try await split(body, at: "/n:l/n:c", namespaces: "xmlns:n=http://other") == [])
    #expect(
      try await split("<r xmlns:a=\"1\"><p xmlns:b=\"2\"><z/></p><p xmlns:b=\"3\"><z/></p></r>", at: "//z") == [
        "<r xmlns:a=\"1\"><p xmlns:b=\"2\"><z/></p></r>",
        "<r xmlns:a=\"1\"><p xmlns:b=\"2\"><z xmlns:b=\"3\"/></p></r>",
      ])
  }

  @Test func `what stands in comments, sections and quotes is no tag`() async throws {
    let body = "<r><!-- <z> --><![CDATA[<z>]]><z a='>'/><z b=\"<!\">x</z></r>".replacing("<!\"", with: "!\"")
    #expect(try await split(body, at: "//z", general: false) == ["<z a='>'/>", "<z b=\"!\">x</z>"])
  }

  @Test func `elements of the same name within a part belong to it`() async throws {
    #expect(
      try await split("<r><z><z>1</z></z><z>2</z></r>", at: "//z", general: false) == [
        "<z><z>1</z></z>", "<z>2</z>",
      ])
  }

  @Test(arguments: [
    ("", "there is no element in it"), ("hello", "it does not begin with a tag"),
    ("<a><b></a>", "'</a>' stands where 'b' is open"), ("<a>", "'<a>' is not closed"),
    ("<a/><b/>", "a second root element 'b' follows"), ("<a/>x", "text follows the root element"),
    ("</a>", "'</a>' closes nothing"), ("<a><b", "it ends within a tag, or one is too long"),
    ("<!DOCTYPE a><a/>", "it has a document type declaration, which is refused"),
    ("<a>< b/></a>", "a '<' begins no tag"),
    ("<a b=\"<c/></a>", "it ends within a tag, or one is too long"),
  ])
  func `what is not XML fails the message`(body: String, cause: String) async throws {
    for streaming in [true, false] {
      let text = await failureText { _ = try await split(body, at: "/a/b", streaming: streaming) }
      #expect(text == "the body is not well-formed XML: \(cause)")
    }
  }

  @Test func `a document cut at any place fails, and never traps`() async throws {
    let body = Array("<?xml version=\"1.0\"?><a x='1'><!--c--><b><![CDATA[d]]></b>é<b/></a>".utf8)
    let flow = try StepFlow("Splitter", [("splitType", "GeneralSplitter"), ("splitExprValue", "/a/b")])
    for end in 0..<body.count {
      await #expect(throws: FlowFailure.self) {
        _ = try await flow.parts(of: MessageBody(bytes: Array(body[..<end])), by: BodySplitterFactory.general)
      }
    }
  }

  @Test func `other encodings become UTF-8`() async throws {
    let flow = try StepFlow("Splitter", [("splitType", "IteratingSplitter"), ("splitExprValue", "/a/b")])
    let latin: [UInt8] =
      Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a><b>".utf8) + [0xE9] + Array("</b></a>".utf8)
    let parts = try await flow.parts(of: MessageBody(bytes: latin), by: BodySplitterFactory.iterating).texts
    #expect(parts == [Self.declaration + "<b>é</b>"])
  }

  @Test(arguments: [
    "/a/*", "/a[1]", "/a/@id", "//", "/a|/b", "/a/b=1", "/p:a", "count(/a)", "/a/..",
  ])
  func `what SAP does not allow as an XPath is refused before the run`(path: String) async throws {
    let text = await failureText { _ = try await split("<a/>", at: path) }
    #expect(text?.hasPrefix("the XPath '\(path)' cannot be used here: ") == true)
  }

  @Test func `path and grouping may come from headers and properties`() async throws {
    let flow = try StepFlow(
      "Splitter",
      [
        ("splitType", "IteratingSplitter"), ("splitExprValue", "${property.path}"), ("grouping", "${header.size}"),
        ("Streaming", "false"),
      ])
    let body = MessageBody(text: "<a><b>1</b><b>2</b><b>3</b></a>")
    let parts = try await flow.parts(of: body, by: BodySplitterFactory.iterating) { exchange in
      exchange.properties["path"] = .text("/a/b")
      exchange.headers["size"] = .integer(2)
    }
    #expect(parts.texts.count == 2)
    #expect(parts.count == 2)
    let bad = await failureText {
      _ = try await flow.parts(of: body, by: BodySplitterFactory.iterating) { $0.properties["path"] = .text("/a/b") }
    }
    #expect(bad == "the grouping '' is no positive number")
  }

  @Test func `the settings are those of the step, with SAP's defaults`() async throws {
    func settings(_ properties: FlowSketch.Properties) async throws -> SplitSettings {
      let flow = try StepFlow("Splitter", [("splitType", "GeneralSplitter"), ("splitExprValue", "/a")] + properties)
      let splitter = try BodySplitterFactory.general.makeSplitter(for: flow.element, in: StepContext(flow: flow.flow))
      var exchange = Exchange(id: "x")
      exchange.body = MessageBody(text: "<a/>")
      return try await splitter.split(exchange, in: makeStepRun()).settings
    }
    #expect(try await settings([]) == SplitSettings(concurrency: 1, timeout: nil, stopsOnException: true))
    #expect(
      try await settings([("ParallelProcessing", "true"), ("StopOnExecution", "false")])
        == SplitSettings(concurrency: 10, timeout: .seconds(300), stopsOnException: false))
    #expect(
      try await settings([("ParallelProcessing", "true"), ("SplitterThreads", "50"), ("timeOut", "60")])
        == SplitSettings(concurrency: 50, timeout: .seconds(60), stopsOnException: true))
    for wrong in [("SplitterThreads", "51"), ("SplitterThreads", "0"), ("timeOut", "0")] {
      await #expect(throws: FlowFailure.self) { _ = try await settings([("ParallelProcessing", "true"), wrong]) }
    }
  }
}
