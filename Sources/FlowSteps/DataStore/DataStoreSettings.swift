import Expressions
import FlowEngine
import FlowModel
import TenantBase
import XMLTree

extension StepType {
  static let dataStorePut = StepType(rawValue: "DBstorage/put")
  static let dataStoreGet = StepType(rawValue: "DBstorage/get")
  static let dataStoreSelect = StepType(rawValue: "DBstorage/select")
  static let dataStoreDelete = StepType(rawValue: "DBstorage/delete")
  static let persist = StepType(rawValue: "Persist")
}

/// What every data store step says: which store, and which entry of it.
struct DataStoreSettings: Sendable {
  private let name: ExpressionTemplate
  private let isGlobal: Bool
  /// Empty when the step names none.
  private let entryID: ExpressionTemplate
  private let namespaces: [(prefix: String, uri: String)]

  init(_ element: FlowElement, in flow: IntegrationFlow) throws(FlowFailure) {
    let properties = element.properties
    name = try properties.template("storageName")
    guard name.constant != "" else {
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation(
          "\(Finding.Subject(element).description): the data store has no name",
          places: [properties.place(of: "storageName").description]))
    }
    if let constant = name.constant { try Self.check(name: constant) }
    isGlobal = properties.text("visibility").lowercased() == "global"
    entryID = try properties.template(properties.text("messageId").isEmpty ? "dataStoreId" : "messageId")
    namespaces = flow.namespaces
  }

  /// The store for one message.
  func store(_ view: StepView, _ run: FlowRun) throws(FlowFailure) -> DataStoreName {
    let text = try AssignmentSource.text(name, view)
    try Self.check(name: text)
    return DataStoreName(text, flow: isGlobal ? nil : run.flowName)
  }

  /// The entry that the step names, else the one of the header; nil when neither does.
  func entry(_ view: StepView) throws(FlowFailure) -> String? {
    let named = try AssignmentSource.text(entryID, view)
    let text = named.isEmpty ? view.header(named: Self.idHeader)?.text ?? "" : named
    guard !text.isEmpty else { return nil }
    try Self.check(id: text)
    return text
  }

  /// The entries that the step names: several when it is an XPath that finds several nodes.
  func entries(_ view: StepView, _ paths: BodyPaths) throws(FlowFailure) -> [String] {
    guard entryID.segments.count == 1, let expression = entryID.expressions.first, expression.calls.isEmpty,
      case .xpath(let path) = expression.function
    else { return try single(view) }
    let nodes = try view.value(of: paths.expression(path)).nodes
    return nodes.isEmpty ? try single(view) : nodes.map { $0.stringValue }
  }

  private func single(_ view: StepView) throws(FlowFailure) -> [String] {
    guard let id = try entry(view) else { return [] }
    return [id]
  }

  static let idHeader = "SapDataStoreId"

  func paths(_ exchange: Exchange) -> BodyPaths { BodyPaths(exchange.body, namespaces: namespaces) }

  static func check(name: String) throws(FlowFailure) {
    guard !name.isEmpty, name.unicodeScalars.count <= StateLimits.storeNameCharacters,
      !name.contains(where: { $0.isWhitespace })
    else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "'\(PrintableText.escaping(name, limit: 80))' cannot be the name of a data store",
          cause: "it has 1 to \(StateLimits.storeNameCharacters) characters and no blank"))
    }
  }

  static func check(id: String) throws(FlowFailure) {
    guard id.unicodeScalars.count <= StateLimits.entryIDCharacters else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "an entry ID has at most \(StateLimits.entryIDCharacters) characters; this one has \(id.unicodeScalars.count)"
        ))
    }
  }
}

extension FlowProperties {
  func template(_ key: String) throws(FlowFailure) -> ExpressionTemplate {
    do throws(ExpressionError) { return try ExpressionTemplate(text(key)) } catch {
      throw FlowFailure(.invalidFlow, from: error, places: [place(of: key).description])
    }
  }

  /// A number of days; the default when there is none.
  func days(_ key: String, default fallback: Int, upTo longest: Int) throws(FlowFailure) -> Int {
    guard !text(key).isEmpty else { return fallback }
    guard let days = integer(key), (1...longest).contains(days) else {
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation(
          "'\(key)' is a number of days from 1 to \(longest), not '\(PrintableText.escaping(text(key), limit: 40))'",
          places: [place(of: key).description]))
    }
    return days
  }
}
