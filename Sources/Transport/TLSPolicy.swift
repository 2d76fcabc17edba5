import Certificates

package enum TLSVersion: Int32, Sendable, Comparable, CaseIterable {
  case tls10 = 0x0301
  case tls11 = 0x0302
  case tls12 = 0x0303
  case tls13 = 0x0304

  /// `TLS 1.2`.
  package var text: String { "TLS 1.\(rawValue - 0x0301)" }

  package static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.rawValue < right.rawValue }
}

/// What a TLS connection must meet before a byte of ours goes over it.
package struct TLSPolicy: Sendable, Hashable {
  /// Below 1.2 only where a channel says so; it lowers OpenSSL's security level too, for this connection alone.
  package var minimumVersion: TLSVersion
  /// Nil for the newest there is.
  package var maximumVersion: TLSVersion?
  package var trust: TrustStore
  /// SHA-256 fingerprints of certificates, 32 bytes each: when there are any, one of the verified chain must be among
  /// them, besides everything else.
  package var pinnedSHA256: Set<[UInt8]>

  package init(
    trust: TrustStore, minimumVersion: TLSVersion = .tls12, maximumVersion: TLSVersion? = nil,
    pinnedSHA256: Set<[UInt8]> = []
  ) {
    self.trust = trust
    self.minimumVersion = minimumVersion
    self.maximumVersion = maximumVersion
    self.pinnedSHA256 = pinnedSHA256
  }
}
