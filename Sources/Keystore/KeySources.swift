import Artifacts
import Crypto
import System
import TenantBase

/// Where the keys to a keystore come from. Key files and credentials are tried first, a passphrase is asked for last.
package struct KeySources: Sendable {
  /// A key file that a person named; it is tried instead of those that the slots name.
  package var keyFile: String?
  /// The service manager's folder of credentials.
  package var credentialsFolder: String?
  /// Asks for the passphrase of a slot; nil where nobody can be asked.
  package var passphrase: (@Sendable (KeySlot) throws(KeystoreError) -> SecretBox)?

  package init(
    keyFile: String? = nil, credentialsFolder: String? = nil,
    passphrase: (@Sendable (KeySlot) throws(KeystoreError) -> SecretBox)? = nil
  ) {
    self.keyFile = keyFile
    self.credentialsFolder = credentialsFolder
    self.passphrase = passphrase
  }

  /// What the surroundings have: key files, and `$CREDENTIALS_DIRECTORY`.
  package static var standard: KeySources { KeySources(credentialsFolder: Surroundings.credentialsFolder) }
}

extension KeySources {
  /// Opens the first slot for which a key is at hand.
  ///
  /// - Throws: `.keyMissing` when there is none; `.cannotOpen` when none fits.
  func unlock(_ header: KeystoreHeader, at location: VaultLocation) throws(KeystoreError) -> SecretBytes {
    var lookedFor: [String] = []
    var hadKey = false
    let files = header.slots.filter { !$0.method.isPassphrase }
    for slot in files + header.slots.filter({ $0.method.isPassphrase }) {
      guard let key = try key(for: slot, storeID: header.storeID, at: location) else {
        lookedFor.append(description(of: slot, storeID: header.storeID, at: location))
        continue
      }
      hadKey = true
      if let master = slot.unwrap(with: key, storeID: header.storeID) { return master }
    }
    if hadKey { throw .cannotOpen(location.path) }
    throw KeystoreError(
      .keyMissing, "no key for the keystore '\(PrintableText.escaping(location.path))' is at hand",
      cause: "looked for: " + lookedFor.joined(separator: "; "),
      hints: ["put the key file back, or run it on a terminal when there is a passphrase"])
  }

  /// The key of a slot, not yet tried; nil when it is not at hand.
  func key(
    for slot: KeySlot, storeID: StoreIdentifier, at location: VaultLocation
  ) throws(KeystoreError) -> SecretBytes? {
    switch slot.method {
    case .keyFile(let path):
      guard let file = keyFile ?? path ?? location.defaultKeyFile(of: storeID) else { return nil }
      return try KeyFile.read(file, access: .ownerOnly)
    case .systemdCredential(let name):
      guard let credentialsFolder else { return nil }
      return try KeyFile.read(FilePath.join(credentialsFolder, name), access: .credential)
    case .passphrase(let salt, let cost):
      guard let passphrase else { return nil }
      let words = try passphrase(slot)
      return try Self.key(passphrase: words.bytes, salt: salt, cost: cost)
    }
  }

  static func key(
    passphrase: borrowing SecretBytes, salt: [UInt8], cost: Argon2id.Cost
  ) throws(KeystoreError) -> SecretBytes {
    guard let key = Argon2id.key(passphrase: passphrase, salt: salt, cost: cost) else {
      throw KeystoreError(
        .outOfMemory, "the system does not give the \(cost.memoryBytes >> 20) MiB that opening by passphrase needs",
        hints: ["add a key file where there is more memory: tenant keystore add-key --key-file FILE"],
        failureClass: .temporary)
    }
    return key
  }

  private func description(of slot: KeySlot, storeID: StoreIdentifier, at location: VaultLocation) -> String {
    switch slot.method {
    case .keyFile(let path):
      let file = keyFile ?? path ?? location.defaultKeyFile(of: storeID)
      return file.map { "key file '\(PrintableText.escaping($0))'" } ?? "a key file (this user has no home folder)"
    case .systemdCredential(let name): return "systemd credential '\(name)'"
    case .passphrase: return "a passphrase (nobody could be asked)"
    }
  }
}

