import FlowEngine
import FlowModel
import TenantBase

/// The XML Modifier: takes the XML declaration and document type declarations with an external subset out of the body.
struct XMLModifier: FlowStep {
  let removesDeclaration: Bool
  let removesExternalDTD: Bool

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    guard removesDeclaration || removesExternalDTD else { return }
    var prolog = XMLProlog(try exchange.body.wholeBytes())
    do throws(XMLProlog.Fault) {
      exchange.body = MessageBody(
        bytes: try prolog.removing(declaration: removesDeclaration, externalDTD: removesExternalDTD))
    } catch {
      throw FlowFailure(
        .stepFailed, class: .permanent, Explanation("the beginning of the body cannot be read as XML: \(error.detail)"))
    }
  }
}

package struct XMLModifierFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "XmlModifier") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    guard reading.choice("xmlCharacterHandling", default: "none", of: ["none"]) != nil else { return nil }
    return XMLModifier(
      removesDeclaration: reading.flag("removeXmlDeclaration"), removesExternalDTD: reading.flag("removeExternalDTDs"))
  }
}
