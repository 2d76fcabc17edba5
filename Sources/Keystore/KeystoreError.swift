import Artifacts
import System
import TenantBase

/// Why the keystore does not do what it was asked. One kind per cause.
package struct KeystoreError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// There is no keystore in the folder.
    case notFound
    case alreadyExists
    /// The operating system, or the rules about private files, refused.
    case system(SystemError.Kind)
    /// Not a keystore file, or cut off.
    case malformed(line: Int)
    case unsupportedVersion(Int)
    /// No key is at hand: no key file, no credential, no passphrase.
    case keyMissing
    /// A new key file is to be made, and the user has no folder for it.
    case noKeyPlace
    /// No key fits, or the file was changed: the two cannot be told apart.
    case cannotOpen
    /// A key file that holds no key.
    case badKeyFile
    /// The system did not give the memory that the passphrase's slot asks for.
    case outOfMemory
    /// Older than a state that was seen here before.
    case rolledBack(generation: UInt64, seen: UInt64)
    case unknownEntry
    case entryHasNoSecret
    /// One entry does not open under its own name, though the file is whole.
    case entryDamaged
    case expired(WallTime)
    case badSecret(SecretRule.Fault)
    case badField(String)
    case nameTaken
    case full
    case unknownSlot
    case lastSlot
    /// A new master key must be put into this slot, and its own key is not at hand.
    case slotNotOpenable
    case tooManySlots
    /// Sealed for another tenant.
    case sealedForOtherTenant
    /// Sealed to a key that this tenant has no longer, or never had.
    case sealedToUnknownKey
    /// Sealed for another name or kind.
    case sealedForOtherArtifact
    case sealedValueDamaged
  }

  package let kind: Kind
  package let explanation: Explanation
  package let failureClass: FailureClass

  init(
    _ kind: Kind, _ summary: String, at places: [String] = [], cause: String? = nil, hints: [String] = [],
    failureClass: FailureClass = .configuration
  ) {
    self.kind = kind
    self.failureClass = failureClass
    explanation = Explanation(summary, places: places, cause: cause, hints: hints)
  }

  package init(_ error: SystemError) {
    kind = .system(error.kind)
    failureClass = error.failureClass
    explanation = error.explanation
  }
}

extension KeystoreError {
  static func notFound(_ path: String) -> KeystoreError {
    KeystoreError(
      .notFound, "there is no keystore in '\(PrintableText.escaping(path))'", hints: ["make one with: tenant init"])
  }

  /// The same for a wrong passphrase, a wrong key and a changed file.
  static func cannotOpen(_ path: String) -> KeystoreError {
    KeystoreError(
      .cannotOpen, "cannot open the keystore '\(PrintableText.escaping(path))'",
      cause: "the key or passphrase is not the right one, or the file was changed", failureClass: .refused)
  }

  static func malformed(_ path: String, line: Int) -> KeystoreError {
    KeystoreError(
      .malformed(line: line), "'\(PrintableText.escaping(path))' is no whole keystore",
      at: [SourcePlace(file: path, line: line).description],
      cause: "it was cut off, changed, or written by a newer version of tenant",
      hints: ["the last good copy lies beside it: \(KeystoreFile.previousName)"])
  }

  static func unknownEntry(_ alias: String, _ title: String) -> KeystoreError {
    KeystoreError(.unknownEntry, "\(title) '\(PrintableText.escaping(alias, limit: 200))' is not deployed")
  }

  static func badField(_ field: String, _ reason: String) -> KeystoreError {
    KeystoreError(.badField(field), "\(field) \(reason)", failureClass: .badInput)
  }
}

/// Runs file operations and turns their errors into the keystore's.
func onDisk<R: ~Copyable>(_ body: () throws(SystemError) -> R) throws(KeystoreError) -> R {
  do throws(SystemError) { return try body() } catch { throw KeystoreError(error) }
}
