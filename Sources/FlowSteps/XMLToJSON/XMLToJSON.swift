import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// The XML to JSON Converter, by SAP's published conversion rules.
struct XMLToJSON: FlowStep {
  /// Which elements are arrays although they stand once.
  enum Arrays: Sendable, Equatable {
    /// Only repeated elements are arrays.
    case repeated
    case all
    /// Those with these paths of JSON names, without a slash at the ends.
    case specific(Set<String>)
  }

  let naming: JSONNaming
  let arrays: Arrays
  let suppressesRoot: Bool
  /// Streaming passes over a default namespace that has no prefix; without it that is an error.
  let ignoresUnknownNamespaces: Bool

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let document = try exchange.body.xmlDocument()
    guard let root = document.root else { return }
    var writer = XMLToJSONWriter(step: self)
    do throws(JSONFault) {
      exchange.body = MessageBody(bytes: try writer.convert(root))
    } catch {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the body cannot be turned into JSON: \(error.detail) (line \(error.offset))"))
    }
  }
}

package struct XMLToJSONFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "XmlToJsonConverter") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let naming = JSONNaming.read(&reading)
    let encoding = reading.choice("jsonOutputEncoding", default: "UTF-8", of: ["UTF-8", "from header or property"])
    let isStreaming = reading.flag("xmlJsonUseStreaming")
    var arrays = XMLToJSON.Arrays.repeated
    if isStreaming {
      switch reading.choice("xmlJsonConvertAllElements", default: "all", of: ["all", "specific"]) {
      case "all": arrays = .all
      case "specific": arrays = .specific(paths(&reading))
      default: return nil
      }
    }
    guard encoding != nil else { return nil }
    return XMLToJSON(
      naming: naming, arrays: arrays, suppressesRoot: reading.flag("xmlJsonSuppressRootElement"),
      ignoresUnknownNamespaces: isStreaming || !naming.usesNamespaces)
  }

  private func paths(_ reading: inout StepReading) -> Set<String> {
    Set(
      reading.pairs("xmlJsonPathTable").map { path, _ in
        path.split(separator: "/").joined(separator: "/")
      })
  }
}
