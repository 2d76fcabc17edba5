/// The registered name of a channel binding type. `RFC 5056`'s registry may grow.
package struct ChannelBindingKind: RawRepresentable, Hashable, Sendable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  /// TLS 1.3, and TLS 1.2 with the extended master secret (RFC 9266).
  package static let tlsExporter = ChannelBindingKind(rawValue: "tls-exporter")
  /// TLS 1.2 and below (RFC 5929 section 3).
  package static let tlsUnique = ChannelBindingKind(rawValue: "tls-unique")
  /// The digest of the server's certificate (RFC 5929 section 4).
  package static let tlsServerEndPoint = ChannelBindingKind(rawValue: "tls-server-end-point")

  /// The order in which they are taken: the connection itself, then the server's certificate.
  ///
  /// tls-unique, which TLS 1.3 does not have, stays the default up to TLS 1.2; tls-exporter is the default above that
  /// alone (RFC 9266), and servers that speak TLS 1.2 rarely know it.
  package static let preferred = [tlsUnique, tlsExporter, tlsServerEndPoint]
}

/// What the client says about channel binding in the GS2 header (RFC 5802 section 6).
package enum ChannelBinding: Sendable, Equatable {
  /// `n`: we have no binding data, because there is no TLS.
  case notSupported
  /// `y`: we could bind but the server does not offer it. A server that does offer it sees that somebody removed its
  /// -PLUS mechanism on the way.
  case notOffered
  /// `p=kind`: the exchange is bound to `data`.
  case bound(kind: ChannelBindingKind, data: [UInt8])

  /// The first part of the GS2 header.
  var flag: [UInt8] {
    switch self {
    case .notSupported: Array("n".utf8)
    case .notOffered: Array("y".utf8)
    case .bound(let kind, _): Array("p=\(kind.rawValue)".utf8)
    }
  }

  var data: [UInt8] {
    switch self {
    case .notSupported, .notOffered: []
    case .bound(_, let data): data
    }
  }

  var isBound: Bool {
    switch self {
    case .notSupported, .notOffered: false
    case .bound: true
    }
  }
}
