import Expressions
import FlowModel
import TenantBase

/// Writes small flows: properties are escaped, elements are given as XML.
struct FlowFixture {
  var collaboration = ""
  var processes: [String] = []

  static func property(_ key: String, _ value: String) -> String {
    "<ifl:property><key>\(key)</key><value>\(escape(value))</value></ifl:property>\n"
  }

  static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  static func extensions(_ properties: [(String, String)]) -> String {
    "<bpmn2:extensionElements>\(properties.map { property($0.0, $0.1) }.joined())</bpmn2:extensionElements>"
  }

  mutating func channel(
    _ id: String, name: String, from: String, to: String, _ properties: [(String, String)] = []
  ) {
    collaboration +=
      "<bpmn2:messageFlow id=\"\(id)\" name=\"\(name)\" sourceRef=\"\(from)\" targetRef=\"\(to)\">"
      + Self.extensions(properties) + "</bpmn2:messageFlow>\n"
  }

  mutating func participant(_ id: String, _ type: String) {
    collaboration += "<bpmn2:participant id=\"\(id)\" name=\"\(id) name\" ifl:type=\"\(type)\"/>\n"
  }

  mutating func process(_ id: String, isLocal: Bool = false, _ content: String) {
    let type = isLocal ? Self.extensions([("processType", "directCall")]) : ""
    processes.append("<bpmn2:process id=\"\(id)\" name=\"\(id) name\">\(type)\n\(content)</bpmn2:process>\n")
  }

  static func step(_ id: String, _ properties: [(String, String)]) -> String { step(id, "callActivity", properties) }

  static func step(_ id: String, _ element: String, _ properties: [(String, String)]) -> String {
    "<bpmn2:\(element) id=\"\(id)\" name=\"\(id) name\">\(extensions(properties))</bpmn2:\(element)>\n"
  }

  static func event(_ id: String, _ element: String, _ definition: String?, _ properties: [(String, String)] = [])
    -> String
  {
    let inner = definition.map { "<bpmn2:\($0)>\(extensions(properties))</bpmn2:\($0)>" } ?? extensions(properties)
    return "<bpmn2:\(element) id=\"\(id)\" name=\"\(id) name\">\(inner)</bpmn2:\(element)>\n"
  }

  static func arrow(_ id: String, _ from: String, _ to: String, condition: String? = nil, isXML: Bool = false) -> String
  {
    let text = condition.map { "<bpmn2:conditionExpression>\(escape($0))</bpmn2:conditionExpression>" } ?? ""
    return "<bpmn2:sequenceFlow id=\"\(id)\" name=\"\(id) name\" sourceRef=\"\(from)\" targetRef=\"\(to)\">"
      + extensions([("expressionType", isXML ? "XML" : "NonXML")]) + text + "</bpmn2:sequenceFlow>\n"
  }

  var xml: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <bpmn2:definitions xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd">
    <bpmn2:collaboration id="C1" name="Default Collaboration">
    \(Self.extensions([("allowedHeaderList", "Subject|SAP_.*"), ("namespaceMapping", "xmlns:p=urn:a;xmlns:q=urn:b=c")]))
    \(collaboration)</bpmn2:collaboration>
    \(processes.joined())</bpmn2:definitions>
    """
  }

  func read(parameters: ParameterSet = .empty, overlay: FlowOverlay? = nil) throws -> IntegrationFlow {
    try IntegrationFlowReader(parameters: parameters, overlay: overlay).read(
      Array(xml.utf8), file: "iflows/Sample.iflw")
  }

  /// A timer, a Content Modifier and a mail at the end.
  static func mail(_ channelProperties: [(String, String)] = [], schedule: String = "fireNow=true") -> FlowFixture {
    var flow = FlowFixture()
    flow.participant("Participant_1", "EndpointRecevier")
    let fixed = [("ComponentType", "Mail"), ("direction", "Receiver"), ("TransportProtocol", "SMTP"), ("Name", "Mail")]
    flow.channel("MessageFlow_1", name: "Mail", from: "End_1", to: "Participant_1", fixed + channelProperties)
    let rows = table([["triggerType", "cron"], ["noOfSchedules", "1"], ["schedule1", schedule]])
    flow.process(
      "Process_1",
      event("Start_1", "startEvent", "timerEventDefinition", [("scheduleKey", rows)])
        + step(
          "Modifier_1", [("activityType", "Enricher"), ("bodyType", "expression"), ("wrapContent", "${header.a}")])
        + event("End_1", "endEvent", "messageEventDefinition") + arrow("Flow_1", "Start_1", "Modifier_1")
        + arrow("Flow_2", "Modifier_1", "End_1"))
    return flow
  }

  static func table(_ rows: [[String]]) -> String {
    rows.map { row in "<row>" + row.map { "<cell>\(escape($0))</cell>" }.joined() + "</row>" }.joined()
  }
}

func properties(_ text: String, file: String = "parameters.prop") throws -> JavaProperties {
  try JavaProperties(Array(text.utf8), file: file)
}
