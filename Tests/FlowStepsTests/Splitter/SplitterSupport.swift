import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import System
import TenantBase
import TestSupport

/// A run at a fixed moment.
func makeStepRun(spool: BodySpool? = nil) -> FlowRun {
  FlowRun(
    id: "run1", flowName: "Orders", timeZones: TimeZoneDatabase { _ in nil },
    now: { Timestamp(milliseconds: 1_795_168_780_000) }, spool: spool)
}

/// A flow with one step between start and end, whose properties a test says.
struct StepFlow {
  let flow: IntegrationFlow
  let element: FlowElement

  init(
    _ activity: String, _ properties: FlowSketch.Properties, flowProperties: FlowSketch.Properties = []
  ) throws {
    let sketch = FlowSketch(
      """
      main
        In:message > S:\(activity) > Out:end
      """, properties: ["S": properties], flowProperties: flowProperties)
    flow = try IntegrationFlowReader().read(sketch.bytes, file: "orders.iflw")
    guard let element = flow.allElements.first(where: { $0.id == "S" }) else { throw Missing() }
    self.element = element
  }

  struct Missing: Error {}

  /// The parts of a body, as text.
  func parts(
    of body: MessageBody, by factory: any SplitterFactory, prepare: (inout Exchange) -> Void = { _ in }
  ) async throws -> (texts: [String], count: Int?) {
    let splitter = try factory.makeSplitter(for: element, in: StepContext(flow: flow))
    var exchange = Exchange(id: "x")
    exchange.body = body
    prepare(&exchange)
    var split = try await splitter.split(exchange, in: makeStepRun())
    var texts: [String] = []
    while let part = try await split.parts.next() { texts.append(part.body.textInMemory ?? "") }
    return (texts, split.parts.count)
  }

  /// What a gather step makes of bodies.
  func gathered(
    _ bodies: [String], spool: BodySpool? = nil, prepare: (Int, inout Exchange) -> Void = { _, _ in }
  ) async throws -> MessageBody {
    let gatherer = try BodyGathererFactory().makeGatherer(for: element, in: StepContext(flow: flow))
    let run = makeStepRun(spool: spool)
    var collection = try gatherer.makeCollection(in: run)
    for (index, body) in bodies.enumerated() {
      var part = Exchange(id: "x")
      part.body = MessageBody(text: body)
      part.lineage = [0, index]
      prepare(index, &part)
      try await collection.add(part, in: run)
    }
    return try await collection.finish(in: run)
  }
}

/// The failure that `work` throws, as a line.
func failureText(_ work: () async throws -> Void) async -> String? {
  do {
    try await work()
    return nil
  } catch let error as any ExplainedError { return error.description } catch { return "\(error)" }
}
