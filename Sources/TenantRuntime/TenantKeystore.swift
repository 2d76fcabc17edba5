import Keystore

enum TenantKeystoreStandIn {}

/// Opens the keystore of a home.
package enum TenantKeystore {
  package static func openIfPresent(home: TenantHome) throws -> Vault? {
    let location = VaultLocation(home: home.path)
    return location.hasKeystore ? try Vault.open(at: location, keys: .standard) : nil
  }
}
