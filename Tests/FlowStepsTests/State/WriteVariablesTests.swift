import Expressions
import FlowEngine
import FlowSteps
import MessageStore
import TenantBase
import TestSupport
import Testing

struct WriteVariablesTests {
  private let fixture: StepStoreFixture

  init() throws { fixture = try StepStoreFixture() }

  private func table(_ rows: [[String]]) -> FlowDocument.Properties {
    [("variable", rows.map { "<row>" + $0.map { "<cell>\($0)</cell>" }.joined() + "</row>" }.joined())]
  }

  @Test func `rows as real flows have them are written, locally or globally`() async throws {
    var message = exchange("<a><b>5</b></a>")
    message.headers["H"] = .text("from header")
    message.properties["P"] = .text("from property")
    _ = try await fixture.run(
      "Variables",
      table([
        ["one", "", "property", "P", "local"], ["two", "", "header", "H", "global"],
        ["three", "", "constant", "2020-04-26 12:11:00", "global"],
        ["four", "java.lang.String", "expression", "${date:now:yyyy}", "local"],
        ["five", "java.lang.Integer", "xpath", "/a/b", "global"], ["${header.H}", "", "constant", "x", "global"],
      ]), on: message)
    #expect(try fixture.variable("one", flow: "Orders") == .text("from property"))
    #expect(try fixture.variable("one") == nil)
    #expect(try fixture.variable("two") == .text("from header"))
    #expect(try fixture.variable("three") == .text("2020-04-26 12:11:00"))
    #expect(try fixture.variable("four", flow: "Orders") == .text("2026"))
    #expect(try fixture.variable("five") == .integer(5))
    #expect(try fixture.variable("from header") == .text("x"))
  }

  @Test func `a missing header fails the message and keeps the value that was there`() async throws {
    _ = try await fixture.run("Variables", table([["v", "", "constant", "old", "global"]]))
    let failure = await stepFailure { try await fixture.run("Variables", table([["v", "", "header", "H", "global"]])) }
    #expect(failure?.hasPrefix("the variable 'v' was not written") == true)
    #expect(try fixture.variable("v") == .text("old"))
  }

  @Test(
    "the process's transaction handling says when a value counts",
    arguments: [
      ("Required", false), ("", false), ("Not Required", true), ("Required JMS", true), ("From Calling Process", false),
    ])
  func handling(_ handling: String, _ countsAtOnce: Bool) async throws {
    _ = try await fixture.run("Variables", table([["v", "", "constant", "x", "global"]]), handling: handling)
    #expect(try fixture.variable("v") == (countsAtOnce ? .text("x") : nil))
    try fixture.store.completeState(ofRun: "run1", at: makeRun().now())
    #expect(try fixture.variable("v") == .text("x"))
  }

  @Test func `without a place for state a run says so`() async throws {
    let (element, flow) = try StepStoreFixture.element("Variables", table([["v", "", "constant", "x", "global"]]))
    let step = try WriteVariablesFactory().makeStep(for: element, in: StepContext(flow: flow))
    var message = Exchange(id: "x")
    await #expect(throws: FlowFailure.self) { try await step.run(&message, in: makeRun()) }
  }

  @Test func `what is wrong with rows is found before a run`() throws {
    #expect(
      try StepStoreFixture.findings(
        "Variables",
        table([
          ["", "", "constant", "x", "local"], ["a", "", "numberRange", "x", "local"],
          ["b", "", "xpath", "/a[", "local"],
          ["c", "", "expression", "${body", "local"],
        ])) == [
          "error variable-unnamed", "error source-unknown", "error xpath-bad", "warning expression-bad",
        ])
    #expect(try StepStoreFixture.findings("Variables", []) == ["warning variables-none"])
  }
}
