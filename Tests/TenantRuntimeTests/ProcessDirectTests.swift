import FlowEngine
import FlowModel
import System
import TenantBase
import TestSupport
import Testing

@testable import TenantRuntime

@Suite struct ProcessDirectTests {
  private typealias Node = FlowDocument.Node

  private static func receiver(at address: String) -> FlowDocument.Channel {
    .init(
      id: "Call", at: "Ask",
      [("Name", "Partner"), ("ComponentType", "ProcessDirect"), ("direction", "Receiver"), ("address", address)])
  }

  private static func sender(at address: String) -> FlowDocument.Channel {
    .init(
      id: "In", at: "Start", isSender: true,
      [("Name", "In"), ("ComponentType", "ProcessDirect"), ("direction", "Sender"), ("address", address)])
  }

  /// Sets property and body, calls `address`, and mails what came back with header and property in its subject.
  private static func caller(_ address: String) -> FlowDocument {
    var document = FlowDocument.mail(
      [
        ("server", "mail.example.com:25"), ("ssl", "off"), ("auth", "none"), ("from", "a@example.com"),
        ("to", "b@example.com"), ("subject", "${header.Answer}|${property.Kept}|${property.Secret}"),
        ("body", "${in.body}"),
      ],
      steps: [
        .step(
          "Enricher",
          [
            ("propertyTable", FlowDocument.table([row("Kept", "constant", "mine")])), ("bodyType", "constant"),
            ("wrapContent", "question"),
          ]),
        Node("serviceTask", id: "Ask", name: "Ask", properties: [("activityType", "ExternalCall")]),
      ])
    document.channels.append(receiver(at: address))
    return document
  }

  private static func callee(_ address: String, steps: [Node]? = nil) -> FlowDocument {
    let answer = Node.step(
      "Enricher",
      [
        ("headerTable", FlowDocument.table([row("Answer", "constant", "yes")])),
        ("propertyTable", FlowDocument.table([row("Secret", "constant", "not passed on")])),
        ("bodyType", "expression"), ("wrapContent", "${in.body} answered in ${camelId} with '${property.Kept}'"),
      ])
    return FlowDocument([.message] + (steps ?? [answer]) + [.end], channels: [sender(at: address)])
  }

  private static func row(_ name: String, _ type: String, _ value: String) -> [(String, String)] {
    [("Action", "Create"), ("Type", type), ("Value", value), ("Default", ""), ("Name", name), ("Datatype", "")]
  }

  private func home(_ flows: [(name: String, document: FlowDocument)]) throws -> RuntimeFixture {
    let fixture = try RuntimeFixture()
    try fixture.create()
    for flow in flows { try fixture.write(flow.document.text, to: "iflows/\(flow.name).iflw") }
    return fixture
  }

  private func run(_ fixture: RuntimeFixture, _ flow: String = "Caller") async throws -> RunReport {
    var options = RunOptions()
    options.isDryRun = true
    return try await FlowRuntime(home: fixture.home).run(flow, options: options)
  }

  @Test func `body and headers go there and come back, properties stay`() async throws {
    let fixture = try home([("Caller", Self.caller("/answers")), ("Callee", Self.callee(" /answers"))])
    let report = try await run(fixture)
    #expect(report.failure == nil)
    let call = try #require(report.channels.first { $0.adapterType == "ProcessDirect" })
    #expect(call.endpoint == "/answers")
    #expect(call.answer == "flow 'Callee' COMPLETED")
    let mail = try #require(report.channels.compactMap(\.preview).first)
    #expect(mail.contains("Subject: yes|mine|\r\n"))
    #expect(mail.contains("question answered in Callee with ''"))
  }

  @Test func `an address by expression is looked up for each message`() async throws {
    let fixture = try home([("Caller", Self.caller("/${property.Kept}")), ("Callee", Self.callee("/mine"))])
    #expect(try await run(fixture).failure == nil)
  }

  @Test func `an address at which no flow listens is refused before the first step, with those that are`() async throws
  {
    let fixture = try home([("Caller", Self.caller("/nobody")), ("Callee", Self.callee("/mine"))])
    let error = await #expect(throws: RunRefusal.self) { try await run(fixture) }
    #expect(error?.failureClass == .configuration)
    #expect(error?.explanation.cause == "flows listen at '/mine'")
    #expect(error?.explanation.summary.contains("no flow listens at the ProcessDirect address '/nobody'") == true)
  }

