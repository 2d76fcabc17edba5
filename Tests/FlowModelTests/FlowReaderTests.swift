import Expressions
import FlowModel
import TenantBase
import Testing

@Test func `a flow is read with places, participants and properties`() throws {
  let flow = try FlowFixture.mail().read()
  #expect(flow.name == "Sample")
  #expect(flow.allowedHeaders == ["Subject", "SAP_.*"])
  #expect(flow.namespaces.map(\.prefix) == ["p", "q"])
  #expect(flow.namespaces.map(\.uri) == ["urn:a", "urn:b=c"])
  let channel = try #require(flow.channels.first)
  #expect(channel.type.description == "Mail receiver (SMTP)")
  #expect(channel.elementID == "End_1")
  #expect(channel.participantName == "Participant_1 name")
  #expect(channel.title == "receiver channel 'Mail'")
  #expect(flow.participants.map(\.kind) == [.receiver])
  let scope = try #require(flow.processes.first).scope
  #expect(scope.elements.map(\.id) == ["Start_1", "Modifier_1", "End_1"])
  #expect(scope.elements.map(\.place.line).allSatisfy { ($0 ?? 0) > 5 })
  #expect(scope.element("Modifier_1")?.type == .contentModifier)
}

@Test(
  "elements are known by what they do",
  arguments: [
    ("callActivity", [("activityType", "Script"), ("subActivityType", "GroovyScript")], "Script/GroovyScript"),
    ("callActivity", [("activityType", "Script"), ("script", "a.js")], "Script/JavaScript"),
    ("callActivity", [("activityType", "Script"), ("script", "a.gsh")], "Script/GroovyScript"),
    ("callActivity", [("activityType", "Splitter"), ("splitType", "IteratingSplitter")], "Splitter/IteratingSplitter"),
    ("callActivity", [("activityType", "DBstorage"), ("operation", "put")], "DBstorage/put"),
    ("callActivity", [("activityType", "Mapping")], "Mapping/MessageMapping"),
    ("callActivity", [("activityType", "Mapping"), ("subActivityType", "XSLTMapping")], "Mapping/XSLTMapping"),
    ("serviceTask", [("activityType", "Send")], "Send"),
    ("serviceTask", [("activityType", "ExternalCall")], "ExternalCall"),
    ("callActivity", [("activityType", "Nobody")], "Nobody"), ("callActivity", [], "callActivity"),
    ("exclusiveGateway", [], "ExclusiveGateway"), ("parallelGateway", [("activityType", "Multicast")], "Multicast"),
    ("parallelGateway", [("activityType", "Join")], "Join"), ("subProcess", [], "ErrorEventSubProcessTemplate"),
    ("manualTask", [], "manualTask"),
    (
      "callActivity", [("activityType", "ProcessCallElement")],
      "ProcessCallElement/NonLoopingProcess"
    ),
  ] as [(String, [(String, String)], String)])
func classifies(_ element: String, _ properties: [(String, String)], _ expected: String) throws {
  var fixture = FlowFixture()
  fixture.process("P", FlowFixture.step("S", element, properties))
  #expect(try fixture.read().allElements.map(\.type.rawValue) == [expected])
}

@Test(
  "events are known by their definition",
  arguments: [
    ("startEvent", "messageEventDefinition", "StartMessageEvent"),
    ("startEvent", "errorEventDefinition", "StartErrorEvent"),
    ("startEvent", nil, "StartEvent"), ("endEvent", "messageEventDefinition", "EndMessageEvent"),
    ("endEvent", "errorEventDefinition", "EndErrorEvent"),
    ("endEvent", "escalationEventDefinition", "EscalationEndEvent"),
    ("endEvent", "terminateEventDefinition", "TerminateEvent"), ("endEvent", nil, "EndEvent"),
  ] as [(String, String?, String)])
