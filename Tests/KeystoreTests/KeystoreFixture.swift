import Artifacts
import Crypto
import Foundation
import System
import Testing

@testable import Keystore

/// A tenant's home and a user's own folder for one test, removed at the end.
final class KeystoreFixture: Sendable {
  let root: String
  let location: VaultLocation

  init() throws {
    root = NSTemporaryDirectory() + "tenant-keystore-" + RandomIdentifier.hex(byteCount: 8)
    try Folder.create(root)
    location = VaultLocation(folder: root + "/keystore", userFolder: root + "/user")
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func create(_ slot: NewKeySlot = .keyFile(path: nil)) throws -> Vault {
    try Vault.create(at: location, slot: slot).vault
  }

  func open(_ keys: KeySources = KeySources()) throws -> Vault { try Vault.open(at: location, keys: keys) }

  /// Why opening fails; nil when it does not.
  func refusal(_ keys: KeySources = KeySources(), acceptRollback: Bool = false) -> KeystoreError? {
    do throws(KeystoreError) {
      let vault = try Vault.open(at: location, keys: keys, acceptRollback: acceptRollback)
      // A lookup that fails is a refusal too: everything is read.
      for entry in try vault.entries() where entry.artifact != nil {
        _ = try vault.secret(ofArtifact: entry.alias.text)
      }
      return nil
    } catch { return error }
  }

  var bytes: [UInt8] {
    get throws { try FileContents.read(location.path, limit: 1 << 26) }
  }

  func replace(_ bytes: [UInt8]) throws { try FileContents.replace(location.path, with: bytes) }

  func file(_ name: String) -> String { location.folder + "/" + name }
}

/// A password that stands for itself in these tests; secrets of real use never stand in a `String`.
func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

func text(_ secret: borrowing SecretBytes) -> String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }

/// - Precondition: the text is a name.
func alias(_ text: String) -> ArtifactName {
  guard let name = try? ArtifactName(text) else { preconditionFailure("a test's name is no name") }
  return name
}

func credentials(_ name: String, user: String = "orders@example.com") -> Artifact {
  .userCredentials(UserCredentials(name: alias(name), user: user))
}

extension Vault {
  func deploy(_ artifact: Artifact, _ password: String) throws {
    let secret = SecretBox(KeystoreTests.secret(password))
    try change(by: "tester") { (change) throws(KeystoreError) in
      try change.deploy(artifact, secret: secret.bytes)
    }
  }

  func password(_ name: String) throws -> String { text(try secret(ofArtifact: name)) }
}

func passphrase(_ words: String) -> KeySources {
  KeySources(passphrase: { _ in SecretBox(secret(words)) })
}
