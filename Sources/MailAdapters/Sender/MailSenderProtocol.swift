/// How a sender fetches mails.
package enum MailSenderProtocol: String, Sendable {
  case imap = "IMAP"
  case pop3 = "POP3"

  /// - Parameter name: as channels write it; `IMAP4` is IMAP.
  init?(_ name: String) {
    switch name.uppercased() {
    case "IMAP", "IMAP4": self = .imap
    case "POP3": self = .pop3
    default: return nil
    }
  }

  var implicitTLSPort: UInt16 { self == .imap ? 993 : 995 }
  var plainPort: UInt16 { self == .imap ? 143 : 110 }
  /// The value of Protection for TLS from the first byte.
  var implicitTLSName: String { self == .imap ? "imaps" : "pop3s" }
}
