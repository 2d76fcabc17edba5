/// An `.iflw` as text, made of the few things that a test wants to say: nodes in a row, channels at them.
///
/// Each property stands on a line of its own, so that a test can ask where.
package struct FlowDocument {
  package typealias Properties = [(key: String, value: String)]

  package struct Node {
    package var id: String
    package var name: String
    package var element: String
    package var definition: String?
    package var properties: Properties

    package init(
      _ element: String, id: String, name: String = "", definition: String? = nil, properties: Properties = []
    ) {
      self.element = element
      self.id = id
      self.name = name
      self.definition = definition
      self.properties = properties
    }

    package static let timer = Node("startEvent", id: "Start", name: "Start", definition: "timerEventDefinition")
    package static let message = Node("startEvent", id: "Start", name: "Start", definition: "messageEventDefinition")
    package static let end = Node("endEvent", id: "End", name: "End", definition: "messageEventDefinition")

    package static func step(_ activity: String, id: String = "Step", name: String = "Step", _ properties: Properties)
      -> Node
    {
      Node("callActivity", id: id, name: name, properties: [(key: "activityType", value: activity)] + properties)
    }
  }

  package struct Channel {
    package var id: String
    package var nodeID: String
    package var isSender: Bool
    package var properties: Properties

    package init(id: String = "Channel", at nodeID: String = "End", isSender: Bool = false, _ properties: Properties) {
      self.id = id
      self.nodeID = nodeID
      self.isSender = isSender
      self.properties = properties
    }
  }

  package var nodes: [Node]
  package var channels: [Channel]
  /// From and to, by id; nil for nodes in a row.
  package var arrows: [(String, String)]?
  /// XML beside the nodes of the process.
  package var furtherXML = ""

  package init(_ nodes: [Node], channels: [Channel] = []) {
    self.nodes = nodes
    self.channels = channels
  }

  /// A flow that a message starts, and that ends with a mail receiver channel named `Mail`.
  package static func mail(_ properties: Properties, steps: [Node] = []) -> FlowDocument {
    let fixed: Properties = [
      ("Name", "Mail"), ("ComponentType", "Mail"), ("direction", "Receiver"), ("TransportProtocol", "SMTP"),
    ]
    return FlowDocument([.message] + steps + [.end], channels: [Channel(fixed + properties)])
  }

  package var bytes: [UInt8] { Array(text.utf8) }

  package var text: String {
    let links = arrows ?? Array(zip(nodes.map(\.id), nodes.dropFirst().map(\.id)))
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<b:definitions xmlns:b=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:ifl=\"http:///com.sap.ifl.model/Ifl.xsd\">",
      "<b:collaboration id=\"Collaboration\">",
      "<b:participant id=\"Partner\" ifl:type=\"EndpointRecevier\" name=\"Partner\"/>",
      "<b:participant id=\"Source\" ifl:type=\"EndpointSender\" name=\"Source\"/>",
      "<b:participant id=\"Pool\" ifl:type=\"IntegrationProcess\" name=\"Process\" processRef=\"Process\"/>",
    ]
    for channel in channels {
      let (source, target) = channel.isSender ? ("Source", channel.nodeID) : (channel.nodeID, "Partner")
      lines.append(
        "<b:messageFlow id=\"\(channel.id)\" name=\"\(channel.id)\" sourceRef=\"\(source)\" targetRef=\"\(target)\">")
      lines += Self.extensionElements(channel.properties) + ["</b:messageFlow>"]
    }
    lines += ["</b:collaboration>", "<b:process id=\"Process\" name=\"Process\">"]
    for node in nodes {
      lines.append("<b:\(node.element) id=\"\(node.id)\" name=\"\(Self.escaped(node.name))\">")
      lines += Self.extensionElements(node.properties)
      for (number, link) in links.enumerated() where link.0 == node.id {
        lines.append("<b:outgoing>Flow\(number)</b:outgoing>")
      }
      if let definition = node.definition { lines.append("<b:\(definition)/>") }
      lines.append("</b:\(node.element)>")
    }
    for (number, link) in links.enumerated() {
      lines.append("<b:sequenceFlow id=\"Flow\(number)\" sourceRef=\"\(link.0)\" targetRef=\"\(link.1)\"/>")
    }
    if !furtherXML.isEmpty { lines.append(furtherXML) }
    return (lines + ["</b:process>", "</b:definitions>"]).joined(separator: "\n")
  }

  /// The first line, from 1, that holds `text`.
  package func line(of text: String) -> Int? {
    self.text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(text) }.map { $0 + 1 }
  }

  /// The line of a property.
  package func line(ofProperty key: String) -> Int? { line(of: "<key>\(key)</key>") }

  /// A table as properties hold it: rows of named cells.
  package static func table(_ rows: [[(String, String)]]) -> String {
    rows.map { row in
      "<row>" + row.map { "<cell id='\($0.0)'>\(escaped($0.1))</cell>" }.joined() + "</row>"
    }.joined()
  }

  private static func extensionElements(_ properties: Properties) -> [String] {
    guard !properties.isEmpty else { return [] }
    return ["<b:extensionElements>"]
      + properties.map {
        "<ifl:property><key>\(escaped($0.key))</key><value>\(escaped($0.value))</value></ifl:property>"
      }
      + ["</b:extensionElements>"]
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\r": result += "&#13;"
      case "\n": result += "&#10;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
