import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// The reading of one step's properties: what is wrong with them is gathered, not thrown at the first fault.
struct StepReading {
  let element: FlowElement
  let context: StepContext
  private(set) var findings: [Finding] = []

  init(_ element: FlowElement, _ context: StepContext) {
    self.element = element
    self.context = context
  }

  var properties: FlowProperties { element.properties }
  var subject: Finding.Subject { Finding.Subject(element) }
  var hasErrors: Bool { findings.contains { $0.severity == .error } }

  /// - Parameter key: the property that it is about; nil for the step as a whole.
  mutating func report(
    _ severity: Finding.Severity, _ code: String, at key: String?, _ reason: String, remedy: String? = nil
  ) {
    let place = key.map { properties.place(of: $0) } ?? element.place
    findings.append(Finding(severity, code, at: place, subject, reason, remedy: remedy))
  }

  /// A property of which only some values can run.
  ///
  /// - Returns: the value, lower case; nil after an error was reported.
  mutating func choice(_ key: String, default fallback: String, of choices: [String]) -> String? {
    let value = properties.text(key, default: fallback)
    if let found = choices.first(where: { $0.lowercased() == value.lowercased() }) { return found }
    report(
      .error, "step-option-unsupported", at: key,
      "'\(value)' of \(key) cannot run; known are \(choices.map { "'\($0)'" }.joined(separator: ", "))")
    return nil
  }

  /// A flag; nil and other words are the default.
  func flag(_ key: String, default fallback: Bool = false) -> Bool { properties.flag(key) ?? fallback }

  mutating func xPath(_ key: String) -> FlowXPath? {
    let text = properties.text(key)
    guard !text.allSatisfy(\.isWhitespace) else {
      report(.error, "step-value-missing", at: key, "\(key) is empty")
      return nil
    }
    do throws(XPathError) { return try FlowXPath(text, in: context.flow) } catch {
      findings.append(FlowXPath.finding(error, at: properties.place(of: key), subject))
      return nil
    }
  }

  /// The cells of a two-column table without its empty rows.
  mutating func pairs(_ key: String) -> [(String, String)] {
    do throws(FlowModelError) {
      let rows = try properties.table(key)?.rows ?? []
      return rows.map { ($0[0] ?? "", $0[1] ?? "") }.filter { !$0.0.isEmpty || !$0.1.isEmpty }
    } catch {
      report(.error, "table-unreadable", at: key, error.description)
      return []
    }
  }

  /// A file of the bundle.
  ///
  /// - Parameter path: as the property has it: `/xsd/order.xsd`.
  mutating func resource(_ path: String, for key: String) -> [UInt8]? {
    let plain = String(path.drop { $0 == "/" })
    do throws(FlowModelError) {
      if let bytes = try context.resources.bytes(at: plain) { return bytes }
      report(
        .error, "resource-missing", at: key, "the file '\(plain)' is not in the flow's bundle",
        remedy: "give the whole bundle with src/main/resources/\(plain), not the .iflw alone")
    } catch { report(.error, "resource-missing", at: key, error.description) }
    return nil
  }
}

/// A factory whose one reading of the properties serves the check of a flow and its run, so that both agree.
protocol CheckedStepFactory: FlowStepFactory {
  /// - Returns: nil when an error was reported.
  func read(_ reading: inout StepReading) -> (any FlowStep)?
}

extension CheckedStepFactory {
  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    var reading = StepReading(element, context)
    let step = read(&reading)
    if let failure = FlowFailure(refusing: reading.findings) { throw failure }
    guard let step else {
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation("\(reading.subject.description): its properties make no step", places: [element.place.description]))
    }
    return step
  }
}

/// What a checked factory says of its steps.
struct ReadingCheck: StepCheck {
  let factory: any CheckedStepFactory
  let resources: FlowResources

  func covers(_ type: StepType) -> Bool { factory.type == type }

  func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding] {
    var reading = StepReading(element, StepContext(flow: flow, resources: resources))
    _ = factory.read(&reading)
    return reading.findings
  }
}
