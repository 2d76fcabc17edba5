import MailAdapters

/// The protocols that begin in the open and turn to TLS on request.
package enum StartTLSProtocol: String, Sendable, CaseIterable {
  case smtp
  case imap
  case pop3

  /// The protocol whose STARTTLS is usual at this address's port; nil where TLS begins at once or nothing is usual.
  package static func usual(at address: ServerAddress) -> StartTLSProtocol? {
    switch address.port {
    case 25, 587, 2525: .smtp
    case 143: .imap
    case 110: .pop3
    default: nil
    }
  }

  /// Whether TLS begins at once at this address's port, whatever the protocol is.
  package static func isImplicitTLS(at address: ServerAddress) -> Bool { [465, 993, 995].contains(address.port) }
}
