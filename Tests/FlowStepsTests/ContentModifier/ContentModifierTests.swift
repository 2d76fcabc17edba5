import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import TenantBase
import TestSupport
import Testing

@Suite struct ContentModifierTests {
  /// Runs one Content Modifier on `exchange`.
  private func run(
    _ properties: FlowDocument.Properties, on exchange: Exchange = Exchange(id: "x")
  ) async throws -> Exchange {
    let step = try makeStep(properties)
    var exchange = exchange
    try await step.run(&exchange, in: makeRun())
    return exchange
  }

  private func makeStep(_ properties: FlowDocument.Properties) throws -> any FlowStep {
    let flow = try read(FlowDocument([.message, .step("Enricher", properties), .end]))
    let element = try #require(flow.allElements.first { $0.type == .contentModifier })
    return try ContentModifierFactory().makeStep(for: element, in: StepContext(flow: flow))
  }

  private func row(_ name: String, _ type: String, _ value: String, action: String = "Create") -> [(String, String)] {
    [("Action", action), ("Type", type), ("Value", value), ("Default", ""), ("Name", name), ("Datatype", "")]
  }

  @Test func `rows run from top to bottom and each sees what the rows before it made`() async throws {
    let table = FlowDocument.table([
      row("first", "constant", "one"), row("second", "expression", "${property.first} two"),
      row("first", "constant", "changed"), row("third", "property", "first"),
    ])
    let result = try await run([("propertyTable", table)])
    #expect(result.properties["first"] == .text("changed"))
    #expect(result.properties["second"] == .text("one two"))
    #expect(result.properties["third"] == .text("changed"))
  }

  @Test func `headers are made after properties, and the body last`() async throws {
    let result = try await run([
      ("headerTable", FlowDocument.table([row("Kind", "expression", "${property.kind}!")])),
      ("propertyTable", FlowDocument.table([row("kind", "constant", "order")])),
      ("bodyType", "expression"), ("wrapContent", "Kind ${header.Kind}"),
    ])
    #expect(result.headers["kind"] == .text("order!"))
    #expect(result.body.textInMemory == "Kind order!")
  }

  @Test func `a delete row removes a header in any case and a property by its exact name`() async throws {
    var exchange = Exchange(id: "x")
    exchange.headers["Subject"] = .text("s")
    exchange.properties["Subject"] = .text("p")
    let table = FlowDocument.table([row("subject", "", "", action: "Delete")])
    let result = try await run([("headerTable", table), ("propertyTable", table)], on: exchange)
    #expect(result.headers["Subject"] == nil)
    #expect(result.properties["Subject"] == .text("p"))
  }

  @Test(arguments: [
    ("header", "Source", ExpressionValue.integer(7)), ("property", "source", .text("p")),
    ("expression", "${header.Source}", .integer(7)), ("constant", "${header.Source}", .text("${header.Source}")),
    ("expression", "n=${header.Source}", .text("n=7")),
  ])
  func `each source type gives its value, and a lone expression keeps the value's type`(
    type: String, value: String, expected: ExpressionValue
  ) async throws {
    var exchange = Exchange(id: "x")
    exchange.headers["Source"] = .integer(7)
    exchange.properties["source"] = .text("p")
    let result = try await run(
      [("propertyTable", FlowDocument.table([row("target", type, value)]))], on: exchange)
    #expect(result.properties["target"] == expected)
  }

  @Test(arguments: ["header", "property"]) func `a source that is not there leaves nothing behind`(
    type: String
  ) async throws {
    var exchange = Exchange(id: "x")
    exchange.properties["target"] = .text("old")
    let result = try await run([("propertyTable", FlowDocument.table([row("target", type, "none")]))], on: exchange)
    #expect(result.properties["target"] == nil)
  }

  @Test(arguments: [
    ("constant", "${in.body}", "${in.body}"), ("expression", "[${in.body}]", "[old]"), ("constant", "", "old"),
    ("expression", "", "old"), ("doNotChange", "new", "old"),
  ])
  func `the body is made as its type says, and an empty field leaves it alone`(
    type: String, text: String, expected: String
  ) async throws {
    var exchange = Exchange(id: "x")
    exchange.body = MessageBody(text: "old")
    let result = try await run([("bodyType", type), ("wrapContent", text)], on: exchange)
    #expect(result.body.textInMemory == expected)
  }

  @Test func `a source type that is not known is refused with step, row and place`() throws {
    let properties: FlowDocument.Properties = [
      ("headerTable", FlowDocument.table([row("Number", "magic", "/a/b")]))
    ]
    let document = FlowDocument([.message, .step("Enricher", name: "Prepare", properties), .end])
    let flow = try read(document)
    let element = try #require(flow.allElements.first { $0.type == .contentModifier })
    let error = #expect(throws: FlowFailure.self) {
      try ContentModifierFactory().makeStep(for: element, in: StepContext(flow: flow))
    }
    #expect(error?.kind == .unsupported)
    #expect(error?.failureClass == .configuration)
    #expect(
      error?.explanation.summary
        == "step 'Prepare' (Content Modifier): the source type 'magic' of 'Number' is not known")
    #expect(error?.explanation.places == ["orders.iflw:\(try #require(document.line(ofProperty: "headerTable")))"])
  }

  @Test func `a malformed expression is refused where it stands, a failing one at run time`() async throws {
    let malformed = FlowDocument.table([row("x", "expression", "${header.}")])
    #expect(throws: FlowFailure.self) { try makeStep([("propertyTable", malformed)]) }
    let step = try makeStep([("propertyTable", FlowDocument.table([row("x", "expression", "${sysenv.HOME}")]))])
    var exchange = Exchange(id: "x")
    let before = exchange
    await #expect(throws: FlowFailure.self) { try await step.run(&exchange, in: makeRun()) }
    #expect(exchange == before)
  }

  @Test func `a body with expressions over 256 KiB is refused, a constant one is not`() throws {
    let text = String(repeating: "x", count: 256 * 1024 + 1)
    let error = #expect(throws: FlowFailure.self) {
      try makeStep([("bodyType", "expression"), ("wrapContent", text)])
    }
    #expect(error?.explanation.summary.contains("256 KiB") == true)
    #expect(throws: Never.self) { try makeStep([("bodyType", "constant"), ("wrapContent", text)]) }
  }
}
