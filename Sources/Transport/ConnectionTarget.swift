import TenantBase

/// What protects a connection from its first byte on.
package enum ConnectionSecurity: Sendable, Hashable {
  /// TLS at once: smtps, imaps, pop3s.
  case implicitTLS
  /// Plaintext until the protocol upgrades it by `startTLS`.
  case startTLS
  case plaintext
}

/// Where to connect and what to insist on: the whole of it is the key under which connections are pooled.
package struct ConnectionTarget: Sendable, Hashable {
  package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }

    /// `host:port`, an IPv6 address in brackets.
    package var description: String {
      let name = PrintableText.escaping(host, limit: 255)
      return host.contains(":") && !host.hasPrefix("[") ? "[\(name)]:\(port)" : "\(name):\(port)"
    }
  }

  /// As the flow names it: for SNI, the certificate's check and messages.
  package var endpoint: Endpoint
  /// Sends the TCP connection elsewhere; name, SNI and check stay those of ``endpoint``.
  package var connectTo: Endpoint?
  package var security: ConnectionSecurity
  package var tls: TLSPolicy

  package init(
    host: String, port: UInt16, security: ConnectionSecurity, tls: TLSPolicy, connectTo: Endpoint? = nil
  ) {
    endpoint = Endpoint(host: host, port: port)
    self.connectTo = connectTo
    self.security = security
    self.tls = tls
  }

  package var host: String { endpoint.host }
  package var port: UInt16 { endpoint.port }
  /// `host:port` for messages.
  package var name: String { endpoint.description }
}

/// The name that the peer's certificate must bear (RFC 9525): never the one the connection was sent to.
struct PeerIdentity: Hashable {
  /// Without a trailing dot; an address without brackets.
  let name: String
  let isAddress: Bool

  /// Nil when the host is no name that DNS or a certificate could hold.
  init?(host: String) {
    if SocketAddress.literal(host, port: 0) != nil {
      name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
      isAddress = true
      return
    }
    let trimmed = host.hasSuffix(".") ? String(host.dropLast()) : host
    guard (1...253).contains(trimmed.utf8.count), trimmed.utf8.allSatisfy(ASCII.isVisible) else { return nil }
    name = trimmed
    isAddress = false
  }
}
