import Transport

/// What a channel's `tenant.tls.` keys say of TLS; the defaults are safe.
package struct MailTLSSettings: Sendable, Equatable {
  /// Which authorities a server's certificate may lead to, key `tenant.tls.trust`.
  package enum Trust: String, Sendable, CaseIterable {
    /// The system's authorities, and the certificates in the tenant keystore.
    case systemAndKeystore = "system+keystore"
    /// The certificates in the tenant keystore alone.
    case keystore
  }

  package var trust = Trust.systemAndKeystore
  /// Key `tenant.tls.minimumVersion`: 1.0, 1.1, 1.2 or 1.3.
  package var minimumVersion = TLSVersion.tls12
  /// Key `tenant.tls.maximumVersion`; nil for the newest.
  package var maximumVersion: TLSVersion?
  /// Key `tenant.tls.pins`: SHA-256 fingerprints in hexadecimal, separated by commas; 32 bytes each.
  package var pins: Set<[UInt8]> = []

  package init() {}
}
