import Artifacts
import Crypto
import System
import TenantBase

extension Vault {
  /// Changes entries, all or nothing, under the lock of all writers.
  ///
  /// The body sees the keystore as it is then, which another process may have changed since the vault was opened. When it
  /// throws, nothing is changed; when it changes nothing, nothing is written.
  /// - Parameter author: who deploys, as `list` shows it.
  /// - Throws: what the body throws; `.system` when the lock was not free in time or the disk refuses.
  @discardableResult
  package func change<R>(
    by author: String = Surroundings.userName, at time: WallTime = .now,
    _ body: (inout KeystoreChange) throws(KeystoreError) -> R
  ) throws(KeystoreError) -> R {
    try FieldRules.check("the name of who deploys", author, limit: ArtifactLimits.fieldCharacters, lineEnds: false)
    return try withLockedState { (base, folder) throws(KeystoreError) in
      var change = KeystoreChange(of: base, author: author, time: time)
      let result = try body(&change)
      guard change.isChanged else { return result }
      var header = base.header
      header.generation = change.generation
      let bytes = KeystoreFile.render(header: header, lines: change.sortedLines(), keys: base.keys)
      try write(bytes, keys: base.keys, previous: .keep, in: folder)
      return result
    }
  }

  /// Holds the lock, and reads the keystore again if it was changed.
  func withLockedState<R>(
    _ body: (KeystoreState, borrowing Folder) throws(KeystoreError) -> R
  ) throws(KeystoreError) -> R {
    let location = location
    let folder = try onDisk { () throws(SystemError) -> Folder in
      try Folder(opening: location.folder, privacy: .ownerOnly)
    }
    let lock = try onDisk { () throws(SystemError) -> FileLock in
      try folder.lock(KeystoreFile.lockName, deadline: .after(location.lockTimeout))
    }
    defer { withExtendedLifetime(lock) {} }
    try refresh()
    // Nobody else writes now: what a killed writer left behind holds old secrets, and goes.
    try Self.removeAbandoned(in: folder)
    anchor.removeAbandoned()
    return try body(state, folder)
  }

  /// Removes what killed writers left. Only under the lock.
  static func removeAbandoned(in folder: borrowing Folder) throws(KeystoreError) {
    do throws(SystemError) {
      for name in [KeystoreFile.name, KeystoreFile.previousName] { try folder.removeAbandoned(of: name) }
    } catch { throw KeystoreError(error) }
  }

  /// What becomes of the last good copy.
  enum PreviousCopy {
    /// The content before the change.
    case keep
    /// The new content: what an old key opens must not stay.
    case replaceByNew
  }

  /// Puts a new content in place: on disk before this returns.
  func write(
    _ bytes: [UInt8], keys: MasterKeys, previous: PreviousCopy, in folder: borrowing Folder
  ) throws(KeystoreError) {
    guard bytes.count <= KeystoreLimits.fileBytes else {
      throw KeystoreError(.full, "the keystore would be longer than \(KeystoreLimits.fileBytes) bytes")
    }
    // What is written was checked as any reader would check it.
    let file = try KeystoreFile(bytes, path: location.path)
    let fresh = try KeystoreState(file: file, keys: keys, path: location.path, identity: nil)
    do throws(SystemError) {
      switch previous {
      case .keep:
        try folder.replace(KeystoreFile.name, with: bytes, keepingOldAs: KeystoreFile.previousName)
      case .replaceByNew:
        // In this order no moment has a new keystore beside a copy that an old key opens.
        try folder.remove(KeystoreFile.previousName)
        try folder.replace(KeystoreFile.name, with: bytes)
        // The change is made: a disk that is full now only leaves no copy until the next change.
        do throws(SystemError) { try folder.replace(KeystoreFile.previousName, with: bytes) } catch {}
      }
    } catch { throw KeystoreError(error) }
    adopt(KeystoreState(fresh, identity: FileIdentity(of: location.path)))
    anchor.note(file.header.generation)
  }
}
