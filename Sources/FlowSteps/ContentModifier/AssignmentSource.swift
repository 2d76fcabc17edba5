import Expressions
import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// Where a row of a Content Modifier or Write Variables takes its value from.
enum AssignmentSource: Sendable {
  case constant(String)
  case expression(ExpressionTemplate)
  case xpath(XPathExpression)
  case header(String)
  case property(String)
  case variable(ExpressionTemplate, isGlobal: Bool, fallback: String)
  case numberRange(name: ExpressionTemplate, correlationID: ExpressionTemplate?)

  /// The kinds of source, by what real files and the editor write for them.
  enum Kind: String, Sendable, CaseIterable {
    case constant, expression, xpath, header, property
    case externalParameter, globalVariable, localVariable, numberRange

    /// nil for a type that is not known.
    init?(_ type: String) {
      switch type.lowercased().filter({ $0.isLetter }) {
      case "constant", "": self = .constant
      case "expression": self = .expression
      case "xpath": self = .xpath
      case "header": self = .header
      case "property", "exchangeproperty": self = .property
      case "externalparameter", "externalparameters", "externalizedparameter": self = .externalParameter
      case "globalpersistedvariables", "globalpersistedvariable", "globalvariables", "globalvariable":
        self = .globalVariable
      case "persistedvariables", "persistedvariable", "localvariables", "localvariable", "localpersistedvariables":
        self = .localVariable
      case "numberrange", "numberranges": self = .numberRange
      default: return nil
      }
    }
  }

  /// - Parameter namespaces: of XPath.
  /// - Throws: `ExpressionError` or `XPathError`.
  init(
    _ kind: Kind, value: String, fallback: String, namespaces: [(prefix: String, uri: String)]
  ) throws(FlowFailure) {
    do {
      switch kind {
      // A parameter's value has taken its place before anything was read.
      case .constant, .externalParameter: self = .constant(value)
      case .expression: self = .expression(try ExpressionTemplate(value))
      case .xpath: self = .xpath(try XPathExpression(value, namespaces: namespaces, functions: FlowXPath.functions))
      case .header: self = .header(value)
      case .property: self = .property(value)
      case .globalVariable, .localVariable:
        self = .variable(try ExpressionTemplate(value), isGlobal: kind == .globalVariable, fallback: fallback)
      case .numberRange:
        let (name, correlationID) = Self.split(value)
        self = .numberRange(
          name: try ExpressionTemplate(name), correlationID: try correlationID.map { try ExpressionTemplate($0) })
      }
    } catch let error as any ExplainedError {
      throw FlowFailure(.invalidFlow, from: error)
    } catch {
      throw FlowFailure(.invalidFlow, class: .configuration, Explanation("the value cannot be read"))
    }
  }

  /// `NAME:CORRELATION`; a colon inside of `${…}` does not count.
  private static func split(_ value: String) -> (name: String, correlationID: String?) {
    var depth = 0
    for index in value.indices {
      switch value[index] {
      case "{": depth += 1
      case "}": depth -= 1
      case ":" where depth == 0:
        let rest = String(value[value.index(after: index)...])
        return (String(value[..<index]), rest.isEmpty ? nil : rest)
      default: break
      }
    }
    return (value, nil)
  }

  /// The value for one message; nil when the header or property is missing.
  func value(
    for dataType: JavaDataType, in view: StepView, _ state: StateAccess, _ run: FlowRun
  ) throws(FlowFailure) -> ExpressionValue? {
    switch self {
    case .constant(let text): return try Self.typed(.text(text), dataType)
    case .expression(let template): return try Self.typed(Self.evaluate(template, view), dataType)
    case .xpath(let expression):
      let found = try view.value(of: expression)
      do throws(JavaDataType.Mismatch) { return try dataType.convert(found) } catch {
        throw Self.mismatch(found.stringValue, error)
      }
    case .header(let name): return view.header(named: name)
    case .property(let name):
      do throws(ExpressionError) { return try view.property(named: name) } catch {
        throw FlowFailure(.stepFailed, from: error)
      }
    case .variable(let name, let isGlobal, let fallback):
      let name = try Self.text(name, view)
      return try Self.variable(name, isGlobal: isGlobal, fallback: fallback, state, run)
    case .numberRange(let name, let correlationID):
      let name = try Self.text(name, view)
      let correlation: String? = if let correlationID { try Self.text(correlationID, view) } else { nil }
      return try Self.number(of: name, correlation, state, run)
    }
  }

  // MARK: Evaluation

  private static func evaluate(_ template: ExpressionTemplate, _ view: StepView) throws(FlowFailure) -> ExpressionValue
  {
    do throws(ExpressionError) { return try template.evaluateValue(in: view) } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
  }

  static func text(_ template: ExpressionTemplate, _ view: StepView) throws(FlowFailure) -> String {
    do throws(ExpressionError) { return try template.evaluate(in: view) } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
  }

  private static func typed(_ value: ExpressionValue, _ dataType: JavaDataType) throws(FlowFailure) -> ExpressionValue {
    do throws(JavaDataType.Mismatch) { return try dataType.convert(value) } catch {
      throw mismatch(value.text, error)
    }
  }

  private static func mismatch(_ text: String, _ mismatch: JavaDataType.Mismatch) -> FlowFailure {
    FlowFailure(
      .stepFailed, class: .permanent,
      Explanation("'\(PrintableText.escaping(text, limit: 80))' is not \(mismatch.type)"))
  }

  private static func variable(
    _ name: String, isGlobal: Bool, fallback: String, _ state: StateAccess, _ run: FlowRun
  ) throws(FlowFailure) -> ExpressionValue {
    let key = VariableName(name, flow: isGlobal ? nil : run.flowName)
    let value = try state.perform(in: run) { stores, scope in try stores.variables.value(of: key, for: scope) }
    if let value { return value }
    guard fallback.isEmpty else { return .text(fallback) }
    throw FlowFailure(
      .stepFailed, class: .configuration,
      Explanation(
        "the \(isGlobal ? "global" : "local") variable '\(PrintableText.escaping(name, limit: 200))' does not exist",
        cause: "no flow has written it, or it has expired, and the step names no default value",
        hints: ["see those that exist: tenant variables list"]))
  }

  private static func number(
    of name: String, _ correlationID: String?, _ state: StateAccess, _ run: FlowRun
  ) throws(FlowFailure) -> ExpressionValue {
    let number = try state.perform(in: run) { stores, scope in
      try stores.numberRanges.nextNumber(of: name, correlationID: correlationID, for: scope)
    }
    guard let number else {
      throw FlowFailure(.stepFailed, class: .configuration, NumberRangeText.missing(name))
    }
    return .text(number)
  }
}

/// What a person is told of a number range that is not there.
enum NumberRangeText {
  static func missing(_ name: String) -> Explanation {
    Explanation(
      "the number range '\(PrintableText.escaping(name, limit: 200))' is not deployed",
      hints: ["make its file with tenant new-artifact NumberRange, and then: tenant deploy-artifact FILE"])
  }
}
