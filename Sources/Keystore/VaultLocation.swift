import Artifacts
import System

/// Where a keystore lies, and what belongs to it elsewhere.
package struct VaultLocation: Sendable {
  /// The folder `keystore/` of the tenant's home; only this user may enter it.
  package var folder: String
  /// The user's own folder outside the home, for the default key file and for the last generation seen; nil when the user
  /// has no home folder.
  package var userFolder: String?
  /// How long to wait for another process that changes the keystore.
  package var lockTimeout: Duration = .seconds(10)

  package init(folder: String, userFolder: String?) {
    self.folder = folder
    self.userFolder = userFolder
  }

  /// The keystore of a tenant's home, with `$XDG_CONFIG_HOME/tenant` (else `~/.config/tenant`) beside it.
  package init(home: String) {
    folder = FilePath.join(home, "keystore")
    userFolder = Surroundings.configurationFolder.map { FilePath.join($0, "tenant") }
  }

  package var path: String { FilePath.join(folder, KeystoreFile.name) }

  /// The default key file of a store.
  package func defaultKeyFile(of storeID: StoreIdentifier) -> String? {
    userFolder.map { FilePath.join($0, "\(storeID).key") }
  }

  func generationFile(of storeID: StoreIdentifier) -> String? {
    userFolder.map { FilePath.join($0, "\(storeID).generation") }
  }

  /// Whether a keystore is there.
  ///
  /// - Throws: `.system` when the folder may not be entered: then nobody knows.
  package func hasKeystore() throws(KeystoreError) -> Bool {
    try onDisk { () throws(SystemError) in try FileStatus.exists(KeystoreFile.name, in: folder) }
  }
}
