import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import TenantBase
import TestSupport
import Testing

@Suite struct FlowRunnerTests {
  private func run(
    _ document: FlowDocument, steps: [any FlowStepFactory] = [ContentModifierFactory()],
    _ receiver: RecordingReceiver = RecordingReceiver(), in run: FlowRun = makeRun()
  ) async throws(FlowFailure) -> Exchange {
    let plan: FlowPlan
    do {
      plan = try FlowCompiler(read(document), registry: FlowRegistry(steps: steps, receivers: [receiver])).compile()
    } catch { throw (error as? FlowFailure) ?? FlowFailure(.invalidFlow, class: .permanent, Explanation("\(error)")) }
    var exchange = Exchange(id: "x")
    exchange.body = MessageBody(text: "in")
    return try await FlowRunner(plan).run(exchange, in: run)
  }

  @Test func `steps run in the order of the arrows, and the receiver gets what they made`() async throws {
    let receiver = RecordingReceiver()
    var document = FlowDocument.mail([])
    document.nodes = [
      .message, .step("Enricher", id: "B", [("bodyType", "expression"), ("wrapContent", "${in.body}b")]),
      .step("Enricher", id: "A", [("bodyType", "expression"), ("wrapContent", "${in.body}a")]), .end,
    ]
    document.arrows = [("Start", "A"), ("A", "B"), ("B", "End")]
    let result = try await run(document, receiver)
    #expect(receiver.exchanges.map(\.body.textInMemory) == ["inab"])
    #expect(result.body.textInMemory == "inab")
  }

  @Test func `each delivery is on the record, in its order, also that which failed`() async throws {
    let failing = FlowFailure(.channelFailed, class: .refused, Explanation("refused"))
    let receiver = RecordingReceiver {
      var report = ChannelReport.test
      report.deliveries = [.init(target: "a@b.example", status: .refused, answer: "550 no")]
      return ReceiverOutcome(report: report, failure: failing)
    }
    let flowRun = makeRun()
    let document = FlowDocument.mail([])
    let error = await flowFailure { () throws(FlowFailure) in
      _ = try await run(document, receiver, in: flowRun)
    }
    #expect(error?.kind == .channelFailed)
    #expect(error?.failureClass == .refused)
    let line = try #require(document.line(of: "<b:messageFlow id=\"Channel\""))
    #expect(error?.explanation.places == ["orders.iflw:\(line)"])
    #expect(flowRun.channelReports.map { $0.deliveries.map(\.status) } == [[.refused]])
  }

  @Test func `a failing step is named with its place, and nothing after it runs`() async throws {
    let receiver = RecordingReceiver()
    let script = ActionStep(type: .groovyScript) { _ throws(FlowFailure) in
      throw FlowFailure(.stepFailed, class: .permanent, Explanation("no number"))
    }
    let document = FlowDocument.mail([], steps: [.step("Script", name: "Count", [])])
    let error = await flowFailure { () throws(FlowFailure) in
      _ = try await run(document, steps: [script], receiver)
    }
    let line = try #require(document.line(of: "<b:callActivity"))
    #expect(error?.explanation.places == ["orders.iflw:\(line)", "step 'Count' (Script, Groovy)"])
    #expect(receiver.exchanges.isEmpty)
  }

  @Test func `a request reply takes the answer as the body, a send step does not`() async throws {
    for (activity, expected) in [("ExternalCall", "answer"), ("Send", "in")] {
      let receiver = RecordingReceiver {
        ReceiverOutcome(report: .test, failure: nil, reply: ReceiverReply(body: MessageBody(text: "answer")))
      }
      var document = FlowDocument.mail([], steps: [.step(activity, [])])
      document.channels[0].nodeID = "Step"
      let result = try await run(document, receiver)
      #expect(result.body.textInMemory == expected)
      #expect(receiver.exchanges.count == 1)
    }
  }

  @Test func `a message that goes in a circle is stopped`() async throws {
    var document = FlowDocument([.message, .step("Script", id: "A", []), .step("Script", id: "B", [])])
    document.arrows = [("Start", "A"), ("A", "B"), ("B", "A")]
    let script = ActionStep(type: .groovyScript) { _ throws(FlowFailure) in }
    let error = await flowFailure { () throws(FlowFailure) in _ = try await run(document, steps: [script]) }
    #expect(error?.kind == .limitExceeded)
    #expect(
      error?.explanation.summary == "the message passed \(RunLimits().elementsOfPath) elements and was stopped")
  }
}
