import Crypto
import TenantBase

/// A deployed User Credentials artifact, as an adapter needs it.
package struct MailCredential: Sendable {
  package let name: String
  package let user: String
  package let password: SecretBox
  /// The hosts it is for, in lower case, `*` as the whole first label; empty for any host.
  package let allowedHosts: [String]
  /// `deployed 2026-11-20 09:12 by root`, for messages.
  package let origin: String
  /// Another one for another content under the same name: connections are kept for the version that logged in.
  package let version: UInt64

  /// The command that replaces the stored password, for the hint after a refused login.
  package let replacement: String?

  package init(
    name: String, user: String, password: SecretBox, allowedHosts: [String], origin: String, version: UInt64,
    replacement: String? = nil
  ) {
    self.replacement = replacement
    self.name = name
    self.user = user
    self.password = password
    self.allowedHosts = allowedHosts
    self.origin = origin
    self.version = version
  }

  /// Whether the credential may be sent to `host`: one of its patterns fits, or it has none.
  package func isAllowed(at host: String) -> Bool {
    allowedHosts.isEmpty || allowedHosts.contains { Self.matches(host.lowercased(), pattern: $0.lowercased()) }
  }

  /// `*.example.com` fits one label before `.example.com`, and nothing else.
  private static func matches(_ host: String, pattern: String) -> Bool {
    guard pattern.hasPrefix("*.") else { return host == pattern }
    guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
    return host[dot...] == pattern.dropFirst()
  }
}

/// Where adapters get credentials: the keystore, behind a port.
package protocol CredentialSource: Sendable {
  /// - Throws: an ``ExplainedError`` of class configuration when it is not deployed, with the command that deploys it.
  func mailCredential(named name: String) throws -> MailCredential
}
