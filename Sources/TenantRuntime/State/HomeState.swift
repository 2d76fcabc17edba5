import Crypto
import Expressions
import FlowEngine
import FlowSteps
import Keystore
import MessageStore
import Synchronization
import System
import TenantBase

/// What a home's flows keep: opened when the first step wants it, so that a flow without such steps needs no database and
/// no keystore.
package final class HomeState: Sendable {
  private let home: TenantHome
  private let spool: BodySpool
  private let keys: KeystoreStateKeys
  private let opened = Mutex<StateStore?>(nil)
  /// The numbers of a trial run, which takes none.
  private let trialNumbers = Mutex<[String: Int64]>([:])
  private let isTrial: Bool

  /// - Parameters:
  ///   - keystore: opened already; nil opens it when it is needed.
  ///   - isTrial: nothing that is written stays, no number is taken.
  package init(home: TenantHome, keystore: Vault? = nil, isTrial: Bool = false) {
    self.home = home
    self.isTrial = isTrial
    spool = BodySpool(folder: home.spoolFolder)
    keys = KeystoreStateKeys(home: home, keystore: keystore)
  }

  /// The home's state; its database is made when there is none.
  package func store() throws -> StateStore {
    try opened.withLock { opened in
      if let opened { return opened }
      let made = StateStore(
        database: try TenantDatabase.open(in: home.dataFolder), folder: home.dataFolder, keys: keys, spool: spool)
      opened = made
      return made
    }
  }

  /// The same where nothing is to be made; nil when there is no database.
  package func storeIfPresent() throws -> StateStore? {
    try TenantDatabase.openIfPresent(in: home.dataFolder).map {
      StateStore(database: $0, folder: home.dataFolder, keys: keys, spool: spool)
    }
  }

  /// What the steps get.
  package var stores: StepStores {
    StepStores(
      variables: self, dataStore: self, numberRanges: self, messages: self, spool: spool, isTrial: isTrial)
  }

  /// Ends what a run has begun in the state.
  ///
  /// - Parameter succeeded: the run reached its end.
  package func end(run: String, succeeded: Bool) throws {
    // A run that never came here has written nothing.
    guard let store = opened.withLock({ $0 }) else { return }
    let now = Timestamp(milliseconds: WallTime.now.milliseconds)
    if succeeded, !isTrial {
      do { try store.completeState(ofRun: run, at: now) } catch {
        try? store.abandonState(ofRun: run, at: now)
        throw error
      }
    } else {
      try store.abandonState(ofRun: run, at: now)
    }
  }
}

extension HomeState {
  /// Puts into effect what the steps of a run wrote, or forgets it: what an exception subprocess has dealt with counts as done.
  ///
  /// Forgotten too where the flow went on without parts that failed: the message runs again as a whole, and an entry whose
  /// part failed must not be deleted.
  ///
  /// - Returns: why it could not be put into effect; nil when it was.
  func end(_ run: FlowRun, _ result: RunResult) -> FlowFailure? {
    let succeeded = result.raisedFailure == nil && result.status != .cancelled
    do {
      try end(run: run.id, succeeded: succeeded)
      return nil
    } catch {
      // What cannot be undone now is passed over by every reader, and goes later.
      guard succeeded else { return nil }
      let failure = error as? any ExplainedError
      return FlowFailure(
        .stepFailed, class: failure?.failureClass ?? .permanent,
        failure?.explanation ?? Explanation("unexpected failure", cause: "\(error)"))
    }
  }
}

extension HomeState: VariableStore, DataStore, MessageArchive, NumberRangeSource {
  package func value(of name: VariableName, for scope: StateScope) throws -> ExpressionValue? {
    try store().value(of: name, for: scope)
  }

  package func write(_ value: ExpressionValue, to name: VariableName, for scope: StateScope) throws {
    try store().write(value, to: name, for: scope)
  }

  package func put(_ entry: NewDataStoreEntry, for scope: StateScope) throws {
    try store().put(entry, for: scope)
  }

  package func entry(_ id: String, in name: DataStoreName, for scope: StateScope) throws -> DataStoreEntry? {
    try store().entry(id, in: name, for: scope)
  }

  package func entries(
    in name: DataStoreName, atMost limit: Int, for scope: StateScope
  ) throws -> [DataStoreEntry] {
    try store().entries(in: name, atMost: limit, for: scope)
  }

  package func message(of entry: DataStoreEntry) throws -> StoredMessage? { try store().message(of: entry) }

  @discardableResult
  package func delete(_ id: String, in name: DataStoreName, for scope: StateScope) throws -> Bool {
    try store().delete(id, in: name, for: scope)
  }

  package func take(
    _ prefix: String, from name: DataStoreName, for scope: StateScope
  ) throws -> DataStoreTaking {
    try store().take(prefix, from: name, for: scope)
  }

  package func deleteOnCompletion(_ entries: [DataStoreEntry.Number], for scope: StateScope) throws {
    try store().deleteOnCompletion(entries, for: scope)
  }

  package func persist(
    _ message: StoredMessage, stepID: String, isEncrypted: Bool, for scope: StateScope
  ) throws {
    try store().persist(message, stepID: stepID, isEncrypted: isEncrypted, for: scope)
  }

  package func nextNumber(of range: String, correlationID: String?, for scope: StateScope) throws -> String? {
    guard isTrial else { return try store().nextNumber(of: range, correlationID: correlationID, for: scope) }
    let deployed = try store().numberRanges().first { $0.rule.name == range }
    guard let deployed else { return nil }
    return trialNumbers.withLock { numbers in
      let next = numbers[range] ?? deployed.next ?? deployed.rule.maximum
      numbers[range] = next < deployed.rule.maximum ? next + 1 : deployed.rule.minimum
      return deployed.rule.text(next)
    }
  }
}

/// The keys for stored state, out of the home's keystore.
final class KeystoreStateKeys: StateKeySource {
  private let home: TenantHome
  private let vault: Mutex<Vault?>
  /// Each was decrypted once.
  private let known = Mutex<[String: StateKey]>([:])

  init(home: TenantHome, keystore: Vault?) {
    self.home = home
    vault = Mutex(keystore)
  }

  func currentKey() throws -> StateKey? {
    guard let vault = try opened() else { return nil }
    do throws(KeystoreError) {
      try vault.refresh()
      let key = try vault.currentStateKey()
      return StateKey(id: key.id, secret: key.secret)
    } catch { throw TenantKeystoreError(error, home: home) }
  }

  func key(named id: String) throws -> StateKey? {
    if let key = known.withLock({ $0[id] }) { return key }
    guard let vault = try opened() else { return nil }
    do throws(KeystoreError) {
      var found = try vault.stateKey(named: id)
      if found == nil, try vault.refresh() { found = try vault.stateKey(named: id) }
      guard let found else { return nil }
      let key = StateKey(id: id, secret: found.secret)
      known.withLock { $0[id] = key }
      return key
    } catch { throw TenantKeystoreError(error, home: home) }
  }

  private func opened() throws -> Vault? {
    if let vault = vault.withLock({ $0 }) { return vault }
    let found = try TenantKeystore.openIfPresent(home: home)
    if let found { vault.withLock { $0 = found } }
    return found
  }
}