/// How a new key slot gets its key.
package enum NewKeySlot: Sendable {
  /// A key file: an existing one is used as it is, a missing one is made. nil is the default place outside the home.
  case keyFile(path: String?)
  case passphrase(SecretBox, cost: Argon2id.Cost = .moderate)
  /// A credential of the service manager, whose content is now in `keyFile` (made when it is missing).
  case systemdCredential(keyFile: String)
}

extension NewKeySlot {
  /// Looks whether the key file can be read or made, before anything else is made for a new keystore. Folders that are
  /// missing for it are made.
  ///
  /// - Throws: `.noKeyPlace` when there is no place for it; `.badKeyFile`; `.system`.
  package func verifyPlace(at location: VaultLocation) throws(KeystoreError) {
    let folder: String
    switch self {
    case .passphrase: return
    case .keyFile(nil):
      guard let userFolder = location.userFolder else { throw Self.noPlace }
      folder = userFolder
    case .keyFile(let path?), .systemdCredential(let path):
      let key = try KeyFile.read(path, access: .ownerOnly)
      guard key == nil else { return }
      folder = FilePath.split(path).parent
    }
    try onDisk { () throws(SystemError) in
      try Folder.create(folder)
      try Folder.verifyWritable(folder)
    }
  }

  private static var noPlace: KeystoreError {
    KeystoreError(
      .noKeyPlace, "there is no place for the key file",
      cause: "this user has no home folder, and XDG_CONFIG_HOME is not set")
  }

  /// A slot, and the path of a key file that was made for it.
  struct Made {
    let slot: KeySlot
    let createdFile: String?
  }

  /// Wraps the master key in a new slot.
  func makeSlot(
    for master: borrowing SecretBytes, storeID: StoreIdentifier, at location: VaultLocation
  ) throws(KeystoreError) -> Made {
    let file = try keyFilePath(storeID: storeID, at: location)
    let isNewFile = file.map { !FileStatus.exists($0) } ?? false
    let method = method
    let key = try makeKey(file: file, method: method)
    let slot = KeySlot.wrapping(
      master, with: key, id: RandomIdentifier.hex(byteCount: KeySlot.idBytes), method: method,
      created: WallTime(seconds: WallTime.now.seconds), storeID: storeID)
    return Made(slot: slot, createdFile: isNewFile ? file : nil)
  }

  private var method: KeySlot.Method {
    switch self {
    case .keyFile(let path): .keyFile(path: path.map { FilePath.join(Surroundings.currentFolder, $0) })
    case .systemdCredential: .systemdCredential(name: KeySlot.credentialName)
    case .passphrase(_, let cost):
      .passphrase(salt: RandomNonce.bytes(count: Argon2id.saltLength), cost: cost)
    }
  }

  /// nil for a passphrase.
  private func keyFilePath(storeID: StoreIdentifier, at location: VaultLocation) throws(KeystoreError) -> String? {
    switch self {
    case .keyFile(let path?), .systemdCredential(let path): return path
    case .passphrase: return nil
    case .keyFile(nil):
      guard let file = location.defaultKeyFile(of: storeID) else { throw Self.noPlace }
      return file
    }
  }

  private func makeKey(file: String?, method: KeySlot.Method) throws(KeystoreError) -> SecretBytes {
    if case .passphrase(let words, _) = self, case .passphrase(let salt, let cost) = method {
      guard !words.bytes.isEmpty else { throw KeystoreError.badField("passphrase", "is empty") }
      return try KeySources.key(passphrase: words.bytes, salt: salt, cost: cost)
    }
    guard let file else { throw Self.noPlace }
    if let key = try KeyFile.read(file, access: .ownerOnly) { return key }
    return try KeyFile.create(file)
  }
}
