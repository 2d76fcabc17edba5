import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// Makes general and iterating splitters, and the old token splitter.
package struct BodySplitterFactory: SplitterFactory {
  package let type: StepType
  let keepsEnvelope: Bool

  package static let general = BodySplitterFactory(type: .generalSplitter, keepsEnvelope: true)
  package static let iterating = BodySplitterFactory(type: .iteratingSplitter, keepsEnvelope: false)
  /// What the editor called the token splitter before it was a kind of iterating splitter.
  package static let token = BodySplitterFactory(type: StepType(rawValue: "Splitter/Camel"), keepsEnvelope: false)

  /// Parts that run at the same time at most, as SAP has it.
  package static let concurrencyLimit = 50

  package func makeSplitter(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Splitter {
    let properties = element.properties
    let namespaces = context.flow.namespaces.map { BodySplitter.Namespace(prefix: $0.prefix, uri: $0.uri) }
    let grouping = properties.text("grouping").trimmingWhitespace
    return BodySplitter(
      cut: try cut(element, namespaces), keepsEnvelope: keepsEnvelope,
      grouping: grouping.isEmpty ? nil : try template(grouping, "grouping", element),
      isStreaming: properties.flag("Streaming") ?? true, settings: try settings(element), namespaces: namespaces,
      place: element.place)
  }

  private func settings(_ element: FlowElement) throws(FlowFailure) -> SplitSettings {
    let properties = element.properties
    var settings = SplitSettings(stopsOnException: properties.flag("StopOnExecution") ?? true)
    guard properties.flag("ParallelProcessing") == true else { return settings }
    let threads = properties.integer("SplitterThreads") ?? 10
    guard (1...Self.concurrencyLimit).contains(threads) else {
      throw invalid("it can have 1 to \(Self.concurrencyLimit) concurrent processes", "SplitterThreads", element)
    }
    settings.concurrency = threads
    let seconds = properties.integer("timeOut") ?? 300
    guard (1...86_400).contains(seconds) else {
      throw invalid("its time is not between 1 and 86400 seconds", "timeOut", element)
    }
    settings.timeout = .seconds(seconds)
    return settings
  }

  private func cut(_ element: FlowElement, _ namespaces: [BodySplitter.Namespace]) throws(FlowFailure)
    -> BodySplitter.Cut
  {
    let properties = element.properties
    switch properties.text("exprType", default: "XPath").lowercased().filter({ !$0.isWhitespace }) {
    case "linebreak": return .lines
    case "token":
      let token = properties.text("tokenValue", default: properties.text("splitExprValue"))
      guard !token.isEmpty else { throw invalid("it has no token", "tokenValue", element) }
      return .token(token.replacing("\\n", with: "\n").replacing("\\r", with: "\r").replacing("\\t", with: "\t"))
    case "xpath":
      let text = properties.text("splitExprValue", default: properties.text("tokenValue"))
      guard !text.trimmingWhitespace.isEmpty else { throw invalid("it has no XPath", "splitExprValue", element) }
      let template = try template(text, "splitExprValue", element)
      guard template.constant != nil else { return .xpath(template, read: nil) }
      do throws(FlowFailure) { return .xpath(template, read: try BodySplitter.path(text, namespaces)) } catch {
        throw FlowFailure(
          .invalidFlow, from: error,
          places: [properties.place(of: "splitExprValue").description, Finding.Subject(element).description])
      }
    case let other:
      throw invalid("the expression type '\(PrintableText.escaping(other))' is not known", "exprType", element)
    }
  }

  private func template(_ text: String, _ key: String, _ element: FlowElement) throws(FlowFailure) -> ExpressionTemplate
  {
    do throws(ExpressionError) { return try ExpressionTemplate(text) } catch {
      throw FlowFailure(.invalidFlow, from: error, places: [element.properties.place(of: key).description])
    }
  }

  private func invalid(_ problem: String, _ key: String, _ element: FlowElement) -> FlowFailure {
    FlowFailure(
      .invalidFlow, class: .configuration,
      Explanation(
        "\(Finding.Subject(element).description): \(problem)",
        places: [element.properties.place(of: key).description]))
  }
}
