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
    let storeID = StoreIdentifier.random()
    let keys = MasterKeys.random()
    let made = try newSlot.makeSlot(for: keys.master, storeID: storeID, at: location)
    do throws(KeystoreError) {
      let state = try writeFirst(storeID: storeID, slot: made.slot, keys: keys, in: folder, at: location)
      return Created(
        vault: Vault(location: location, sources: sources(for: newSlot), state: state), keyFile: made.createdFile)
    } catch {
      // A key file for a keystore that does not exist would only confuse.
      if let file = made.createdFile { _ = try? removeFile(file) }
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

  static func removeFile(_ path: String) throws(SystemError) {
    let (parent, name) = FilePath.split(path)
    try Folder(opening: parent).remove(name)
  }
}
