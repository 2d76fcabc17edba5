import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import TenantBase
import TestSupport
import Testing

/// A run at a fixed moment.
func makeRun(_ name: String = "Orders") -> FlowRun {
  FlowRun(
    id: "run1", flowName: name, timeZones: TimeZoneDatabase { _ in nil },
    now: { Timestamp(milliseconds: 1_795_168_780_000) })
}

func read(_ document: FlowDocument) throws -> IntegrationFlow {
  try IntegrationFlowReader().read(document.bytes, file: "orders.iflw")
}

/// Runs one step of a flow on a body, made as the compiler would make it.
func runStep(
  _ activity: String, _ properties: FlowDocument.Properties, on exchange: Exchange,
  resources: [String: [UInt8]] = [:], flowProperties: String = ""
) async throws -> Exchange {
  let (element, context) = try stepElement(activity, properties, resources: resources, flowProperties: flowProperties)
  let factory = try #require(StandardSteps().factories.first { $0.type == element.type })
  var exchange = exchange
  try await factory.makeStep(for: element, in: context).run(&exchange, in: makeRun())
  return exchange
}

func runStep(
  _ activity: String, _ properties: FlowDocument.Properties, on body: String,
  resources: [String: [UInt8]] = [:], flowProperties: String = ""
) async throws -> String {
  var exchange = Exchange(id: "x")
  exchange.body = MessageBody(text: body)
  let result = try await runStep(
    activity, properties, on: exchange, resources: resources, flowProperties: flowProperties)
  return try #require(result.body.textInMemory)
}

/// The codes that the check of a flow finds about one step.
func findings(
  _ activity: String, _ properties: FlowDocument.Properties, resources: [String: [UInt8]] = [:]
) throws -> [Finding] {
  let (element, context) = try stepElement(activity, properties, resources: resources, flowProperties: "")
  let checks = StandardSteps().checks(resources: context.resources).filter { $0.covers(element.type) }
  #expect(checks.count == 1)
  let found = checks.flatMap { $0.findings(for: element, in: context.flow) }
  // The compiler must refuse exactly what the check calls an error.
  let factory = try #require(StandardSteps().factories.first { $0.type == element.type })
  let hasErrors = found.contains { $0.severity == .error }
  do throws(FlowFailure) {
    _ = try factory.makeStep(for: element, in: context)
    #expect(!hasErrors)
  } catch {
    #expect(hasErrors)
    #expect(error.failureClass == .configuration)
  }
  return found
}

private func stepElement(
  _ activity: String, _ properties: FlowDocument.Properties, resources: [String: [UInt8]], flowProperties: String
) throws -> (FlowElement, StepContext) {
  let document = FlowDocument([.message, .step(activity, properties), .end])
  var text = document.text
  if !flowProperties.isEmpty {
    text = text.replacing(
      "<b:collaboration id=\"Collaboration\">",
      with: "<b:collaboration id=\"Collaboration\"><b:extensionElements><ifl:property><key>namespaceMapping</key>"
        + "<value>\(flowProperties)</value></ifl:property></b:extensionElements>")
  }
  let flow = try IntegrationFlowReader().read(Array(text.utf8), file: "orders.iflw")
  let element = try #require(flow.allElements.first { $0.id == "Step" })
  let files = FlowResources { path throws(FlowModelError) in resources[path] }
  return (element, StepContext(flow: flow, resources: files))
}

/// The reason why a step fails on a body; nil when it does not.
func failure(
  _ activity: String, _ properties: FlowDocument.Properties, on body: [UInt8], resources: [String: [UInt8]] = [:]
) async throws -> String? {
  var exchange = Exchange(id: "x")
  exchange.body = MessageBody(bytes: body)
  do {
    _ = try await runStep(activity, properties, on: exchange, resources: resources)
    return nil
  } catch let error as FlowFailure {
    #expect(error.kind == .stepFailed)
    return error.explanation.summary
  }
}

func failure(
  _ activity: String, _ properties: FlowDocument.Properties, on body: String, resources: [String: [UInt8]] = [:]
) async throws -> String? {
  try await failure(activity, properties, on: Array(body.utf8), resources: resources)
}