func classifiesEvents(_ element: String, _ definition: String?, _ expected: String) throws {
  var fixture = FlowFixture()
  fixture.process("P", FlowFixture.event("E", element, definition, [("ErrorCode", "Others")]))
  let found = try #require(try fixture.read().allElements.first)
  #expect(found.type.rawValue == expected)
  if case .end(.escalation(let code)) = found.kind { #expect(code == "Others") }
}

@Test func `a step with a receiver channel and no type is a request reply`() throws {
  var fixture = FlowFixture()
  fixture.participant("R", "EndpointReceiver")
  fixture.channel("M", name: "c", from: "S", to: "R")
  fixture.process("P", FlowFixture.step("S", "serviceTask", []))
  let flow = try fixture.read()
  #expect(flow.allElements.map(\.type) == [.requestReply])
  #expect(flow.channels.first?.type == AdapterType("", .receiver))
  #expect(flow.channels.first?.name == "c")
}

@Test func `routes come in the order of the gateway`() throws {
  var fixture = FlowFixture()
  let gateway = """
    <bpmn2:exclusiveGateway id="G" name="g" default="F3">\(FlowFixture.extensions([("throwException", "true")]))
    <bpmn2:outgoing>F2</bpmn2:outgoing><bpmn2:outgoing>F1</bpmn2:outgoing><bpmn2:outgoing>F3</bpmn2:outgoing>
    </bpmn2:exclusiveGateway>
    """
  fixture.process(
    "P",
    gateway + FlowFixture.event("E", "endEvent", nil)
      + FlowFixture.arrow("F1", "G", "E", condition: "/a > 1", isXML: true)
      + FlowFixture.arrow("F2", "G", "E", condition: "${property.x} = '1'") + FlowFixture.arrow("F3", "G", "E"))
  let scope = try #require(try fixture.read().processes.first).scope
  let element = try #require(scope.element("G"))
  guard case .router(let router) = element.kind else {
    Issue.record("no router")
    return
  }
  #expect(router == Router(defaultRouteID: "F3", throwsException: true))
  let routes = scope.outgoing(of: element)
  #expect(routes.map(\.id) == ["F2", "F1", "F3"])
  #expect(routes.map { $0.condition?.language } == [.simple, .xpath, nil])
  #expect(routes.map { $0.condition?.text } == ["${property.x} = '1'", "/a > 1", nil])
}

@Test func `a looping call and a sequential multicast have their settings`() throws {
  var fixture = FlowFixture()
  let properties = [
    ("activityType", "ProcessCallElement"), ("processId", "L"), ("expressionType", "Non XML"),
    ("postProcessing", "throwException"),
  ]
  let loop = """
    <bpmn2:callActivity id="C" name="c">\(FlowFixture.extensions(properties))<bpmn2:standardLoopCharacteristics
    loopMaximum="{{max}}"><bpmn2:loopCondition>${'$'}{property.a} = 'x'</bpmn2:loopCondition></bpmn2:standardLoopCharacteristics>
    </bpmn2:callActivity>
    """.replacing("${'$'}", with: "$")
  let order = FlowFixture.table([["2", "F1"], ["1", "F2"]])
  fixture.process(
    "P",
    loop
      + FlowFixture.step(
        "M", "parallelGateway", [("activityType", "SequentialMulticast"), ("routingSequenceTable", order)]))
  fixture.process("L", isLocal: true, "")
  let flow = try fixture.read(parameters: ParameterSet(commandLine: ["max": "7"]))
  #expect(flow.processes.map(\.isLocal) == [false, true])
  guard case .processCall(let call)? = flow.allElements.first?.kind, let settings = call.loop else {
    Issue.record("no loop")
    return
  }
  #expect(call.processID == "L")
  #expect(settings.maximum == 7)
  #expect(settings.failsAtMaximum)
  #expect(settings.condition.text == "${property.a} = 'x'")
  guard case .multicast(let multicast)? = flow.allElements.last?.kind else {
    Issue.record("no multicast")
    return
  }
  #expect(multicast == Multicast(isSequential: true, order: ["F2", "F1"]))
}

@Test func `rows of a content modifier are read from the table and from the old form`() throws {
  let table =
    "<row><cell id='Action'>Create</cell><cell id='Type'>constant</cell><cell id='Value'>a &amp;amp; b</cell>"
    + "<cell id='Default'></cell><cell id='Name'>Subject</cell><cell id='Datatype'>java.lang.String</cell></row>"
    + "<row><cell id='Action'>Delete</cell><cell id='Name'>X</cell></row>"
  var fixture = FlowFixture()
  fixture.process(
    "P",
    FlowFixture.step(
      "S",
      [
        ("activityType", "Enricher"), ("headerTable", table),
        ("property_10", "Name:=:last:;Type:=:constant:;Datatype:=::;Value:=:z"),
        ("property_2", "Action:=:Create:;Name:=:first:;Type:=:expression:;Datatype:=::;Value:=:a:;b:=:c:;Default:=:d"),
      ]))
  let step = try #require(try fixture.read().allElements.first)
  let headers = try step.properties.assignments(.header)
  #expect(headers.map(\.name) == ["Subject", "X"])
  #expect(headers.map(\.action) == [.create, .delete])
  #expect(headers.first?.value == "a &amp; b")
  #expect(headers.first?.dataType == "java.lang.String")
  let old = try step.properties.assignments(.property)
  #expect(old.map(\.name) == ["first", "last"])
  #expect(old.map(\.type) == ["expression", "constant"])
  #expect(old.first?.defaultValue == "d")
  #expect(old.last?.value == "z")
}

@Test(
  "what is no flow is refused",
  arguments: [
    "", "<a/>", "<definitions/>", "<!DOCTYPE a><definitions><collaboration/></definitions>", "not xml",
  ])
func refusesOther(_ text: String) {
  do throws(FlowModelError) {
    _ = try IntegrationFlowReader().read(Array(text.utf8), file: "x.iflw")
    Issue.record("accepted")
  } catch {
    #expect([.unreadable, .notAFlow].contains(error.kind))
    #expect(error.failureClass == .badInput)
    #expect(error.description.contains("x.iflw"))
  }
}

@Test func `the least flow is read`() throws {
  let flow = try IntegrationFlowReader().read(
    Array("<definitions><collaboration><messageFlow/><participant/></collaboration><process/></definitions>".utf8),
    file: "x")
  #expect(flow.channels.count == 1)
  #expect(flow.processes.count == 1)
}

@Test func `mutated flows never crash the reader or the check`() throws {
  let bytes = Array(FlowFixture.mail([("subject", "{{s}}${header.x}")]).xml.utf8)
  var state: UInt64 = 0x2545_F491_4F6C_DD1D
  func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
  let words = [
    "End_1", "Start_1", "Modifier_1", "", "startEvent", "endEvent", "${", "}}", "{{", "&lt;row&gt;",
    "ProcessCallElement",
    "Process_1", "0+0+0+31+2+?+*", "99999999999999999999",
  ]
  let check = FlowCheck(capabilities: Capabilities(), now: Timestamp(seconds: 0), timeZones: .withoutFiles)
  var read = 0
  for _ in 0..<400 {
    var mutant = bytes
    for _ in 0...next(2) {
      let at = next(mutant.count)
      if next(2) == 0 {
        mutant[at] = UInt8(32 + next(90))
      } else {
        // Whole words are exchanged, so that the XML stays sound more often.
        let end = mutant[at...].firstIndex { !ASCII.isLetter($0) && !ASCII.isDigit($0) && $0 != 0x5F } ?? at
        let start =
          mutant[..<at].lastIndex { !ASCII.isLetter($0) && !ASCII.isDigit($0) && $0 != 0x5F }.map { $0 + 1 } ?? at
        mutant.replaceSubrange(start..<max(start, end), with: Array(words[next(words.count)].utf8))
      }
    }
    if let flow = try? IntegrationFlowReader().read(mutant, file: "m") {
      read += 1
      _ = check.findings(for: flow)
    }
  }
  #expect(read > 20)
}

@Test func `parameters cannot blow a flow up`() throws {
  let long = String(repeating: "x", count: 1 << 20)
  let uses = (0..<100).map { ("k\($0)", "{{a}}") }
  let flow = try FlowFixture.mail(uses).read(parameters: ParameterSet(commandLine: ["a": long]))
  #expect(flow.readingFindings.map(\.code) == ["parameters-too-long"])
  let total = flow.channels.flatMap(\.properties.all).map(\.value.utf8.count).reduce(0, +)
  #expect(total <= FlowLimits.filledLength + (1 << 20) + 4096)
}

@Test func `a flow of too many parts is refused`() {
  var fixture = FlowFixture()
  fixture.process("P", String(repeating: "<a/>", count: FlowLimits.parts + 1))
  #expect(throws: FlowModelError.self) { try fixture.read() }
}
