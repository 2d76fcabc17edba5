import Archives
import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import System
import TenantBase
import TestSupport
import Testing

@Suite struct TextSplitterTests {
  private func split(_ body: String, _ properties: FlowSketch.Properties, general: Bool = false) async throws
    -> [String]
  {
    let flow = try StepFlow(
      "Splitter", [("splitType", general ? "GeneralSplitter" : "IteratingSplitter")] + properties)
    let factory = general ? BodySplitterFactory.general : .iterating
    return try await flow.parts(of: MessageBody(text: body), by: factory).texts
  }

  @Test func `the general splitter takes the first line as the head of each part`() async throws {
    let body = "No,Price\n1,10\n2,20\n3,30\n"
    let lines: FlowSketch.Properties = [("exprType", "Line Break")]
    #expect(try await split(body, lines, general: true) == ["No,Price\n1,10", "No,Price\n2,20", "No,Price\n3,30"])
    #expect(
      try await split(body, lines + [("grouping", "2")], general: true) == ["No,Price\n1,10\n2,20", "No,Price\n3,30"])
    #expect(try await split("No,Price\n", lines, general: true) == [])
    #expect(try await split(body, lines) == ["No,Price", "1,10", "2,20", "3,30"])
  }

  @Test func `lines may end in CRLF, empty ones make no part`() async throws {
    let lines: FlowSketch.Properties = [("exprType", "Line Break"), ("grouping", "2")]
    #expect(try await split("a\r\n\r\nb\r\nc", lines) == ["a\r\nb", "c"])
    #expect(try await split("", lines) == [])
    #expect(try await split("\n\n", lines) == [])
  }

  @Test func `a token that names an element cuts XML at it, and text anywhere`() async throws {
    let token: FlowSketch.Properties = [("exprType", "Token"), ("tokenValue", "customerName")]
    let body = "<l><c><customerName>Paul</customerName></c><c><customerName>Seena</customerName></c></l>"
    #expect(
      try await split(body, token) == ["<customerName>Paul</customerName>", "<customerName>Seena</customerName>"])
    #expect(try await split("a customerName b", token) == ["a ", " b"])
    #expect(try await split("a|b||c|", [("exprType", "Token"), ("tokenValue", "|")]) == ["a", "b", "c"])
    #expect(
      try await split("a;;b;;c", [("exprType", "Token"), ("tokenValue", ";;"), ("grouping", "2")]) == ["a;;b", "c"])
  }

  @Test func `the old token splitter is the same`() async throws {
    let flow = try StepFlow(
      "Splitter", [("splitType", "Camel"), ("exprType", "Token"), ("splitExprValue", "Log"), ("tokenValue", "Log")])
    #expect(flow.element.type == BodySplitterFactory.token.type)
    let parts = try await flow.parts(of: MessageBody(text: "<r><Log>1</Log><Log/></r>"), by: BodySplitterFactory.token)
    #expect(parts.texts == ["<Log>1</Log>", "<Log/>"])
  }

  @Test(arguments: [("Token", "token"), ("XPath", "XPath"), ("Regex", "expression type")])
  func `a step that does not say where to cut is refused`(kind: String, word: String) async throws {
    let text = await failureText { _ = try await split("a", [("exprType", kind)]) }
    #expect(text?.contains(word) == true || text?.contains(word.lowercased()) == true)
  }

  @Test func `a large file is read as it goes`() async throws {
    let folder = try TemporaryFolder()
    let spool = BodySpool(folder: folder.path)
    var lines = (0..<30_000).map { "line \($0) " + String(repeating: "x", count: 50) }[...]
    let body = try spool.body { () throws(SystemError) in
      guard !lines.isEmpty else { return nil }
      defer { lines = lines.dropFirst(5_000) }
      return Array(lines.prefix(5_000).joined(separator: "\n").utf8) + [0x0A]
    }
    #expect(body.bytesInMemory == nil)
    let flow = try StepFlow(
      "Splitter", [("splitType", "IteratingSplitter"), ("exprType", "Line Break"), ("grouping", "1000")])
    let parts = try await flow.parts(of: body, by: BodySplitterFactory.iterating).texts
    #expect(parts.count == 30)
    #expect(parts.last?.hasPrefix("line 29000 ") == true)
  }

  @Test func `a zip splitter gives a part for each file`() async throws {
    var writer = ZipWriter()
    var archive = try writer.entry(named: "a.txt", Array("alpha alpha alpha alpha".utf8))
    archive += try writer.entry(named: "sub/b.txt", Array("beta".utf8))
    archive += try writer.finish()
    let flow = try StepFlow("ZipSplitter", [])
    let splitter = try ZipSplitterFactory().makeSplitter(for: flow.element, in: StepContext(flow: flow.flow))
    var exchange = Exchange(id: "x")
    exchange.body = MessageBody(bytes: archive)
    var split = try await splitter.split(exchange, in: makeStepRun())
    let first = try await split.parts.next()
    let second = try await split.parts.next()
    #expect(first?.body.textInMemory == "alpha alpha alpha alpha")
    #expect(second?.headers.map(\.value) == [.text("b.txt")])
    #expect(try await split.parts.next() == nil)
    exchange.body = MessageBody(text: "no archive")
    await #expect(throws: FlowFailure.self) { _ = try await splitter.split(exchange, in: makeStepRun()) }
  }
}
