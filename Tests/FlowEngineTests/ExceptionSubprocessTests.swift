import Expressions
import FlowEngine
import FlowModel
import TenantBase
import TestSupport
import Testing

@Suite struct ExceptionSubprocessTests {
  private func sketch(_ subprocess: String, _ properties: [String: FlowSketch.Properties] = [:]) -> FlowSketch {
    FlowSketch(
      """
      main Main
        In:message > Bad:Mark > Never:Mark > Out:end
      exception OnError
        Caught:error \(subprocess)
      """, properties: ["Bad": [("do", "fail")], "E": [("do", "exception")]].merging(properties) { $1 },
      channels: [.mail(at: "Told")])
  }

  @Test func `a message end finishes with that body and sends, and the run stays a failed one`() async throws {
    let run = try await SketchRun(sketch("> E:Mark > Told:end"))
    #expect(run.body == "[Bad failed: it was told to]")
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.summary == "Bad failed")
    #expect(run.receiver.exchanges.map(\.body.textInMemory) == ["[Bad failed: it was told to]"])
    let handled = try #require(run.result.handledExceptions.first)
    #expect(handled.name == "OnError")
    #expect(handled.processName == "Main")
    guard case .finished = handled.outcome else {
      Issue.record("it did not finish")
      return
    }
    #expect(run.result.furtherFailures.isEmpty)
  }

  @Test func `the stack trace has the places`() async throws {
    let run = try await SketchRun(sketch("> E:Mark > Told:end", ["E": [("do", "trace")]]))
    #expect(run.body?.hasPrefix("Bad failed: it was told to\n\tat orders.iflw:") == true)
    #expect(run.body?.hasSuffix("\n\tat step 'Bad' (Mark)") == true)
    #expect(run.result.exchange.properties["CamelExceptionCaught"] == .text("Bad failed: it was told to"))
  }

  @Test func `an error end gives the exception on`() async throws {
    let run = try await SketchRun(sketch("> E:Mark > Up:raise"))
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.summary == "Bad failed")
    guard case .rethrown? = run.result.handledExceptions.first?.outcome else {
      Issue.record("it was not rethrown")
      return
    }
  }

  @Test func `an escalation end makes the run an escalated one`() async throws {
    let run = try await SketchRun(sketch("> E:Mark > Up:escalate"))
    #expect(run.result.status == .escalated)
    #expect(run.result.failure?.explanation.summary == "Bad failed")
    #expect(run.body == "[Bad failed: it was told to]")
  }

  @Test func `an exception within it fails the run, and both are told`() async throws {
    let run = try await SketchRun(sketch("> E:Mark > Told:end", ["E": [("do", "fail")]]))
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.summary == "Bad failed")
    #expect(run.result.furtherFailures.map(\.explanation.summary) == ["E failed"])
    guard case .failed(let inner)? = run.result.handledExceptions.first?.outcome else {
      Issue.record("it did not fail")
      return
    }
    #expect(inner.explanation.summary == "E failed")
    #expect(run.receiver.exchanges.isEmpty)
  }

  @Test func `routers, calls and steps work within it`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > Bad:Mark > Out:end
      exception OnError
        Caught:error > R:router -[${exception.message} contains 'told']> Call:call=Work > Told:end
        R *> Up:raise
      local Work
        Begin:begin > W:Mark > Done:stop
      """, properties: ["Bad": [("do", "fail")]])
    let run = try await SketchRun(sketch)
    #expect(run.body == "inW")
    #expect(run.result.status == .failed)
  }

  @Test func `what fails in a local process is not caught by its caller's`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > Call:call=Work > Out:end
      exception OnError
        Caught:error > E:Mark > Told:end
      local Work
        Begin:begin > Bad:Mark > Done:stop
      """, properties: ["Bad": [("do", "fail")]])
    let run = try await SketchRun(sketch)
    #expect(run.result.failure?.explanation.summary == "Bad failed")
    #expect(run.result.handledExceptions.isEmpty)
    #expect(run.log.marks == ["Bad"])
  }

  @Test func `a local process has its own, and its end ends the callers`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > Call:call=Work > After:Mark > Out:end
      exception OnError
        Caught:error > E:Mark > Told:end
      local Work
        Begin:begin > Bad:Mark > Done:stop
      exception Inner
        InnerCaught:error > I:Mark > InnerEnd:stop
      """, properties: ["Bad": [("do", "fail")]])
    let run = try await SketchRun(sketch)
    #expect(run.body == "inI")
    #expect(run.log.marks == ["Bad", "I"])
    #expect(run.result.handledExceptions.map(\.name) == ["Inner"])
    #expect(run.result.status == .failed)
  }

  @Test func `a channel that fails is caught, and the alert after it leaves`() async throws {
    let refusing = RecordingReceiver {
      ReceiverOutcome(report: .test, failure: FlowFailure(.channelFailed, class: .refused, Explanation("no login")))
    }
    let sketch = FlowSketch(
      """
      main Main
        In:message > Out:end
      exception OnError
        Caught:error > E:Mark > Told:end
      """, properties: ["E": [("do", "exception")]], channels: [.mail(at: "Out")])
    let run = try await SketchRun(sketch, receiver: refusing)
    #expect(run.body == "[no login]")
    #expect(run.result.failure?.failureClass == .refused)
  }

  @Test func `an error end in the process itself is caught too`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > Up:raise
      exception OnError
        Caught:error > E:Mark > Told:end
      """, properties: ["E": [("do", "exception")]])
    #expect(try await SketchRun(sketch).body == "[the message ended in step 'Up' (Error End)]")
  }
}