  @Test func `two flows at one address are refused by their names`() async throws {
    let fixture = try home([
      ("Caller", Self.caller("/mine")), ("One", Self.callee("/mine")), ("Two", Self.callee("/mine")),
    ])
    let error = await #expect(throws: RunRefusal.self) { try await run(fixture) }
    #expect(error?.explanation.summary.contains("'One' and 'Two'") == true)
  }

  @Test func `flows that call one another in a circle are stopped`() async throws {
    var caller = Self.caller("/back")
    caller.channels.append(Self.sender(at: "/mine"))
    let back = FlowDocument.Node("serviceTask", id: "Ask", name: "Ask", properties: [("activityType", "ExternalCall")])
    var callee = Self.callee("/back", steps: [back])
    callee.channels.append(Self.receiver(at: "/mine"))
    let fixture = try home([("Caller", caller), ("Callee", callee)])
    let report = try await run(fixture)
    #expect(report.failure?.explanation.summary.contains("flows call one another 20 deep") == true)
  }

  @Test func `what fails in the called flow fails the calling one, and both are named`() async throws {
    let bad = Node.step("Enricher", name: "Bad", [("bodyType", "expression"), ("wrapContent", "${date:now:QQQ}")])
    let fixture = try home([("Caller", Self.caller("/mine")), ("Callee", Self.callee("/mine", steps: [bad]))])
    do {
      let failure = try #require(try await run(fixture).failure)
      #expect(failure.explanation.places.contains("flow 'Callee'"))
      #expect(failure.explanation.places.contains("receiver channel 'Partner'"))
    } catch let refusal as RunRefusal {
      // The check of the called flow's expressions comes before the first step.
      #expect(refusal.explanation.places.contains("receiver channel 'Partner'"))
    }
  }

  @Test func `a part that the called flow left out fails the message for its source, and the caller goes on`()
    async throws
  {
    let gather = [("aggregationAlgorithm", "concatenate-strategy")]
    let steps: [Node] = [
      .step("Enricher", id: "Set", [("bodyType", "constant"), ("wrapContent", "plain|<a/>")]),
      .step(
        "Splitter", id: "Cut",
        [
          ("splitType", "IteratingSplitter"), ("exprType", "Token"), ("tokenValue", "|"),
          ("StopOnExecution", "false"),
        ]),
      .step("Splitter", id: "Elements", [("splitType", "IteratingSplitter"), ("splitExprValue", "/a")]),
      .step("Gather", id: "Inner", gather), .step("Gather", id: "Outer", gather),
    ]
    let fixture = try home([("Caller", Self.caller("/mine")), ("Callee", Self.callee("/mine", steps: steps))])
    let report = try await run(fixture)
    #expect(report.channels.compactMap(\.preview).count == 1)
    #expect(report.status == .failed)
    #expect(report.raisedFailure?.explanation.places.contains("flow 'Callee'") == true)
  }

  @Test func `a check of the caller tells what a run would refuse`() throws {
    let fixture = try home([("Caller", Self.caller("/nobody"))])
    let loaded = try FlowLibrary(home: fixture.home).load("Caller", parameters: [])
    let report = FlowChecking(home: fixture.home).check(loaded)
    #expect(report.findings.contains { $0.code == "run-refused" && $0.reason.contains("'/nobody'") })
  }

  @Test func `channels of a called flow are answered as FLOW slash CHANNEL`() async throws {
    var callee = Self.callee(
      "/mine",
      steps: [Node("serviceTask", id: "Ask", name: "Ask", properties: [("activityType", "ExternalCall")])])
    callee.channels.append(
      .init(
        id: "Prices", at: "Ask",
        [("Name", "Prices"), ("ComponentType", "HTTP"), ("direction", "Receiver"), ("TransportProtocol", "HTTP")]))
    let fixture = try home([("Caller", Self.caller("/mine")), ("Callee", callee)])
    try fixture.write("42", to: "price.txt")
    var options = RunOptions()
    options.isDryRun = true
    options.answers = [.init(channel: "Callee/Prices", path: FilePath.join(fixture.home.path, "price.txt"))]
    let report = try await FlowRuntime(home: fixture.home).run("Caller", options: options)
    #expect(report.channels.compactMap(\.preview).first?.contains("\r\n42") == true)
  }
}
