/// How a connection gets its TLS.
package enum TLSRequirement: Sendable, Equatable {
  /// TLS from the first byte.
  case implicitTLS
  /// The protocol's STARTTLS, or no connection at all.
  case startTLSRequired
  /// STARTTLS where the server offers it, else plain text: a passive listener sees everything, an active one can
  /// force it. No readable password is sent that way.
  case startTLSIfOffered
  /// Never.
  case off

  /// Whether anything beyond the protocol's opening may be sent without TLS.
  package var allowsPlaintext: Bool {
    switch self {
    case .implicitTLS, .startTLSRequired: false
    case .startTLSIfOffered, .off: true
    }
  }
}
