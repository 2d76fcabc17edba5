import Keystore
import System
import TenantBase

/// Makes a tenant home: its folders and its keystore.
package struct HomeCreation: Sendable {
  /// What was done, for the message to the user.
  package struct Outcome: Sendable {
    package let vault: Vault
    /// Names of the folders that were made; the others were there.
    package let madeFolders: [String]
    package let foundFolders: [String]
    /// `keystore/` was open to group or others, and is not any more.
    package let tightenedKeystore: Bool
    /// The key file that was made; nil for a passphrase or an existing key file.
    package let keyFile: String?
  }

  private static let folders = [("artifacts", 0o755), ("iflows", 0o755), ("keystore", 0o700), ("data", 0o700)]

  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  /// Whether the home has a keystore: then it is a home already.
  ///
  /// - Throws: when only a copy of a lost keystore is there, or that cannot be seen.
  package func isDone() throws -> Bool { try TenantKeystore.isPresent(in: home) }

  /// - Throws: when a keystore is there, or what is left of one.
  package func make(slot: NewKeySlot) throws -> Outcome {
    _ = try TenantKeystore.isPresent(in: home)
    let location = TenantKeystore.location(of: home)
    // Before the first folder: what fails here leaves no half of a home behind.
    do throws(KeystoreError) { try slot.verifyPlace(at: location) } catch { throw refusal(of: slot, error) }
    let modeBefore = FileStatus.mode(of: home.keystoreFolder)
    var made: [String] = []
    for (name, mode) in Self.folders
    where try Folder.create(home.inside(name), mode: UInt32(mode)) { made.append(name) }
    let created: Vault.Created
    do {
      created = try Vault.create(at: location, slot: slot)
    } catch {
      throw TenantKeystoreError.telling(error, home: home)
    }
    return Outcome(
      vault: created.vault, madeFolders: made, foundFolders: Self.folders.map(\.0).filter { !made.contains($0) },
      tightenedKeystore: modeBefore.map { $0 & 0o077 != 0 } ?? false, keyFile: created.keyFile)
  }

  /// Whoever named no key file learns that one can be named.
  private func refusal(of slot: NewKeySlot, _ error: KeystoreError) -> any Error {
    guard case .keyFile(nil) = slot else { return TenantKeystoreError(error, home: home) }
    var explanation = error.explanation
    explanation.hints += [
      "name a place outside the tenant's home: tenant\(home.hintOption) init --key-file FILE",
      "or take a passphrase: tenant\(home.hintOption) init --passphrase",
    ]
    return HomeError(error.failureClass, explanation)
  }
}

/// Why something cannot be done in a tenant home.
package struct HomeError: ExplainedError {
  package let failureClass: FailureClass
  package let explanation: Explanation

  package init(_ failureClass: FailureClass, _ explanation: Explanation) {
    self.failureClass = failureClass
    self.explanation = explanation
  }
}
