import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// The Gather step: puts the bodies of parts or branches together.
struct BodyGatherer: Gatherer {
  enum Algorithm: Sendable {
    /// One text after the other, nothing between them.
    case concatenate
    /// SAP's multi-mapping format, all in one `Message1`.
    case sameXML
    /// SAP's multi-mapping format, a `MessageN` for each.
    case differentXML
    /// The elements at `source` of each, within `target`.
    case xmlAtPath(source: XMLPath, target: XMLTarget)
    /// An archive with an entry for each; nil names them by the header `CamelFileName`.
    case zip(name: ExpressionTemplate?)
  }

  let algorithm: Algorithm

  func makeCollection(in run: FlowRun) throws(FlowFailure) -> any GatheredParts {
    let writer = BodyWriter(spool: run.spool)
    switch algorithm {
    case .concatenate: return ConcatenatedParts(writer: writer)
    case .sameXML: return CombinedXML(writer: writer, numbersMessages: false)
    case .differentXML: return CombinedXML(writer: writer, numbersMessages: true)
    case .xmlAtPath(let source, let target):
      return XMLAtPath(writer: writer, source: source, target: target)
    case .zip(let name): return ZippedParts(writer: writer, name: name)
    }
  }
}

/// Makes gather steps.
package struct BodyGathererFactory: GathererFactory {
  package init() {}

  package var type: StepType { .gather }

  package func makeGatherer(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Gatherer {
    BodyGatherer(algorithm: try algorithm(element, context))
  }

  private func algorithm(
    _ element: FlowElement, _ context: StepContext
  ) throws(FlowFailure) -> BodyGatherer.Algorithm {
    let properties = element.properties
    switch properties.text("aggregationAlgorithm", default: Self.usual(properties)) {
    case "concatenate-strategy": return .concatenate
    case "sap-identical-multi-mapping": return .sameXML
    case "sap-pi-multi-mapping": return .differentXML
    case "xpath-merge-strategy":
      return .xmlAtPath(
        source: try path("sourceXPath", element, context), target: try target("targetXPath", element, context))
    case "enhancedZipAggregationStrategy", "zipAggregationStrategy": return .zip(name: try fileName(element))
    case let other:
      throw invalid(
        "the aggregation algorithm '\(PrintableText.escaping(other))' cannot run", element, "aggregationAlgorithm")
    }
  }

  /// What the editor preselects for a format.
  private static func usual(_ properties: FlowProperties) -> String {
    switch properties["messageType"] {
    case "PlainText": "concatenate-strategy"
    case "DiffXMLFormat": "sap-pi-multi-mapping"
    default: "sap-identical-multi-mapping"
    }
  }

  private func path(
    _ key: String, _ element: FlowElement, _ context: StepContext
  ) throws(FlowFailure) -> XMLPath {
    let text = element.properties.text(key)
    guard !text.trimmingWhitespace.isEmpty else { throw invalid("it has no '\(key)'", element, key) }
    do throws(FlowFailure) { return try XMLPath(text, namespaces: context.flow.namespaces) } catch {
      throw FlowFailure(
        .invalidFlow, from: error,
        places: [element.properties.place(of: key).description, Finding.Subject(element).description])
    }
  }

  private func target(
    _ key: String, _ element: FlowElement, _ context: StepContext
  ) throws(FlowFailure) -> XMLTarget {
    let path = try path(key, element, context)
    guard !path.steps.contains(where: \.isDescendant) else {
      throw invalid("'\(key)' has to name each element from the root on", element, key)
    }
    return XMLTarget(path, namespaces: context.flow.namespaces)
  }

  private func fileName(_ element: FlowElement) throws(FlowFailure) -> ExpressionTemplate? {
    let text = element.properties.text("gatherFileNames")
    guard !text.isEmpty else { return nil }
    do throws(ExpressionError) { return try ExpressionTemplate(text) } catch {
      throw FlowFailure(
        .invalidFlow, from: error, places: [element.properties.place(of: "gatherFileNames").description])
    }
  }

  private func invalid(_ problem: String, _ element: FlowElement, _ key: String) -> FlowFailure {
    FlowFailure(
      .invalidFlow, class: .configuration,
      Explanation(
        "\(Finding.Subject(element).description): \(problem)",
        places: [element.properties.place(of: key).description]))
  }
}
