import TenantBase

/// A server as a person types it: `smtp.example.com:587`, `[2001:db8::1]:465`.
package struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
  /// The protocols that begin in the open and turn to TLS on request.
  package enum StartTLSProtocol: String, Sendable, CaseIterable {
    case smtp
    case imap
    case pop3
  }

  /// Without brackets.
  package let host: String
  package let port: UInt16

  /// nil when there is no host, or no port from 1 to 65535.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      return nil
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil  // an IPv6 address without brackets: where does it end?
    }
    guard !host.isEmpty, host.utf8.allSatisfy(ASCII.isVisible) else { return nil }
    self.host = host
    self.port = port
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The protocol whose STARTTLS is usual at this port; nil where TLS begins at once or nothing is usual.
  package var usualStartTLS: StartTLSProtocol? {
    switch port {
    case 25, 587, 2525: .smtp
    case 143: .imap
    case 110: .pop3
    default: nil
    }
  }

  /// Whether TLS begins at once at this port, whatever the protocol is.
  package var hasImplicitTLS: Bool { [465, 993, 995].contains(port) }
}
