import Expressions
import FlowEngine
import FlowModel
import System
import TenantBase

/// Data Store, Write: keeps the body, and the headers when it says so.
struct DataStorePut: FlowStep {
  let settings: DataStoreSettings
  let expiryDays: Int
  let alertDays: Int
  let isEncrypted: Bool
  let replaces: Bool
  let keepsHeaders: Bool
  let state: StateAccess

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let view = StepView(of: exchange, in: run, paths: settings.paths(exchange))
    let store = try settings.store(view, run)
    let named = try settings.entry(view)
    let id = named ?? RandomIdentifier.uuid()
    let headers = keepsHeaders ? Self.headers(of: exchange) : []
    let body = exchange.body
    try state.perform(in: run) { stores, scope in
      var entry = NewDataStoreEntry(
        store: store, id: id, body: body, overdueOn: scope.now.advanced(byDays: alertDays),
        expiresOn: scope.now.advanced(byDays: expiryDays))
      entry.headers = headers
      entry.isEncrypted = isEncrypted
      entry.replaces = replaces
      try stores.dataStore.put(entry, for: scope)
    }
    // Also where the step names the ID: published flows get and delete by it what they have just written.
    exchange.headers[DataStoreSettings.idHeader] = .text(id)
  }

  /// All but those of the runtime, which are true of this run only.
  static func headers(of exchange: Exchange) -> [StoredHeader] {
    exchange.headers.names.filter { name in
      let lowered = name.lowercased()
      return !lowered.hasPrefix("camel") && !lowered.hasPrefix("sap_")
    }.compactMap { name in exchange.headers[name].map { StoredHeader(name, $0) } }
  }
}

extension RandomIdentifier {
  /// A random UUID (version 4), as text.
  static func uuid() -> String {
    var bytes = bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = hex(bytes)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }
}

package struct DataStorePutFactory: FlowStepFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .dataStorePut }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    let properties = element.properties
    return DataStorePut(
      settings: try DataStoreSettings(element, in: context.flow),
      expiryDays: try properties.days(
        "expire", default: StateLimits.defaultExpiryDays, upTo: StateLimits.longestExpiryDays),
      alertDays: try properties.days(
        "alert", default: StateLimits.defaultAlertDays, upTo: StateLimits.longestExpiryDays),
      isEncrypted: properties.flag("encrypt") ?? true, replaces: properties.flag("override") ?? false,
      keepsHeaders: properties.flag("includeMessageHeaders") ?? false,
      state: StateAccess(stores, for: element, in: context.flow))
  }
}
