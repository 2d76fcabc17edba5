import Artifacts
import Crypto
import Synchronization
import System
import TenantBase

/// An open keystore.
///
/// Lookups read one verified state in memory and decrypt only what is asked for. Changes happen under the lock of all
/// writers, on what the file holds then, all or nothing. ``refresh()`` takes over what other processes changed.
package final class Vault: Sendable {
  package let location: VaultLocation
  private let sources: KeySources
  private let current: Mutex<KeystoreState>

  init(location: VaultLocation, sources: KeySources, state: KeystoreState) {
    self.location = location
    self.sources = sources
    current = Mutex(state)
  }

  /// Opens the keystore.
  ///
  /// - Parameter acceptRollback: an old copy that was put back on purpose is opened, and counts from now on.
  /// - Throws: `KeystoreError`; `.notFound`, `.keyMissing`, `.cannotOpen`, `.rolledBack` and `.system` are for the user.
  package static func open(
    at location: VaultLocation, keys sources: KeySources, acceptRollback: Bool = false
  ) throws(KeystoreError) -> Vault {
    var state = try read(at: location, sources: sources, known: nil)
    let anchor = GenerationAnchor(path: location.generationFile(of: state.header.storeID))
    if acceptRollback {
      anchor.note(state.header.generation)
    } else {
      state = try verified(state, anchor: anchor, at: location, sources: sources)
      if anchor.generation.map({ $0 < state.header.generation }) ?? true { anchor.note(state.header.generation) }
    }
    return Vault(location: location, sources: sources, state: state)
  }

  /// The state, if it is not older than what was seen here.
  ///
  /// A writer may have put a new file in place, and noted it, after this one was read. What was noted before a reading
  /// cannot be newer than what is read then: so a state that looks old is read once more and compared with the same note.
  private static func verified(
    _ state: KeystoreState, anchor: GenerationAnchor, at location: VaultLocation, sources: KeySources
  ) throws(KeystoreError) -> KeystoreState {
    guard let seen = anchor.generation, seen > state.header.generation else { return state }
    let again = try read(at: location, sources: sources, known: state.keys)
    try GenerationAnchor.verify(again.header.generation, seen: seen, path: location.path)
    return again
  }

  var state: KeystoreState { current.withLock { $0 } }

  /// Takes over what another process changed since.
  ///
  /// - Returns: whether anything was changed.
  @discardableResult
  package func refresh() throws(KeystoreError) -> Bool {
    let known = state
    guard FileIdentity(of: location.path) != known.identity else { return false }
    let read = try Self.read(at: location, sources: sources, known: known.keys)
    let fresh = try Self.verified(read, anchor: anchor, at: location, sources: sources)
    current.withLock { $0 = fresh }
    return fresh.header.generation != known.header.generation
  }

  var anchor: GenerationAnchor { GenerationAnchor(path: location.generationFile(of: state.header.storeID)) }

  var keySources: KeySources { sources }

  func adopt(_ state: KeystoreState) { current.withLock { $0 = state } }

  /// Reads and verifies the file.
  ///
  /// - Parameter known: the keys of an earlier reading, tried first: they save the search for a key.
  static func read(
    at location: VaultLocation, sources: KeySources, known: MasterKeys?
  ) throws(KeystoreError) -> KeystoreState {
    // Taken before the content: a change in between shows as a difference later, never as sameness.
    let identity = FileIdentity(of: location.path)
    let bytes: [UInt8]
    do throws(SystemError) {
      let folder = try Folder(opening: location.folder, privacy: .ownerOnly)
      bytes = try folder.read(KeystoreFile.name, limit: KeystoreLimits.fileBytes, access: .ownerOnly)
    } catch {
      if error.kind == .notFound { throw .notFound(location.folder) }
      throw KeystoreError(error)
    }
    let file = try KeystoreFile(bytes, path: location.path)
    if let known, file.isGenuine(keys: known) {
      return try KeystoreState(file: file, keys: known, path: location.path, identity: identity)
    }
    let keys = MasterKeys(master: try sources.unlock(file.header, at: location))
    return try KeystoreState(file: file, keys: keys, path: location.path, identity: identity)
  }
}
