import Keystore
import System
import TenantBase

/// The keystore of a tenant's home, opened the same way by every command.
package enum TenantKeystore {
  package static func location(of home: TenantHome) -> VaultLocation {
    var location = VaultLocation(home: home.path)
    location.folder = home.keystoreFolder
    return location
  }

  /// Opens the keystore with the key that is at hand: key file, systemd credential, and a passphrase last.
  ///
  /// - Parameters:
  ///   - keys: where keys come from; commands that can ask for a passphrase say so here.
  ///   - acceptRollback: an old copy that was put back on purpose is opened.
  /// - Throws: `KeystoreError`; that there is none yet names the folder and `tenant init` with the same home.
  package static func open(
    home: TenantHome, keys: KeySources = .standard, acceptRollback: Bool = false
  ) throws(TenantKeystoreError) -> Vault {
    do throws(KeystoreError) {
      return try Vault.open(at: location(of: home), keys: keys, acceptRollback: acceptRollback)
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
  }
}

/// A keystore that does not open, told with commands that work for this home.
package struct TenantKeystoreError: ExplainedError {
  package let underlying: KeystoreError
  package let explanation: Explanation

  package var kind: KeystoreError.Kind { underlying.kind }
  package var failureClass: FailureClass { underlying.failureClass }

  init(_ error: KeystoreError, home: TenantHome) {
    underlying = error
    var explanation = error.explanation
    switch error.kind {
    case .notFound:
      explanation.summary = "there is no keystore in '\(PrintableText.escaping(home.keystoreFolder))'"
      explanation.hints = [
        "make the tenant home with: tenant\(home.hintOption) init",
        "or name the home: --home DIR, or the variable TENANT_HOME",
      ]
    case .keyMissing:
      explanation.hints = [
        "put the key file back where it was, or run the command on a terminal when the keystore has a passphrase"
      ]
    default: break
    }
    self.explanation = explanation
  }
}
