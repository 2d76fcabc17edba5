import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// The JSON to XML Converter, by SAP's published conversion rules.
struct JSONToXML: FlowStep {
  struct Root: Sendable {
    let name: String
    /// Empty for none.
    let namespace: String
  }

  let naming: JSONNaming
  /// Stands around what the text holds; nil when its one member is the root.
  let addedRoot: Root?

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let bytes = try exchange.body.wholeBytes()
    var writer = JSONToXMLWriter(naming: naming, addedRoot: addedRoot, limit: MessageBody.wholeLimit)
    do throws(JSONFault) {
      exchange.body = MessageBody(bytes: try writer.convert(bytes))
    } catch {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the body cannot be turned into XML: \(error.detail) (offset \(error.offset))"))
    }
  }
}

package struct JSONToXMLFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "JsonToXmlConverter") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let naming = JSONNaming.read(&reading)
    guard reading.flag("addXMLRootElement") else { return JSONToXML(naming: naming, addedRoot: nil) }
    let name = reading.properties.text("additionalRootElementName", default: "root")
    guard XMLNameRules.isPlainName(name) else {
      reading.report(
        .error, "xml-name-bad", at: "additionalRootElementName", "'\(name)' cannot be the name of an XML element")
      return nil
    }
    let namespace = naming.usesNamespaces ? reading.properties.text("additionalRootElementNamespace") : ""
    if !namespace.isEmpty, naming.prefix(ofURI: namespace) == nil {
      reading.report(
        .error, "json-prefix-bad", at: "additionalRootElementNamespace",
        "the namespace '\(namespace)' of the root element has no prefix in the namespace mapping")
      return nil
    }
    return JSONToXML(naming: naming, addedRoot: JSONToXML.Root(name: name, namespace: namespace))
  }
}
