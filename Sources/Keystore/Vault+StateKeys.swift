import Artifacts
import Crypto
import System
import TenantBase

/// Keys for what flows keep in the tenant's data. They live in the keystore, so that a new master key does not lose the data.
extension Vault {
  package static let stateKeyLength = 32

  /// A key with its name.
  package struct NamedStateKey: Sendable {
    package let id: String
    package let secret: SecretBox
  }

  /// The key for what is encrypted now; made when there is none yet.
  package func currentStateKey() throws(KeystoreError) -> NamedStateKey {
    if let key = try Self.newest(state) { return try named(key) }
    try change { (change) throws(KeystoreError) in try change.makeStateKey() }
    // Another process may have been first; then its key is the one.
    guard let key = try Self.newest(state) else { throw .unknownEntry("", "state key") }
    return try named(key)
  }

  /// A key of then; nil when there is none of that name.
  package func stateKey(named id: String) throws(KeystoreError) -> NamedStateKey? {
    guard let key = Self.key(.stateKeys, id), let secret = try state.secret(for: key) else { return nil }
    return NamedStateKey(id: id, secret: SecretBox(secret))
  }

  private func named(_ key: EntryKey) throws(KeystoreError) -> NamedStateKey {
    guard let found = try stateKey(named: key.alias.text) else { throw .unknownEntry(key.alias.text, "state key") }
    return found
  }

  private static func newest(_ state: KeystoreState) throws(KeystoreError) -> EntryKey? {
    try byAge(state).last?.key
  }

  /// The oldest first.
  private static func byAge(
    _ state: KeystoreState
  ) throws(KeystoreError) -> [(version: UInt64, key: EntryKey, made: WallTime)] {
    var found: [(version: UInt64, key: EntryKey, made: WallTime)] = []
    for key in state.sortedKeys where key.space == .stateKeys {
      if let entry = try state.storedEntry(for: key)?.entry { found.append((entry.version, key, entry.deployedOn)) }
    }
    return found.sorted { $0.version < $1.version }
  }

  /// With a new master key comes a new state key: who has the old keystore reads nothing that is encrypted from now on.
  static func renewStateKey(
    _ lines: inout [EntryKey: ArraySlice<UInt8>], of base: KeystoreState, generation: UInt64, keys: MasterKeys
  ) throws(KeystoreError) {
    let present = try byAge(base)
    guard !present.isEmpty else { return }
    let now = WallTime(seconds: WallTime.now.seconds)
    let longest = Int64(KeystoreLimits.stateKeyDays) * 86_400
    for (old, successor) in zip(present, present.dropFirst()) where now.seconds - successor.made.seconds > longest {
      lines[old.key] = nil
    }
    let fresh = try StateKeyEntry.make(version: generation, author: "", time: now)
    lines[EntryKey(space: .stateKeys, alias: fresh.alias)] =
      StoredEntry(fresh, secret: .random(count: stateKeyLength), storeID: base.header.storeID, keys: keys).line[...]
  }
}

enum StateKeyEntry {
  /// A random name.
  static func make(version: UInt64, author: String, time: WallTime) throws(KeystoreError) -> KeystoreEntry {
    guard let alias = try? ArtifactName(RandomIdentifier.hex(byteCount: 8)) else {
      throw .badField("the name of the state key", "is no name")
    }
    return KeystoreEntry(content: .stateKey(alias), version: version, deployedBy: author, deployedOn: time)
  }
}
