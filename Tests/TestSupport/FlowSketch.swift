/// An `.iflw` made of a sketch in text: processes, nodes and arrows.
///
/// ```
/// main Main
///   In:message > Choose:router -[${body} = 'a']> A:Enricher > Out:end
///   Choose *> Other:end
/// exception OnError
///   Caught:error > Told:end
/// local Work
///   Begin:begin > Done:stop
/// ```
///
/// A node is `ID:KIND` where it stands first, then `ID`. `*>` leads to a router's default, `-[…]>` has a condition,
/// `-{…}>` an XPath one. `KIND` is one of the words below, `call=PROCESS`, `loop=PROCESS`, or an activity type.
package struct FlowSketch: Sendable {
  package typealias Properties = [(key: String, value: String)]

  private final class Scope {
    let id: String
    let isLocal: Bool
    var nodes: [(id: String, kind: String)] = []
    var arrows: [Arrow] = []
    var exceptionSubprocess: Scope?

    init(id: String, isLocal: Bool) {
      self.id = id
      self.isLocal = isLocal
    }
  }

  private struct Arrow {
    let id: String
    let source: String
    let target: String
    var condition: String?
    var isXPath = false
    var isDefault = false
  }

  package let text: String

  /// - Parameters:
  ///   - properties: of nodes, by id.
  ///   - attributes: further attributes of nodes, as XML, by id.
  ///   - content: further XML inside of nodes, by id.
  package init(
    _ sketch: String, properties: [String: Properties] = [:], attributes: [String: String] = [:],
    content: [String: String] = [:], flowProperties: Properties = [], channels: [FlowDocument.Channel] = []
  ) {
    var scopes: [Scope] = []
    var scope: Scope?
    var arrowCount = 0
    for line in sketch.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first else { continue }
      let name = words.count > 1 ? String(words[1]) : String(first)
      switch first {
      case "main", "local":
        scope = Scope(id: name, isLocal: first == "local")
        if let scope { scopes.append(scope) }
      case "exception":
        let inner = Scope(id: name, isLocal: false)
        scopes.last?.exceptionSubprocess = inner
        scope = inner
      default: if let scope { Self.read(line, into: scope, &arrowCount) }
      }
    }
    text =
      Rendering(
        scopes: scopes, properties: properties, attributes: attributes, content: content,
        flowProperties: flowProperties, channels: channels
      ).text
  }

  private static func read(_ line: Substring, into scope: Scope, _ arrowCount: inout Int) {
    var rest = line.drop { $0 == " " }
    var source: String?
    var pending: (condition: String?, isXPath: Bool, isDefault: Bool)?
    while !rest.isEmpty {
      if rest.hasPrefix("-["), let end = rest.firstRange(of: "]>") {
        pending = (String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound]), false, false)
        rest = rest[end.upperBound...]
      } else if rest.hasPrefix("-{"), let end = rest.firstRange(of: "}>") {
        pending = (String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound]), true, false)
        rest = rest[end.upperBound...]
      } else {
        let word = rest.prefix { $0 != " " }
        rest = rest[word.endIndex...]
        switch word {
        case ">": pending = (nil, false, false)
        case "*>": pending = (nil, false, true)
        default:
          let halves = word.split(separator: ":", maxSplits: 1)
          let id = String(halves[0])
          if halves.count == 2 { scope.nodes.append((id, String(halves[1]))) }
          if let source, let arrow = pending {
            arrowCount += 1
            scope.arrows.append(
              Arrow(
                id: "Flow\(arrowCount)", source: source, target: id, condition: arrow.condition,
                isXPath: arrow.isXPath, isDefault: arrow.isDefault))
          }
          source = id
        }
      }
      rest = rest.drop { $0 == " " }
    }
  }

  package var bytes: [UInt8] { Array(text.utf8) }

  private struct Rendering {
    let scopes: [Scope]
    let properties: [String: Properties]
    let attributes: [String: String]
    let content: [String: String]
    let flowProperties: Properties
    let channels: [FlowDocument.Channel]

    var text: String {
      var lines = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<b:definitions xmlns:b=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:ifl=\"http:///com.sap.ifl.model/Ifl.xsd\">",
        "<b:collaboration id=\"Collaboration\">", extensionElements(flowProperties),
        "<b:participant id=\"Partner\" ifl:type=\"EndpointRecevier\" name=\"Partner\"/>",
        "<b:participant id=\"Source\" ifl:type=\"EndpointSender\" name=\"Source\"/>",
      ]
      for channel in channels {
        let (source, target) = channel.isSender ? ("Source", channel.nodeID) : (channel.nodeID, "Partner")
        lines.append("<b:messageFlow id=\"\(channel.id)\" sourceRef=\"\(source)\" targetRef=\"\(target)\">")
        lines += [extensionElements(channel.properties), "</b:messageFlow>"]
      }
      lines.append("</b:collaboration>")
      for scope in scopes {
        lines.append("<b:process id=\"\(scope.id)\" name=\"\(scope.id)\">")
        if scope.isLocal { lines.append(extensionElements([("processType", "directCall")])) }
        lines += elements(of: scope)
        lines.append("</b:process>")
      }
      return (lines + ["</b:definitions>"]).joined(separator: "\n")
    }

    private func elements(of scope: Scope) -> [String] {
      var lines: [String] = []
      for node in scope.nodes { lines += element(node.id, node.kind, scope) }
      for arrow in scope.arrows {
        lines.append("<b:sequenceFlow id=\"\(arrow.id)\" sourceRef=\"\(arrow.source)\" targetRef=\"\(arrow.target)\">")
        lines.append(extensionElements([("expressionType", arrow.isXPath ? "XML" : "NonXML")]))
        if let condition = arrow.condition {
          lines.append("<b:conditionExpression>\(Self.escaped(condition))</b:conditionExpression>")
        }
        lines.append("</b:sequenceFlow>")
      }
      if let inner = scope.exceptionSubprocess {
        lines.append("<b:subProcess id=\"\(inner.id)\" name=\"\(inner.id)\">")
        lines.append(extensionElements([("activityType", "ErrorEventSubProcessTemplate")]))
        lines += elements(of: inner)
        lines.append("</b:subProcess>")
      }
      return lines
    }

    private func element(_ id: String, _ kind: String, _ scope: Scope) -> [String] {
      var own = properties[id] ?? []
      var attribute = attributes[id] ?? ""
      let (element, definition, activity) = Self.shape(of: kind)
      if let activity { own.insert(("activityType", activity), at: 0) }
      if let called = kind.split(separator: "=").last, kind.contains("=") { own.append(("processId", String(called))) }
      if let fallback = scope.arrows.first(where: { $0.source == id && $0.isDefault }) {
        attribute += " default=\"\(fallback.id)\""
      }
      var lines = ["<b:\(element) id=\"\(id)\" name=\"\(id)\"\(attribute.isEmpty ? "" : " " + attribute)>"]
      lines.append(extensionElements(own))
      for arrow in scope.arrows where arrow.target == id { lines.append("<b:incoming>\(arrow.id)</b:incoming>") }
      for arrow in scope.arrows where arrow.source == id { lines.append("<b:outgoing>\(arrow.id)</b:outgoing>") }
      if let definition { lines.append("<b:\(definition)/>") }
      if let more = content[id] { lines.append(more) }
      return lines + ["</b:\(element)>"]
    }

    /// Element, event definition and activity type.
    private static func shape(of kind: String) -> (String, String?, String?) {
      switch kind {
      case "message": ("startEvent", "messageEventDefinition", nil)
      case "timer": ("startEvent", "timerEventDefinition", nil)
      case "error": ("startEvent", "errorEventDefinition", nil)
      case "begin": ("startEvent", nil, nil)
      case "end": ("endEvent", "messageEventDefinition", nil)
      case "stop": ("endEvent", nil, nil)
      case "raise": ("endEvent", "errorEventDefinition", nil)
      case "escalate": ("endEvent", "escalationEventDefinition", nil)
      case "terminate": ("endEvent", "terminateEventDefinition", nil)
      case "router": ("exclusiveGateway", nil, "ExclusiveGateway")
      case "multicast": ("parallelGateway", nil, "Multicast")
      case "sequence": ("parallelGateway", nil, "SequentialMulticast")
      case "join": ("parallelGateway", nil, "Join")
      case "send": ("serviceTask", nil, "Send")
      case "request": ("serviceTask", nil, "ExternalCall")
      case _ where kind.hasPrefix("call=") || kind.hasPrefix("loop="): ("callActivity", nil, "ProcessCallElement")
      default: ("callActivity", nil, kind)
      }
    }

    private func extensionElements(_ properties: Properties) -> String {
      guard !properties.isEmpty else { return "" }
      let rows = properties.map {
        "<ifl:property><key>\(Self.escaped($0.key))</key><value>\(Self.escaped($0.value))</value></ifl:property>"
      }
      return "<b:extensionElements>" + rows.joined() + "</b:extensionElements>"
    }

    private static func escaped(_ text: String) -> String {
      text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\n", with: "&#10;")
    }
  }
}
