import Artifacts
import Crypto
import System
import TenantBase

extension Vault {
  /// What was made, for the message to the user.
  package struct Created: Sendable {
    package let vault: Vault
    /// The key file that was made; nil for a passphrase or an existing key file.
    package let keyFile: String?
  }

  /// Makes a keystore with one key slot. The folder is made when it is missing, and taken from group and others.
  ///
  /// - Throws: `.alreadyExists` when there is one.
  package static func create(at location: VaultLocation, slot newSlot: NewKeySlot) throws(KeystoreError) -> Created {
    try onDisk { () throws(SystemError) in
      try Folder.create(location.folder)
      try Folder.makePrivate(location.folder)
    }
    let folder = try onDisk { () throws(SystemError) -> Folder in
      try Folder(opening: location.folder, privacy: .ownerOnly)
    }
    let lock = try onDisk { () throws(SystemError) -> FileLock in
      try folder.lock(KeystoreFile.lockName, deadline: .after(location.lockTimeout))
    }
    defer { withExtendedLifetime(lock) {} }
    guard !folder.contains(KeystoreFile.name) else {
      throw KeystoreError(
        .alreadyExists, "there is a keystore in '\(PrintableText.escaping(location.folder))' already")
    }
    // What a killed process left of a keystore that never came to be.
    try removeAbandoned(in: folder)
    let storeID = StoreIdentifier.random()
    let keys = MasterKeys.random()
    let made = try newSlot.makeSlot(for: keys.master, storeID: storeID, at: location)
    do throws(KeystoreError) {
      let state = try writeFirst(storeID: storeID, slot: made.slot, keys: keys, in: folder, at: location)
      return Created(
        vault: Vault(location: location, sources: sources(for: newSlot), state: state), keyFile: made.createdFile)
    } catch {
      withdraw(made, from: folder)
      throw error
    }
  }

  private static func writeFirst(
    storeID: StoreIdentifier, slot: KeySlot, keys: MasterKeys, in folder: borrowing Folder, at location: VaultLocation
  ) throws(KeystoreError) -> KeystoreState {
    guard let sealingKey = SealingKey(storeID: storeID, publicKey: keys.sealingPublicKey) else {
      throw .cannotOpen(location.path)
    }
    let header = KeystoreHeader(storeID: storeID, generation: 1, sealingKey: sealingKey, slots: [slot])
    let bytes = KeystoreFile.render(header: header, lines: [], keys: keys)
    do throws(SystemError) { try folder.replace(KeystoreFile.name, with: bytes) } catch { throw KeystoreError(error) }
    let identity = FileIdentity(of: location.path)
    GenerationAnchor(path: location.generationFile(of: storeID)).note(1)
    return try KeystoreState(
      file: KeystoreFile(bytes, path: location.path), keys: keys, path: location.path, identity: identity)
  }

  /// How the new vault finds its key again when another process changes the master key.
  private static func sources(for slot: NewKeySlot) -> KeySources {
    switch slot {
    case .keyFile(let path): KeySources(keyFile: path)
    case .systemdCredential, .passphrase: .standard
    }
  }

  /// Removes a key file that was made for a change that failed: it would only confuse.
  ///
  /// It stays where the keystore in place names its slot all the same, as after a failed fsync of the folder, and where
  /// that cannot be read: then it may be the only key.
  static func withdraw(_ made: NewKeySlot.Made, from folder: borrowing Folder) {
    guard let path = made.createdFile else { return }
    do throws(SystemError) {
      let bytes = try folder.read(KeystoreFile.name, limit: KeystoreLimits.fileBytes, access: .ownerOnly)
      guard let file = try? KeystoreFile(bytes, path: KeystoreFile.name),
        !file.header.slots.contains(where: { $0.id == made.slot.id })
      else { return }
    } catch {
      guard error.kind == .notFound else { return }
    }
    let (parent, name) = FilePath.split(path)
    _ = try? Folder(opening: parent).remove(name)
  }
}
