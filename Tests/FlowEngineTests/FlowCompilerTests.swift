import FlowEngine
import FlowModel
import FlowSteps
import TenantBase
import TestSupport
import Testing

@Suite struct FlowCompilerTests {
  private let registry = FlowRegistry(steps: [ContentModifierFactory()], receivers: [RecordingReceiver()])

  private func failure(of document: FlowDocument) throws -> FlowFailure? {
    let flow = try read(document)
    return #expect(throws: FlowFailure.self) { try FlowCompiler(flow, registry: registry).compile() }
  }

  @Test func `everything reachable that cannot run is named, with channel and place`() throws {
    var document = FlowDocument(
      [
        .message, .step("Script", id: "S1", name: "Log", [("script", "a.groovy")]),
        .step("Filter", id: "S2", name: "Pick", []), .end,
        .step("XmlValidator", id: "S3", name: "Lonely", []),
      ],
      channels: [
        .init([("Name", "Out"), ("ComponentType", "SFTP"), ("direction", "Receiver")])
      ])
    document.arrows = [("Start", "S1"), ("S1", "S2"), ("S2", "End")]
    let error = try #require(try failure(of: document))
    let line = try #require(document.line(of: "<b:messageFlow id=\"Channel\""))
    #expect(error.kind == .unsupported)
    #expect(error.failureClass == .configuration)
    #expect(
      error.explanation.summary
        == "the flow needs what cannot run yet: step 'Log' (Script, Groovy); step 'Pick' (Filter); "
        + "receiver channel 'Out' (SFTP receiver, orders.iflw:\(line))")
  }

  @Test func `what no message reaches need not run`() throws {
    var document = FlowDocument([.message, .end, .step("Script", id: "S1", [])])
    document.arrows = [("Start", "End")]
    let flow = try read(document)
    #expect(throws: Never.self) { try FlowCompiler(flow, registry: registry).compile() }
  }

  @Test func `two exception subprocesses, and one within another, are refused`() throws {
    func subprocess(_ id: String, _ inner: String = "") -> String {
      """
      <b:subProcess id="\(id)" name="On error"><b:extensionElements><ifl:property><key>activityType</key>\
      <value>ErrorEventSubProcessTemplate</value></ifl:property></b:extensionElements>\
      <b:startEvent id="\(id)Start"><b:errorEventDefinition/></b:startEvent>\(inner)</b:subProcess>
      """
    }
    var document = FlowDocument([.message, .end])
    document.furtherXML = subprocess("A") + subprocess("B")
    #expect(try failure(of: document)?.explanation.summary == "the process has several exception subprocesses")
    document.furtherXML = subprocess("A", subprocess("B"))
    #expect(try failure(of: document)?.kind == .invalidFlow)
  }

  @Test func `a flow without process, start or with two starts is invalid`() throws {
    #expect(try failure(of: FlowDocument([.end]))?.kind == .invalidFlow)
    let second = FlowDocument.Node("startEvent", id: "Start2", definition: "messageEventDefinition")
    let error = try failure(of: FlowDocument([.message, second, .end]))
    #expect(error?.explanation.summary == "the process has several start events")
  }

  @Test func `an arrow to nowhere is refused at its place`() throws {
    var document = FlowDocument([.message, .end])
    document.arrows = [("Start", "Gone")]
    let error = try #require(try failure(of: document))
    #expect(error.explanation.summary == "sequence flow 'Flow0' leads nowhere")
    #expect(error.explanation.places == ["orders.iflw:\(try #require(document.line(of: "<b:sequenceFlow")))"])
  }

  @Test func `a step with two ways on is refused`() throws {
    var document = FlowDocument([.message, .step("Enricher", []), .end, .init("endEvent", id: "End2")])
    document.arrows = [("Start", "Step"), ("Step", "End"), ("Step", "End2")]
    #expect(try failure(of: document)?.explanation.summary.contains("several ways on") == true)
  }

  @Test func `a send step without a channel is refused`() throws {
    let document = FlowDocument([.message, .step("Send", name: "Tell", []), .end])
    #expect(try failure(of: document)?.explanation.summary == "step 'Tell' (Send) has no channel")
  }

  @Test func `what the reader found is refused with its place and remedy`() throws {
    let document = FlowDocument([.message, .step("Enricher", [("wrapContent", "{{text}} {{more}}")]), .end])
    let error = try #require(try failure(of: document))
    #expect(error.failureClass == .configuration)
    #expect(error.explanation.summary.hasPrefix("parameter 'text': the parameter has no value"))
    #expect(error.explanation.summary.hasSuffix("(and 1 more)"))
    #expect(error.explanation.places == ["orders.iflw:\(try #require(document.line(ofProperty: "wrapContent")))"])
    #expect(error.explanation.hints.count == 2)
  }

  @Test func `the trigger says what starts the flow`() throws {
    let timer = try FlowCompiler(try read(FlowDocument([.timer, .end])), registry: registry).compile()
    #expect(timer.trigger == .timer)
    let channel = FlowDocument.Channel(
      id: "In", at: "Start", isSender: true,
      [("Name", "Orders"), ("ComponentType", "HTTPS"), ("direction", "Sender")])
    let sender = try FlowCompiler(
      try read(FlowDocument([.message, .end], channels: [channel])), registry: registry
    ).compile()
    #expect(sender.trigger == .sender(adapterType: "HTTPS", channelName: "Orders"))
    #expect(sender.trigger.title == "HTTPS channel 'Orders'")
  }

  @Test func `an adapter that registers without a transport takes every one, and the capabilities say so`() throws {
    let registry = FlowRegistry(steps: [], receivers: [RecordingReceiver(AdapterType("HTTP", .receiver))])
    let channel = FlowDocument.Channel([
      ("Name", "Out"), ("ComponentType", "HTTP"), ("direction", "Receiver"), ("TransportProtocol", "HTTP"),
    ])
    let flow = try read(FlowDocument([.message, .end], channels: [channel]))
    #expect(throws: Never.self) { try FlowCompiler(flow, registry: registry).compile() }
    #expect(registry.capabilities.canRun(AdapterType("HTTP", .receiver, transport: "HTTP")))
    #expect(registry.capabilities.canRun(.messageEnd))
    #expect(!registry.capabilities.canRun(.contentModifier))
  }
}
