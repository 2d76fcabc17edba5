import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// The XML Validator: a body that a schema of the bundle does not allow fails the message.
struct XMLValidator: FlowStep {
  let schema: XMLSchema

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let document = try exchange.body.xmlDocument()
    let violations: [XMLSchema.Violation]
    do throws(XMLError) { violations = try schema.violations(of: document) } catch {
      throw FlowFailure(.stepFailed, class: .permanent, error.explanation.within("the body cannot be validated"))
    }
    guard let first = violations.first else { return }
    let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
    throw FlowFailure(
      .stepFailed, class: .permanent,
      Explanation("the body is not valid by the schema: \(first.detail) (line \(first.line))\(more)"))
  }
}

package struct XMLValidatorFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "XmlValidator") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let source = reading.choice("xmlSchemaSource", default: "iflowOption", of: ["iflowOption"])
    let prevents = reading.choice("preventException", default: "false", of: ["false"])
    guard source != nil, prevents != nil else { return nil }
    let file = reading.properties.text("xsd")
    guard !file.isEmpty else {
      reading.report(.error, "step-value-missing", at: "xsd", "no XML schema is given")
      return nil
    }
    guard let bytes = reading.resource(file, for: "xsd") else { return nil }
    do throws(XMLError) { return XMLValidator(schema: try XMLSchema(bytes, file: file)) } catch {
      reading.report(.error, "schema-unusable", at: "xsd", error.description)
      return nil
    }
  }
}
