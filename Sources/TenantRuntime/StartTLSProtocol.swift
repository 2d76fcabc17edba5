import MailAdapters

/// The protocols that begin in the open and turn to TLS on request.
package enum StartTLSProtocol: String, Sendable, CaseIterable {
  case smtp
  case imap
  case pop3

  /// The protocol to ask for TLS: none where TLS begins at once, whatever the protocol; else the one given, else the one
  /// that is usual at this port; nil: TLS begins at once.
  static func choice(for server: ServerAddress, given: StartTLSProtocol?) -> StartTLSProtocol? {
    switch server.port {
    case 465, 993, 995: nil
    case 25, 587, 2525: given ?? .smtp
    case 143: given ?? .imap
    case 110: given ?? .pop3
    default: given
    }
  }
}
