import Crypto
import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import Foundation
import MessageStore
import System
import TenantBase
import TestSupport
import Testing

/// The stores of one test, on a database of its own.
final class StepStoreFixture: Sendable {
  let folder = NSTemporaryDirectory() + "tenant-steps-" + RandomIdentifier.hex(byteCount: 8)
  let store: StateStore
  let database: TenantDatabase

  /// - Parameter hasKey: what is encrypted can be.
  init(hasKey: Bool = true) throws {
    database = try TenantDatabase.open(in: folder)
    store = StateStore(
      database: database, folder: folder, keys: OneKey(isThere: hasKey), spool: BodySpool(folder: folder + "/spool"))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var stores: StepStores {
    StepStores(
      variables: store, dataStore: store, numberRanges: store, messages: store,
      spool: BodySpool(folder: folder + "/spool"))
  }

  private struct OneKey: StateKeySource {
    let isThere: Bool
    private let made = StateKey(id: "key1", secret: SecretBox(SecretBytes.random(count: 32)))

    init(isThere: Bool) { self.isThere = isThere }

    func currentKey() -> StateKey? { isThere ? made : nil }
    func key(named id: String) -> StateKey? { isThere && id == made.id ? made : nil }
  }

  /// Runs one step on an exchange.
  ///
  /// - Parameter handling: the process's transaction handling.
  func run(
    _ activity: String, _ properties: FlowDocument.Properties, on exchange: Exchange = Exchange(id: "x"),
    in run: FlowRun = makeRun(), handling: String = "Not Required"
  ) async throws -> Exchange {
    let step = try makeStep(activity, properties, handling: handling)
    var exchange = exchange
    try await step.run(&exchange, in: run)
    return exchange
  }

  func makeStep(
    _ activity: String, _ properties: FlowDocument.Properties, handling: String = "Not Required"
  ) throws -> any FlowStep {
    let (element, flow) = try Self.element(activity, properties, handling: handling)
    let factory = try #require(StandardSteps(stores: stores).factories.first { $0.type == element.type })
    return try factory.makeStep(for: element, in: StepContext(flow: flow))
  }

  static func element(
    _ activity: String, _ properties: FlowDocument.Properties, handling: String = "Not Required",
    namespaces: String = ""
  ) throws -> (FlowElement, IntegrationFlow) {
    var document = FlowDocument([.message, .step(activity, properties), .end])
    document.furtherXML =
      "<b:extensionElements><ifl:property><key>transactionalHandling</key><value>\(handling)</value></ifl:property>"
      + "</b:extensionElements>"
    let flow = try read(document)
    return (try #require(flow.allElements.first { $0.id == "Step" }), flow)
  }

  static func findings(
    _ activity: String, _ properties: FlowDocument.Properties, numberRanges: Set<String>? = [],
    hasKeystore: Bool? = true
  ) throws -> [String] {
    let (element, flow) = try element(activity, properties)
    return StandardSteps().checks(numberRanges: numberRanges, hasKeystore: hasKeystore, resources: .none)
      .filter { $0.covers(element.type) }.flatMap { $0.findings(for: element, in: flow) }
      .map { "\($0.severity.rawValue) \($0.code)" }
  }

  func entry(_ id: String, store name: String = "Store", flow: String? = nil) throws -> DataStoreEntry? {
    try store.entry(id, in: DataStoreName(name, flow: flow), for: scope)
  }

  private var scope: StateScope {
    StateScope(runID: "reader", flowName: "Reader", now: makeRun().now(), isTransactional: false)
  }

  func variable(_ name: String, flow: String? = nil) throws -> ExpressionValue? {
    try store.value(of: VariableName(name, flow: flow), for: scope)
  }
}

/// Another run of the same flow.
func makeRun(id: String, flow: String = "orders") -> FlowRun {
  FlowRun(
    id: id, flowName: flow, timeZones: TimeZoneDatabase { _ in nil },
    now: { Timestamp(milliseconds: 1_795_168_780_000) })
}

func exchange(_ body: String) -> Exchange {
  var exchange = Exchange(id: "x")
  exchange.body = MessageBody(text: body)
  return exchange
}

/// The description of what a step failed with.
func stepFailure(_ body: () async throws -> some Any) async -> String? {
  do {
    _ = try await body()
    return nil
  } catch { return "\(error)" }
}
