import Expressions
import FlowEngine
import MessageStore
import System
import TenantBase

/// What a home's flows have kept, for the commands that show it. Nothing is made by looking.
package struct StoredState {
  private let home: TenantHome
  /// nil when the home has no database yet.
  private let store: StateStore?
  private let now: Timestamp

  package init(of home: TenantHome, now: WallTime = .now) throws {
    self.home = home
    store = try HomeState(home: home).storeIfPresent()
    self.now = Timestamp(milliseconds: now.milliseconds)
  }

  // MARK: Variables

  /// Global ones first, sorted by flow and name.
  package func variables() throws -> [StoredVariable] { try store?.variables(at: now) ?? [] }

  /// The variable that a person means.
  ///
  /// - Parameter flow: nil takes the only one of that name, the global one before others.
  package func variable(_ name: String, flow: String?) throws -> StoredVariable {
    let known = try variables()
    let found = known.filter { $0.name.text == name && (flow == nil || $0.name.flow == flow) }
    if let global = found.first(where: { $0.name.flow == nil }) { return global }
    if found.count == 1, let only = found.first { return only }
    throw refusal("variable", name, among: found.compactMap(\.name.flow), list: "variables list")
  }

  /// - Throws: when it is encrypted, and the keystore or its key is not there.
  package func value(of variable: StoredVariable) throws -> ExpressionValue {
    guard let value = try store?.value(of: variable.name, at: now) else {
      throw refusal("variable", variable.name.text, among: [], list: "variables list")
    }
    return value
  }

  package func delete(_ variable: StoredVariable) throws { _ = try store?.deleteVariable(variable.name) }

  // MARK: Data stores

  package func dataStores() throws -> [DataStoreSummary] { try store?.dataStores(at: now) ?? [] }

  /// As ``variable(_:flow:)``.
  package func dataStore(_ name: String, flow: String?) throws -> DataStoreSummary {
    let found = try dataStores().filter { $0.store.text == name && (flow == nil || $0.store.flow == flow) }
    if let global = found.first(where: { $0.store.flow == nil }) { return global }
    if found.count == 1, let only = found.first { return only }
    throw refusal("data store", name, among: found.compactMap(\.store.flow), list: "data-store list")
  }

  /// The oldest first.
  package func entries(of dataStore: DataStoreSummary) throws -> [DataStoreEntry] {
    try store?.entries(
      in: dataStore.store, atMost: StateLimits.selectedEntries, for: StateStore.outside(at: now)) ?? []
  }

  package func entry(_ id: String, of dataStore: DataStoreSummary) throws -> DataStoreEntry {
    let entry = try store?.entry(id, in: dataStore.store, for: StateStore.outside(at: now))
    guard let entry else {
      let name = ShellText.quoted(PrintableText.escaping(dataStore.store.text))
      throw HomeError(
        .configuration,
        Explanation(
          "there is no entry '\(PrintableText.escaping(id, limit: 300))'",
          hints: ["see all: tenant\(home.hintOption) data-store show \(name)"]))
    }
    return entry
  }

  package func message(of entry: DataStoreEntry) throws -> StoredMessage {
    guard let message = try store?.message(of: entry) else {
      throw HomeError(.configuration, Explanation("the entry was deleted meanwhile"))
    }
    return message
  }

  package func delete(_ entry: DataStoreEntry) throws {
    _ = try store?.delete(entry.id, in: entry.store, for: StateStore.outside(at: now))
  }

  /// - Returns: how many entries there were.
  package func delete(_ dataStore: DataStoreSummary) throws -> Int {
    try store?.deleteDataStore(dataStore.store) ?? 0
  }

  // MARK: Persisted messages

  /// The newest first.
  package func persistedMessages(atMost limit: Int) throws -> [PersistedMessage] {
    try store?.persistedMessages(atMost: limit, at: now) ?? []
  }

  package func persistedMessage(_ number: Int64) throws -> PersistedMessage {
    guard let found = try store?.persistedMessage(number, at: now) else { throw noMessage(number) }
    return found
  }

  package func content(of message: PersistedMessage) throws -> StoredMessage {
    guard let content = try store?.content(ofPersisted: message.number, at: now) else {
      throw noMessage(message.number)
    }
    return content
  }

  private func noMessage(_ number: Int64) -> HomeError {
    HomeError(
      .configuration,
      Explanation(
        "there is no persisted message \(number)",
        hints: ["see all: tenant\(home.hintOption) message-store list"]))
  }

  // MARK: Errors

  /// - Parameter flows: those that have one of that name each; empty when there is none.
  private func refusal(_ kind: String, _ name: String, among flows: [String], list: String) -> HomeError {
    let shown = PrintableText.escaping(name, limit: 200)
    guard flows.count > 1 else {
      return HomeError(
        .configuration,
        Explanation(
          "there is no \(kind) '\(shown)'", hints: ["see all: tenant\(home.hintOption) \(list)"]))
    }
    return HomeError(
      .usage,
      Explanation(
        "several flows have a \(kind) '\(shown)'",
        cause: flows.prefix(20).map { PrintableText.escaping($0) }.joined(separator: ", "),
        hints: ["say which one: --flow FLOW"]))
  }
}
