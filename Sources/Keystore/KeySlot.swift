import Artifacts
import Crypto
import System
import TenantBase

/// One way to open the keystore: the master key, wrapped with a key that somebody keeps elsewhere.
package struct KeySlot: Sendable, Equatable {
  package enum Method: Sendable, Equatable {
    /// A key file; nil is the default place: `<store id>.key` in the user's configuration folder.
    case keyFile(path: String?)
    case passphrase(salt: [UInt8], cost: Argon2id.Cost)
    /// A file of this name in `$CREDENTIALS_DIRECTORY`.
    case systemdCredential(name: String)

    package var title: String {
      switch self {
      case .keyFile: "key file"
      case .passphrase: "passphrase"
      case .systemdCredential: "systemd credential"
      }
    }

    var isPassphrase: Bool {
      if case .passphrase = self { return true }
      return false
    }

    /// The number of the subkey that wraps the master key.
    fileprivate var subkeyNumber: UInt64 {
      switch self {
      case .keyFile: 1
      case .systemdCredential: 2
      case .passphrase: 3
      }
    }
  }

  /// 8 hexadecimal digits, by which a person names the slot.
  package let id: String
  package let method: Method
  package let created: WallTime
  let wrapped: AuthenticatedCipher.Sealed

  static let idBytes = 4
  static let credentialName = "tenant-keystore-key"

  /// Wraps `master` with `key`: what the key file holds, or what Argon2id made of the passphrase.
  static func wrapping(
    _ master: borrowing SecretBytes, with key: borrowing SecretBytes, id: String, method: Method, created: WallTime,
    storeID: StoreIdentifier
  ) -> KeySlot {
    let wrapped = AuthenticatedCipher.seal(
      master, key: Subkey.derive(method.subkeyNumber, context: "tks-slot", from: key),
      associatedData: associatedData(id: id, method: method, created: created, storeID: storeID))
    return KeySlot(id: id, method: method, created: created, wrapped: wrapped)
  }

  /// - Returns: the master key, or nil when the key is not the right one or the slot was changed.
  func unwrap(with key: borrowing SecretBytes, storeID: StoreIdentifier) -> SecretBytes? {
    guard key.count == Subkey.masterKeyLength else { return nil }
    let data = Self.associatedData(id: id, method: method, created: created, storeID: storeID)
    guard
      let master = AuthenticatedCipher.open(
        wrapped, key: Subkey.derive(method.subkeyNumber, context: "tks-slot", from: key), associatedData: data),
      master.count == Subkey.masterKeyLength
    else { return nil }
    return consume master
  }

  /// Everything that the slot says of itself, as it is written.
  private static func associatedData(
    id: String, method: Method, created: WallTime, storeID: StoreIdentifier
  ) -> [UInt8] {
    var line = LineWriter()
    writeClearPart(id: id, method: method, created: created, to: &line)
    return LengthPrefixed.encode([Array("tks1-slot".utf8), storeID.bytes, line.bytes])
  }
}

// MARK: The slot's object in the header line.

extension KeySlot {
  func write(to line: inout LineWriter) {
    Self.writeClearPart(id: id, method: method, created: created, to: &line)
    line.raw(",\"nonce\":")
    line.base64(wrapped.nonce)
    line.raw(",\"key\":")
    line.base64(wrapped.ciphertext)
    line.raw("}")
  }

  private static func writeClearPart(id: String, method: Method, created: WallTime, to line: inout LineWriter) {
    line.raw("{\"id\":")
    line.string(id)
    line.raw(",\"created\":")
    line.time(created)
    switch method {
    case .keyFile(let path):
      line.raw(",\"type\":\"key-file\",\"path\":")
      line.string(path ?? "")
    case .passphrase(let salt, let cost):
      line.raw(",\"type\":\"passphrase\",\"kdf\":\"argon2id13\",\"passes\":")
      line.number(UInt64(clamping: cost.passes))
      line.raw(",\"memory\":")
      line.number(UInt64(clamping: cost.memoryBytes))
      line.raw(",\"salt\":")
      line.base64(salt)
    case .systemdCredential(let name):
      line.raw(",\"type\":\"systemd-credential\",\"name\":")
      line.string(name)
    }
  }

  init(from line: inout LineReader) throws(LineReader.Fault) {
    try line.expect("{\"id\":")
    id = Hexadecimal.encode(try line.hexadecimal(count: Self.idBytes)).utf8Text
    try line.expect(",\"created\":")
    created = try line.time()
    try line.expect(",\"type\":")
    method = try Self.readMethod(from: &line)
    try line.expect(",\"nonce\":")
    let nonce = try line.base64(count: AuthenticatedCipher.nonceLength)
    try line.expect(",\"key\":")
    let key = try line.base64(count: Subkey.masterKeyLength + AuthenticatedCipher.tagLength)
    try line.expect("}")
    wrapped = AuthenticatedCipher.Sealed(nonce: nonce, ciphertext: key)
  }

  private static func readMethod(from line: inout LineReader) throws(LineReader.Fault) -> Method {
    if line.skip("\"key-file\",\"path\":") {
      let path = try line.string(limit: KeystoreLimits.pathBytes)
      guard path.isEmpty || path.hasPrefix("/") else { throw LineReader.Fault(offset: line.offset) }
      return .keyFile(path: path.isEmpty ? nil : path)
    }
    if line.skip("\"passphrase\",\"kdf\":\"argon2id13\",\"passes\":") {
      let passes = try line.number()
      try line.expect(",\"memory\":")
      let memory = try line.number()
      guard let cost = Argon2id.Cost(passes: Int(clamping: passes), memoryBytes: Int(clamping: memory)) else {
        throw LineReader.Fault(offset: line.offset)
      }
      try line.expect(",\"salt\":")
      return .passphrase(salt: try line.base64(count: Argon2id.saltLength), cost: cost)
    }
    try line.expect("\"systemd-credential\",\"name\":\"tenant-keystore-key\"")
    return .systemdCredential(name: credentialName)
  }
}
