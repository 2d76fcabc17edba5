import FlowEngine
import FlowModel
import XMLTree

/// The Filter: what an XPath finds in the body becomes the body.
struct Filter: FlowStep {
  enum ValueType: Sendable {
    /// Every node, one after the other: elements as XML with their namespaces, other nodes as their text.
    case nodeList
    /// The first node.
    case node
    /// The string of the result: of the first node its text, without markup.
    case string
    case boolean, number
  }

  let path: FlowXPath
  let type: ValueType

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let value = try path.evaluate(on: exchange, in: run)
    exchange.body = MessageBody(bytes: bytes(of: value))
  }

  private func bytes(of value: XPathValue) -> [UInt8] {
    switch type {
    case .string: return Array(value.stringValue.utf8)
    case .boolean: return Array(XPathValue.boolean(value.booleanValue).stringValue.utf8)
    case .number: return Array(XPathValue.number(value.numberValue).stringValue.utf8)
    case .node, .nodeList: break
    }
    guard case .nodes(let nodes) = value else { return Array(value.stringValue.utf8) }
    var result: [UInt8] = []
    for node in type == .node ? nodes.prefix(1) : nodes[...] {
      switch node.kind {
      case .document, .element, .comment, .processingInstruction: result += node.serialized
      case .attribute, .text, .namespace: result += node.stringValue.utf8
      }
    }
    return result
  }
}

package struct FilterFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { .filter }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let path = reading.xPath("wrapContent")
    let word = reading.choice(
      "xpathType", default: "Nodelist", of: ["Nodelist", "Node", "String", "Boolean", "Integer", "Number"])
    guard let path, let word else { return nil }
    let type: Filter.ValueType =
      switch word {
      case "Node": .node
      case "String": .string
      case "Boolean": .boolean
      case "Integer", "Number": .number
      default: .nodeList
      }
    return Filter(path: path, type: type)
  }
}
