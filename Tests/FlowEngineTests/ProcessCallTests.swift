import Expressions
import FlowEngine
import FlowModel
import TenantBase
import TestSupport
import Testing

@Suite struct ProcessCallTests {
  private func loop(_ condition: String, maximum: Int, action: String) -> FlowSketch {
    FlowSketch(
      """
      main
        In:message > L:loop=Work > After:Mark > Out:end
      local Work
        Begin:begin > A:Mark > Done:stop
      """,
      properties: ["A": [("do", "loop")], "L": [("expressionType", "Non XML"), ("postProcessing", action)]],
      content: [
        "L":
          "<b:standardLoopCharacteristics loopMaximum=\"\(maximum)\"><b:loopCondition>\(condition)</b:loopCondition></b:standardLoopCharacteristics>"
      ])
  }

  @Test func `a local process gets headers, properties and body, and gives them back`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > Call:call=Work > After:Mark > Out:end
      local Work
        Begin:begin > H:Mark > P:Mark > A:Mark > Done:stop
      """, properties: ["H": [("do", "header")], "P": [("do", "property")]])
    let run = try await SketchRun(sketch)
    #expect(run.body == "inAAfter")
    #expect(run.result.exchange.headers["mark"] == .text("H"))
    #expect(run.result.exchange.properties["Mark"] == .text("P"))
    #expect(run.log.observed.map(\.processID).filter { $0 == "Work" }.count == 5)
  }

  @Test func `a loop runs its body first and tests after it, with the index from 0`() async throws {
    #expect(try await SketchRun(loop("${body} = 'never'", maximum: 9, action: "end")).body == "in0After")
    let run = try await SketchRun(loop("${property.CamelLoopIndex} &lt; 3", maximum: 9, action: "throwException"))
    #expect(run.body == "in0123After")
  }

  @Test func `at its maximum a loop goes on or throws, as the step says`() async throws {
    let ended = try await SketchRun(loop("${body} contains 'in'", maximum: 3, action: "end"))
    #expect(ended.body == "in012After")
    #expect(ended.result.status == .completed)
    let thrown = try await SketchRun(loop("${body} contains 'in'", maximum: 3, action: "throwException"))
    #expect(thrown.result.status == .failed)
    #expect(
      thrown.result.failure?.explanation.summary == "the loop has made its 3 turns and its condition still holds")
    #expect(try await SketchRun(loop("${body} = 'never'", maximum: 1, action: "throwException")).body == "in0After")
  }

  @Test func `a broken loop condition fails the message after the first turn`() async throws {
    let run = try await SketchRun(loop("", maximum: 3, action: "end"))
    #expect(run.result.status == .failed)
    #expect(run.log.marks == ["A"])
  }

  @Test func `processes that call one another are stopped at a depth`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > Call:call=Work > Out:end
      local Work
        Begin:begin > A:Mark > Again:call=Work > Done:stop
      """)
    var limits = RunLimits()
    limits.callDepth = 4
    let run = try await SketchRun(sketch, limits: limits)
    #expect(run.result.failure?.kind == .limitExceeded)
    #expect(run.result.failure?.explanation.summary == "processes call one another more than 4 deep")
    #expect(run.log.marks == ["A", "A", "A", "A"])
  }

  @Test func `each turn of a loop is a delivery of its own`() async throws {
    let receiver = RecordingReceiver()
    let sketch = FlowSketch(
      """
      main
        In:message > L:loop=Work > Out:end
      local Work
        Begin:begin > S:send > Done:stop
      """, properties: ["L": [("postProcessing", "end")]],
      content: [
        "L":
          "<b:standardLoopCharacteristics loopMaximum=\"3\"><b:loopCondition>${body} = 'in'</b:loopCondition></b:standardLoopCharacteristics>"
      ], channels: [.mail(at: "S")])
    _ = try await SketchRun(sketch, receiver: receiver)
    #expect(receiver.points.map(\.ordinal) == [0, 1, 2])
  }

  @Test(arguments: [
    ("terminate", "inA", RunStatus.completed), ("escalate", "inA", .escalated), ("raise", "inA", .failed),
  ])
  func `an end for good in a local process ends its callers too`(
    kind: String, body: String, status: RunStatus
  ) async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > Call:call=Work > After:Mark > Out:end
      local Work
        Begin:begin > A:Mark > Done:\(kind)
      """)
    let run = try await SketchRun(sketch)
    #expect(run.body == body)
    #expect(run.result.status == status)
    #expect(run.log.marks == ["A"])
  }

  @Test func `an escalation says its code and place`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > Up:escalate
      """, properties: ["Up": [("ErrorCode", "ReceiverNotFound")]])
    let run = try await SketchRun(sketch)
    #expect(run.result.status == .escalated)
    #expect(run.result.failure?.kind == .escalated)
    #expect(
      run.result.failure?.explanation.summary
        == "the message was escalated by step 'Up' (Escalation End) (ReceiverNotFound)")
  }
}
