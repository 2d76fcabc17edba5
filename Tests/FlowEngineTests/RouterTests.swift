import Expressions
import FlowEngine
import FlowModel
import TenantBase
import TestSupport
import Testing

@Suite struct RouterTests {
  private static let sketch = """
    main
      In:message > R:router -[${body} = 'a']> A:Mark > Out:end
      R -[${body} contains 'a']> B:Mark > Out
      R *> C:Mark > Out
    """

  @Test(arguments: [("a", "aA"), ("xa", "xaB"), ("q", "qC")])
  func `the first route that fits is taken, else the default`(body: String, expected: String) async throws {
    let run = try await SketchRun(FlowSketch(Self.sketch), body: body)
    #expect(run.body == expected)
    #expect(run.result.status == .completed)
  }

  @Test func `the observer is told which route was taken`() async throws {
    let run = try await SketchRun(FlowSketch(Self.sketch), body: "xa")
    #expect(run.log.observed.map(\.elementID) == ["In", "R", "B", "Out"])
    #expect(run.log.observed[1].route == .init(id: "Flow4", name: ""))
    #expect(run.log.observed[1].elementType == .router)
    #expect(run.log.observed.allSatisfy { $0.processID == "main" && $0.failure == nil })
  }

  @Test func `without a default a message that fits no route ends, and the run completes`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > R:router -[${body} = 'a']> A:Mark > Out:end
      """)
    let run = try await SketchRun(sketch, body: "q")
    #expect(run.body == "q")
    #expect(run.result.status == .completed)
    #expect(run.log.marks.isEmpty)
  }

  @Test func `with throwException a message that fits no route fails, whatever the default`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > R:router -[${body} = 'a']> A:Mark > Out:end
        R *> T:terminate
      """, properties: ["R": [("throwException", "true")]])
    let run = try await SketchRun(sketch, body: "q")
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.summary == "the message fits no route of step 'R' (Router)")
    #expect(try await SketchRun(sketch, body: "a").body == "aA")
  }

  @Test func `a route without condition is the last resort where no default is named`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > R:router > A:Mark > Out:end
        R -[${body} = 'b']> B:Mark > Out
      """)
    #expect(try await SketchRun(sketch, body: "b").body == "bB")
    #expect(try await SketchRun(sketch, body: "q").body == "qA")
  }

  @Test(arguments: ["${property.X == 'Y'}", "${body} = ", "${header.n.substring(5,9)} = 'x'"])
  func `a broken condition fails the message that comes to it, with its place`(condition: String) async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > R:router -[${body} = 'a']> A:Mark > Out:end
        R -[\(condition)]> B:Mark > Out
        R *> C:Mark > Out
      """)
    #expect(try await SketchRun(sketch, body: "a").body == "aA")
    let run = try await SketchRun(sketch, body: "q") { $0.headers["n"] = .text("n") }
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.places.contains("step 'R' (Router)") == true)
    #expect(run.log.marks.isEmpty)
  }

  @Test func `routes of a router in a local process end the call, not the caller`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > Call:call=Work > After:Mark > Out:end
      local Work
        Begin:begin > R:router -[${body} = 'a']> A:Mark > Done:stop
        R *> Done
      """)
    #expect(try await SketchRun(sketch, body: "a").body == "aAAfter")
    #expect(try await SketchRun(sketch, body: "q").body == "qAfter")
  }

  @Test(arguments: [
    ("count(/order/item) > 1", "<order><item/><item/></order>", true),
    ("count(/order/item) > 1", "<order><item/></order>", false),
    ("/order[customer = '']", "<order><customer/></order>", true), ("not(/root/records)", "<root/>", true),
    ("/p:order", "<order xmlns=\"http://orders\"/>", true), ("$kind = 'x'", "<a/>", true),
    ("/order/total > 9", "<order><total>10</total></order>", true), ("/a/b", "<a/>", false),
  ])
  func `an XML condition is the truth value of an XPath`(xpath: String, body: String, holds: Bool) async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > R:router -{\(xpath)}> A:Mark > Out:end
        R *> B:Mark > Out
      """, flowProperties: [("namespaceMapping", "xmlns:p=http://orders")])
    let run = try await SketchRun(sketch, body: body) { $0.headers["kind"] = .text("x") }
    #expect(run.log.marks == [holds ? "A" : "B"])
  }

  @Test func `an XML condition on what is no XML, or with an unknown prefix, fails the message`() async throws {
    for (xpath, body) in [("/a", "no XML"), ("/q:a", "<a/>"), ("/a[", "<a/>")] {
      let sketch = FlowSketch(
        """
        main
          In:message > R:router -{\(xpath)}> A:Mark > Out:end
          R *> B:Mark > Out
        """)
      let run = try await SketchRun(sketch, body: body)
      #expect(run.result.status == .failed)
      #expect(run.log.marks.isEmpty)
    }
  }

  @Test func `a loop may ask an XPath`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > L:loop=Work > Out:end
      local Work
        Begin:begin > C:Count > Done:stop
      """, properties: ["L": [("expressionType", "XML"), ("postProcessing", "throwException")]],
      content: [
        "L":
          "<b:standardLoopCharacteristics loopMaximum=\"9\"><b:loopCondition>/n &lt; 3</b:loopCondition></b:standardLoopCharacteristics>"
      ])
    let count = ActionStep(type: StepType(rawValue: "Count")) { exchange throws(FlowFailure) in
      let index = exchange.properties["CamelLoopIndex"]?.text ?? ""
      exchange.body = MessageBody(text: "<n>\(index)</n>")
    }
    #expect(try await SketchRun(sketch, steps: [count]).body == "<n>3</n>")
  }
}
