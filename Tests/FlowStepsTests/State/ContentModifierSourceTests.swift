import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import MessageStore
import TenantBase
import TestSupport
import Testing

struct ContentModifierSourceTests {
  private let fixture: StepStoreFixture

  init() throws { fixture = try StepStoreFixture() }

  private func row(
    _ name: String, _ type: String, _ value: String, dataType: String = "", fallback: String = "",
    action: String = "Create"
  ) -> [(String, String)] {
    [
      ("Action", action), ("Type", type), ("Value", value), ("Default", fallback), ("Name", name),
      ("Datatype", dataType),
    ]
  }

  private func property(
    _ type: String, _ value: String, dataType: String = "", fallback: String = "", body: String = "",
    run: FlowRun = makeRun()
  ) async throws -> ExpressionValue? {
    let table = FlowDocument.table([row("p", type, value, dataType: dataType, fallback: fallback)])
    return try await fixture.run("Enricher", [("propertyTable", table)], on: exchange(body), in: run).properties["p"]
  }

  private static let order = "<order><id>7</id><line n=\"1\">a</line><line n=\"2\">b</line><open>true</open></order>"

  @Test(
    "XPath results by data type",
    arguments: [
      ("/order/id", "java.lang.String", ExpressionValue.text("7")), ("/order/id", "String", .text("7")),
      ("/order/id", "java.lang.Integer", .integer(7)), ("/order/id", "java.Lang.Integer", .integer(7)),
      ("/order/id", "Double", .decimal(7)), ("/order/open", "Boolean", .boolean(true)),
      ("/order/none", "boolean", .boolean(false)), ("/order/none", "java.lang.String", .text("")),
      ("//line", "java.lang.String", .text("a")), ("count(//line)", "Integer", .integer(2)),
      ("count(//line)", "", .integer(2)), ("//line", "", .text("<line n=\"1\">a</line><line n=\"2\">b</line>")),
      ("//line", "org.w3c.dom.NodeList", .text("<line n=\"1\">a</line><line n=\"2\">b</line>")),
      ("//line/text()", "NodeList", .text("ab")), ("//line/@n", "NodeList", .text("12")),
      ("/order/id", "byte[]", .text("7")), ("/order/id", "application/json", .text("7")),
    ])
  func xpath(_ path: String, _ dataType: String, _ expected: ExpressionValue) async throws {
    #expect(try await property("xpath", path, dataType: dataType, body: Self.order) == expected)
  }

  @Test func `an XPath result that is not of its type fails the message with its text`() async {
    let failure = await stepFailure {
      try await property("xpath", "//line", dataType: "Integer", body: Self.order)
    }
    #expect(failure?.contains("'a' is not a whole number") == true, "\(failure ?? "")")
  }

  @Test func `the body is parsed only for what needs it`() async throws {
    #expect(try await property("constant", "x", body: "not XML") == .text("x"))
    let failure = await stepFailure { try await property("xpath", "/a", body: "not XML") }
    #expect(failure != nil)
  }

  @Test func `an expression may hold an XPath, and an XPath a header`() async throws {
    #expect(try await property("expression", "id ${xpath./order/id}!", body: Self.order) == .text("id 7!"))
    var message = exchange(Self.order)
    message.headers["n"] = .text("2")
    let table = FlowDocument.table([row("p", "xpath", "//line[@n = $n]", dataType: "String")])
    let result = try await fixture.run("Enricher", [("propertyTable", table)], on: message)
    #expect(result.properties["p"] == .text("b"))
  }

  @Test func `expressions and constants take a data type`() async throws {
    #expect(try await property("expression", "4${property.none}2", dataType: "java.lang.Integer") == .integer(42))
    #expect(try await property("constant", "4", dataType: "java.lang.Integer") == .integer(4))
    #expect(await stepFailure { try await property("constant", "x", dataType: "Long") } != nil)
  }

  @Test func `constants keep braces and brackets, and a parameter's value is a constant`() async throws {
    #expect(try await property("constant", "{\"a\": [1]}") == .text("{\"a\": [1]}"))
    #expect(try await property("external parameter", "${no}") == .text("${no}"))
  }

  @Test func `variables come from their scope, else from the default`() async throws {
    for (name, flow) in [("v", nil), ("w", "Orders")] as [(String, String?)] {
      let scope = StateScope(runID: "r", flowName: "x", now: makeRun().now(), isTransactional: false)
      try fixture.store.write(.text(flow ?? "global"), to: VariableName(name, flow: flow), for: scope)
    }
    #expect(try await property("global persisted variables", "v") == .text("global"))
    #expect(try await property("persisted variables", "w") == .text("Orders"))
    #expect(try await property("persisted variables", "v", fallback: "none") == .text("none"))
    #expect(try await property("persisted variables", "w", fallback: "none", run: makeRun("Other")) == .text("none"))
  }

