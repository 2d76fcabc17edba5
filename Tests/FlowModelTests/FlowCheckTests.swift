import Expressions
import FlowModel
import TenantBase
import Testing

private let mail = AdapterType("Mail", .receiver, transport: "SMTP")
private let everyStep: Set<StepType> = [
  .contentModifier, .timerStart, .messageEnd, .plainEnd, .router, .processCall, .loopingProcessCall, .plainStart,
  .exceptionSubprocess, .errorStart, .send, .messageStart,
]

private func codes(
  _ fixture: FlowFixture, _ capabilities: Capabilities = Capabilities(steps: everyStep, adapters: [mail]),
  channelChecks: [any ChannelCheck] = []
) throws -> [String] {
  let check = FlowCheck(
    capabilities: capabilities, channelChecks: channelChecks, now: Timestamp(seconds: 1_795_168_780),
    timeZones: .withoutFiles)
  return check.findings(for: try fixture.read()).map { "\($0.severity.rawValue) \($0.code) \($0.subject.id)" }
}

@Test func `a sound flow has no finding`() throws {
  #expect(try codes(.mail()) == [])
}

@Test func `what cannot run is an error where a message reaches it`() throws {
  var capabilities = Capabilities(steps: everyStep, adapters: [])
  capabilities.steps.remove(.contentModifier)
  #expect(
    try codes(.mail(), capabilities) == [
      "error adapter-unsupported MessageFlow_1", "error step-unsupported Modifier_1",
    ])
  var fixture = FlowFixture.mail()
  fixture.processes[0].insert(
    contentsOf: FlowFixture.step("Lost", [("activityType", "PgpEncrypt")]),
    at: fixture.processes[0].firstRange(of: "<bpmn2:startEvent")?.lowerBound ?? fixture.processes[0].startIndex)
  #expect(try codes(fixture) == ["warning step-unreachable Lost"])
}

@Test func `an adapter without a transport takes every one`() throws {
  #expect(try codes(.mail(), Capabilities(steps: everyStep, adapters: [AdapterType("Mail", .receiver)])) == [])
}

@Test func `schedules in the past and of unknown zones are found`() throws {
  #expect(try codes(.mail(schedule: "0+0+9+1+1+?+2020")) == ["error schedule-past Start_1"])
  #expect(
    try codes(.mail(schedule: "0+0+9+?+*+*+*&trigger.timeZone=Mars/Base")) == ["error schedule-zone-unknown Start_1"])
  #expect(try codes(.mail(schedule: "whenever")) == ["error schedule-unreadable Start_1"])
}

@Test func `bad expressions are warnings`() throws {
  var fixture = FlowFixture()
  let table =
    "<row><cell id='Action'>Create</cell><cell id='Type'>expression</cell><cell id='Value'>${nonsense}</cell>"
    + "<cell id='Name'>a</cell></row><row><cell id='Action'>Create</cell><cell id='Type'>constant</cell>"
    + "<cell id='Value'>${nonsense}</cell><cell id='Name'>b</cell></row>"
  fixture.process(
    "P",
    FlowFixture.event(
      "S", "startEvent", "timerEventDefinition", [("scheduleKey", FlowFixture.table([["schedule1", "fireNow=true"]]))])
      + FlowFixture.step(
        "M",
        [
          ("activityType", "Enricher"), ("headerTable", table), ("bodyType", "expression"),
          ("wrapContent", "${sysenv.X}"),
        ])
      + FlowFixture.step("G", "exclusiveGateway", [("throwException", "true")])
      + FlowFixture.event("E", "endEvent", nil)
      + FlowFixture.arrow("F1", "S", "M") + FlowFixture.arrow("F2", "M", "G")
      + FlowFixture.arrow("F3", "G", "E", condition: "${property.X == 'Y'}"))
  #expect(
    try codes(fixture) == ["warning expression-bad M", "warning expression-refused M", "warning expression-bad F3"])
}

@Test func `broken structure is found`() throws {
  var fixture = FlowFixture()
  fixture.participant("R", "EndpointRecevier")
  fixture.channel("C1", name: "lost", from: "Nowhere", to: "R")
  let inner =
    "<bpmn2:subProcess id=\"X\" name=\"x\">" + FlowFixture.event("XE", "endEvent", nil) + "</bpmn2:subProcess>"
  fixture.process(
    "P",
    FlowFixture.event("S", "startEvent", "messageEventDefinition")
      + FlowFixture.step("A", "serviceTask", [("activityType", "Send")])
      + FlowFixture.step("B", [("activityType", "ProcessCallElement"), ("processId", "Gone")])
      + FlowFixture.step("G", "exclusiveGateway", []) + FlowFixture.event("E", "endEvent", nil) + inner
      + FlowFixture.arrow("F1", "S", "A") + FlowFixture.arrow("F2", "A", "B") + FlowFixture.arrow("F3", "B", "G")
      + FlowFixture.arrow("F4", "G", "E") + FlowFixture.arrow("F5", "G", "Gone"))
  fixture.process("L", isLocal: true, FlowFixture.event("LS", "startEvent", nil))
  let found = try codes(fixture)
  #expect(
    found == [
      "warning channel-dangling C1", "warning channel-missing S", "error channel-missing A", "error call-unknown B",
      "warning route-without-condition G", "warning router-without-default G", "warning step-unreachable XE",
      "error start-missing X", "error route-dangling F5", "warning process-unreachable L",
    ])
}

@Test func `a circle of arrows is an error`() throws {
  var fixture = FlowFixture()
  fixture.process(
    "P",
    FlowFixture.event(
      "S", "startEvent", "timerEventDefinition", [("scheduleKey", FlowFixture.table([["schedule1", "fireNow=true"]]))])
      + FlowFixture.step("A", [("activityType", "Enricher")]) + FlowFixture.step("B", [("activityType", "Enricher")])
      + FlowFixture.arrow("F1", "S", "A") + FlowFixture.arrow("F2", "A", "B") + FlowFixture.arrow("F3", "B", "A"))
  #expect(try codes(fixture) == ["error route-cycle A"])
}

private struct AddressCheck: ChannelCheck {
  func covers(_ type: AdapterType) -> Bool { type == mail }
  func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding] {
    guard PlaceholderText.isPlaceholder(channel.properties.text("server")) else { return [] }
    return [
      Finding(.warning, "mail-server-placeholder", at: channel.properties.place(of: "server"), .init(channel), "x")
    ]
  }
}

@Test func `adapters check their own channels`() throws {
  let fixture = FlowFixture.mail([("server", "<<your email server address>>")])
  #expect(try codes(fixture, channelChecks: [AddressCheck()]) == ["warning mail-server-placeholder MessageFlow_1"])
}

@Test(
  "placeholders are known",
  arguments: [
    ("<<your email server address>>", true), ("smtp:port", true), ("username@domain", true), ("<Host>", true),
    ("your.host.com", true),
    ("{{server}}", true), ("smtp.gmail.com:587", false), ("", false), ("<a@example.com>", false),
    ("orders@example.com", false),
    ("yourself@example.com", false), ("Your Name", true),
  ])
func knowsPlaceholders(_ text: String, _ expected: Bool) { #expect(PlaceholderText.isPlaceholder(text) == expected) }
