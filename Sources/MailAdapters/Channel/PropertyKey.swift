/// A property of a channel: its key in the file, and its name as SAP's editor shows it.
package struct PropertyKey: Sendable, Hashable {
  package let name: String
  package let label: String

  /// - Parameter label: nil for our own keys, which no editor shows.
  init(_ name: String, _ label: String? = nil) {
    self.name = name
    self.label = label ?? name
  }

  /// What our own keys begin with.
  static let ownPrefix = "tenant."
}

/// Keys that mail channels of both directions have.
extension PropertyKey {
  static let server = PropertyKey("server", "Address")
  static let proxyType = PropertyKey("proxyType", "Proxy Type")
  static let timeout = PropertyKey("timeout", "Timeout")
  static let protection = PropertyKey("ssl", "Protection")
  static let authentication = PropertyKey("auth", "Authentication")
  static let credentialName = PropertyKey("user", "Credential Name")

  static let allowPlaintextPassword = PropertyKey("tenant.allowPlaintextPassword")
  static let authorizationID = PropertyKey("tenant.authorizationId")
  static let tlsTrust = PropertyKey("tenant.tls.trust")
  static let tlsMinimumVersion = PropertyKey("tenant.tls.minimumVersion")
  static let tlsMaximumVersion = PropertyKey("tenant.tls.maximumVersion")
  static let tlsPins = PropertyKey("tenant.tls.pins")
}
