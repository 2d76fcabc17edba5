import Artifacts
import Crypto

/// The master key and what is derived from it. Everything here is wiped when the last user is gone.
final class MasterKeys: Sendable {
  /// 32 random bytes.
  let master: SecretBytes
  /// Encrypts the entries.
  let entries: SecretBytes
  /// Authenticates the file.
  let authentication: SecretBytes
  /// The seed of the sealing key pair.
  let sealingSeed: SecretBytes

  /// - Precondition: the master key has 32 bytes.
  init(master: consuming SecretBytes) {
    entries = Subkey.derive(1, context: "tks-v001", from: master)
    authentication = Subkey.derive(2, context: "tks-v001", from: master)
    sealingSeed = Subkey.derive(3, context: "tks-v001", from: master)
    self.master = master
  }

  static func random() -> MasterKeys { MasterKeys(master: .random(count: Subkey.masterKeyLength)) }

  var sealingPublicKey: [UInt8] { SealedBox.publicKey(fromSeed: sealingSeed) }
}
