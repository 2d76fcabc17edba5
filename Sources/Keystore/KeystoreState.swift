import Artifacts
import Crypto
import System

/// A keystore as it was at one moment: verified, immutable, its secrets still encrypted.
final class KeystoreState: Sendable {
  let path: String
  let file: KeystoreFile
  let keys: MasterKeys
  let identity: FileIdentity?
  /// Sorted as in the file.
  let sortedKeys: [EntryKey]
  private let ranges: [EntryKey: Range<Int>]

  /// - Throws: `.cannotOpen` when the MAC does not hold.
  init(file: KeystoreFile, keys: MasterKeys, path: String, identity: FileIdentity?) throws(KeystoreError) {
    guard file.isGenuine(keys: keys) else { throw .cannotOpen(path) }
    let index = try file.index(path: path)
    self.file = file
    self.keys = keys
    self.path = path
    self.identity = identity
    sortedKeys = index.map(\.key)
    ranges = Dictionary(uniqueKeysWithValues: index.map { ($0.key, $0.range) })
  }

  /// The same state, now that it lies on disk.
  init(_ state: KeystoreState, identity: FileIdentity?) {
    file = state.file
    keys = state.keys
    path = state.path
    self.identity = identity
    sortedKeys = state.sortedKeys
    ranges = state.ranges
  }

  var header: KeystoreHeader { file.header }

  func contains(_ key: EntryKey) -> Bool { ranges[key] != nil }

  /// The line of an entry without its line end; nil when there is no such entry.
  func line(for key: EntryKey) -> ArraySlice<UInt8>? { ranges[key].map { file.bytes[$0] } }

  /// - Returns: nil when there is no such entry.
  func storedEntry(for key: EntryKey) throws(KeystoreError) -> StoredEntry? {
    guard let range = ranges[key] else { return nil }
    do throws(LineReader.Fault) { return try StoredEntry(file.bytes, in: range) } catch {
      throw .malformed(path, line: (sortedKeys.firstIndex(of: key) ?? 0) + 2)
    }
  }

  /// - Returns: nil when there is no such entry.
  /// - Throws: `.entryHasNoSecret`; `.entryDamaged` when it does not open.
  func secret(for key: EntryKey) throws(KeystoreError) -> SecretBytes? {
    guard let stored = try storedEntry(for: key) else { return nil }
    return try secret(of: stored)
  }

  func secret(of stored: StoredEntry) throws(KeystoreError) -> SecretBytes {
    let entry = stored.entry
    guard stored.sealed != nil else {
      throw KeystoreError(.entryHasNoSecret, "\(entry.type.title) '\(entry.alias)' holds no secret")
    }
    guard let secret = stored.secret(storeID: header.storeID, keys: keys) else {
      throw KeystoreError(
        .entryDamaged, "the secret of \(entry.type.title) '\(entry.alias)' does not open",
        hints: ["deploy it again"])
    }
    return secret
  }
}
