import FlowEngine
import FlowModel
import TenantBase

/// What an Aggregator says of itself.
struct AggregatorSettings: Sendable {
  /// 150 days: with the 30 that its messages are kept beyond it, what a data store keeps at most.
  static let timeoutMinutes = 1...216_000
  static let defaultTimeout = 60

  let storeName: String
  let correlation: FlowXPath
  /// nil: only the time completes.
  let lastMessage: FlowXPath?
  /// nil: in order of arrival.
  let sequence: FlowXPath?
  let timeoutMinutes: Int
  /// The time begins with the first message of an aggregate instead of its latest.
  let countsFromFirst: Bool

  /// - Returns: nil when an error was reported.
  init?(_ reading: inout StepReading) {
    let properties = reading.properties
    _ = reading.choice("incomingFormat", default: "XML_SAME_FORMAT", of: ["XML_SAME_FORMAT"])
    let algorithm = reading.choice(
      "aggregationAlgorithm", default: "sap-id-list", of: ["sap-id-list", "sap-sequenced-id-list"])
    sequence = algorithm == "sap-sequenced-id-list" ? reading.xPath("messageSequenceExpression") : nil
    lastMessage = properties.text("lastMessageCondition").isEmpty ? nil : reading.xPath("lastMessageCondition")
    storeName = properties.text("datastoreName")
    if !storeName.contains("{{") {
      do throws(FlowFailure) { try DataStoreSettings.check(name: storeName) } catch {
        reading.report(.error, "data-store-name", at: "datastoreName", error.description)
      }
    }
    timeoutMinutes =
      properties.text("timeout").isEmpty ? Self.defaultTimeout : properties.integer("timeout") ?? 0
    if !Self.timeoutMinutes.contains(timeoutMinutes), !properties.text("timeout").contains("{{") {
      reading.report(
        .error, "aggregator-timeout", at: "timeout",
        "the completion timeout is a number of minutes from 1 to \(Self.timeoutMinutes.upperBound), "
          + "not '\(PrintableText.escaping(properties.text("timeout"), limit: 40))'")
    }
    countsFromFirst = properties.text("timeoutFrom").lowercased() == "first-message"
    guard let correlation = reading.xPath("correlationExpression"), !reading.hasErrors else { return nil }
    self.correlation = correlation
  }
}

package struct AggregatorFactory: SplitterFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .aggregator }

  package func makeSplitter(
    for element: FlowElement, in context: StepContext
  ) throws(FlowFailure) -> any Splitter {
    var reading = StepReading(element, context)
    let settings = AggregatorSettings(&reading)
    if let failure = FlowFailure(refusing: reading.findings) { throw failure }
    guard let settings else {
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation("\(reading.subject.description): its properties make no step", places: [element.place.description]))
    }
    return Aggregator(settings: settings, state: StateAccess(stores, for: element, in: context.flow))
  }
}

/// What is to be said of an Aggregator's properties, and where it stands.
struct AggregatorCheck: StepCheck {
  let resources: FlowResources

  func covers(_ type: StepType) -> Bool { type == .aggregator }

  func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding] {
    var reading = StepReading(element, StepContext(flow: flow, resources: resources))
    _ = AggregatorSettings(&reading)
    let isInLocalProcess = flow.processes.contains { process in
      process.isLocal && process.scope.allElements.contains { $0.id == element.id }
    }
    if isInLocalProcess {
      reading.report(
        .warning, "aggregator-place", at: nil,
        "an aggregator in a local process ends its message there, and the caller goes on with the message it had",
        remedy: "put it into the main process")
    }
    return reading.findings
  }
}

extension StepType {
  static let aggregator = StepType(rawValue: "Aggregator")
}
