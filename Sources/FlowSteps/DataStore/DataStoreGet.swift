import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// Data Store, Get: an entry becomes the body, and its headers join those of the message.
struct DataStoreGet: FlowStep {
  let settings: DataStoreSettings
  let deletes: Bool
  let failsWhenMissing: Bool
  let state: StateAccess

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let view = StepView(of: exchange, in: run, paths: settings.paths(exchange))
    let store = try settings.store(view, run)
    let named = try settings.entry(view)
    let id = if let named { named } else { try exchange.body.entryID() }
    let found = try state.perform(in: run) { stores, scope -> (DataStoreEntry, StoredMessage)? in
      guard let entry = try stores.dataStore.entry(id, in: store, for: scope),
        let message = try stores.dataStore.message(of: entry)
      else { return nil }
      if deletes { try stores.dataStore.deleteOnCompletion([entry.number], for: scope) }
      return (entry, message)
    }
    if !failsWhenMissing { exchange.headers["SAP_DatastoreEntryFound"] = .boolean(found != nil) }
    guard let (entry, message) = found else {
      guard failsWhenMissing else { return }
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "there is no entry '\(PrintableText.escaping(id, limit: 300))' in the data store "
            + "'\(PrintableText.escaping(store.text))'",
          hints: ["see what is there: tenant data-store list"]))
    }
    exchange.body = message.body
    for header in message.headers { exchange.headers[header.name] = header.value }
    exchange.headers["SAP_DataStoreCreatedAt"] = .date(entry.storedOn)
    exchange.headers["SAP_DataStoreExpiresAt"] = .date(entry.expiresOn)
  }
}

extension MessageBody {
  /// The body as an entry ID, where neither the step nor a header names one.
  func entryID() throws(FlowFailure) -> String {
    let limit = StateLimits.entryIDCharacters * 4
    let text = byteCount <= limit ? textInMemory ?? "" : ""
    guard !text.isEmpty, text.unicodeScalars.count <= StateLimits.entryIDCharacters else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation(
          "no entry ID is named",
          cause: "the step's field and the header \(DataStoreSettings.idHeader) are empty, and the body cannot be one"))
    }
    return text
  }
}

package struct DataStoreGetFactory: FlowStepFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .dataStoreGet }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    DataStoreGet(
      settings: try DataStoreSettings(element, in: context.flow),
      deletes: element.properties.flag("delete") ?? false,
      failsWhenMissing: element.properties.flag("stopOnMissingEntry") ?? true,
      state: StateAccess(stores, for: element, in: context.flow))
  }
}

/// Data Store, Delete: removes the entries that it names.
struct DataStoreDelete: FlowStep {
  let settings: DataStoreSettings
  let state: StateAccess

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let paths = settings.paths(exchange)
    let view = StepView(of: exchange, in: run, paths: paths)
    let store = try settings.store(view, run)
    var ids = try settings.entries(view, paths)
    // As SAP documents it: without a name and a header the whole payload is the entry ID.
    if ids.isEmpty, exchange.body.byteCount <= StateLimits.entryIDCharacters * 4, let text = exchange.body.textInMemory
    {
      ids = [text]
    }
    for id in ids where !id.isEmpty {
      try state.perform(in: run) { stores, scope in _ = try stores.dataStore.delete(id, in: store, for: scope) }
    }
  }
}

package struct DataStoreDeleteFactory: FlowStepFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .dataStoreDelete }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    DataStoreDelete(
      settings: try DataStoreSettings(element, in: context.flow),
      state: StateAccess(stores, for: element, in: context.flow))
  }
}