  @Test func `a missing variable without default fails with the command that shows variables`() async throws {
    do {
      _ = try await property("global persisted variables", "LastRun")
      Issue.record("it must fail")
    } catch let error as FlowFailure {
      #expect(error.explanation.summary == "the global variable 'LastRun' does not exist")
      #expect(error.explanation.hints == ["see those that exist: tenant variables list"])
      #expect(error.failureClass == .configuration)
    }
  }

  @Test func `a number range gives the next number, and the same one for the same correlation ID`() async throws {
    try fixture.database.deploy(
      [NumberRangeRule(name: "N", description: "", minimum: 1, maximum: 99, rotates: false, fieldLength: 3)],
      by: "x", on: makeRun().now())
    #expect(try await property("numberRange", "N") == .text("001"))
    #expect(try await property("numberRange", "N:${exchangeId}") == .text("002"))
    #expect(try await property("numberRange", "N:${exchangeId}") == .text("002"))
    #expect(try await property("numberRange", "N") == .text("003"))
    let failure = await stepFailure { try await property("numberRange", "Other") }
    #expect(failure == "the number range 'Other' is not deployed")
  }

  @Test(
    "which names a Delete row means",
    arguments: [
      ("$name=jobLogA", ["jobLogB", "other", "xjobLog"]), ("$name=$name=other", ["jobLogA", "jobLogB", "xjobLog"]),
      ("$include=jobLog*", ["other", "xjobLog"]),
      ("$include=JOBLOG*;$exclude=jobLogB", ["jobLogB", "other", "xjobLog"]),
      ("$include=.*Log[AB]", ["other", "xjobLog"]), ("$include=*$exclude=other", ["other"]),
      ("other", ["jobLogA", "jobLogB", "xjobLog"]), ("job*", ["jobLogA", "jobLogB", "other", "xjobLog"]),
    ])
  func deletion(_ name: String, _ rest: [String]) async throws {
    var message = Exchange(id: "x")
    for name in ["jobLogA", "jobLogB", "other", "xjobLog"] { message.properties[name] = .text("") }
    for name in message.properties.keys.sorted() { message.headers[name] = .text("") }
    let table = FlowDocument.table([row(name, "constant", "", action: "Delete")])
    let result = try await fixture.run("Enricher", [("propertyTable", table), ("headerTable", table)], on: message)
    #expect(result.properties.keys.sorted() == rest)
    #expect(result.headers.names == rest)
  }

  @Test func `a large body stays in its file where nothing needs it`() async throws {
    let spool = BodySpool(folder: fixture.folder + "/spool")
    var chunks = [[UInt8](repeating: 0x61, count: MessageBody.memoryLimit), [0x62]]
    var message = Exchange(id: "x")
    message.body = try spool.body { () in chunks.isEmpty ? nil : chunks.removeFirst() }
    #expect(message.body.bytesInMemory == nil)
    let table = FlowDocument.table([row("p", "expression", "${header.none}x")])
    let result = try await fixture.run(
      "Enricher", [("propertyTable", table), ("bodyType", "expression"), ("wrapContent", "${in.body}")], on: message)
    #expect(result.body == message.body)
    #expect(result.properties["p"] == .text("x"))
    let failure = await stepFailure {
      try await fixture.run("Enricher", [("bodyType", "expression"), ("wrapContent", "${in.body}!")], on: message)
    }
    #expect(failure != nil)
  }

  @Test func `what is wrong with rows is found before a run`() throws {
    let table = FlowDocument.table([
      row("a", "magic", "x"), row("b", "numberRange", "N"), row("c", "xpath", "/a["), row("d", "global variable", ""),
      row("e", "xpath", "/a", dataType: "application/json"), row("", "constant", "x"),
    ])
    #expect(
      try StepStoreFixture.findings("Enricher", [("propertyTable", table)]) == [
        "error source-unknown", "error number-range-missing", "error xpath-bad", "error variable-unnamed",
        "warning data-type-unknown", "warning row-without-name",
      ])
    let good = FlowDocument.table([row("b", "numberRange", "N"), row("$include=x*", "constant", "", action: "Delete")])
    #expect(try StepStoreFixture.findings("Enricher", [("propertyTable", good)], numberRanges: ["N"]).isEmpty)
    #expect(try StepStoreFixture.findings("Enricher", [("propertyTable", good)], numberRanges: nil).isEmpty)
  }
}
