import TenantBase

/// Why a connection could not be made, or ended.
package struct StreamError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// No address for the name.
    case unknownHost
    /// Every address refused or did not answer.
    case connectionRefused
    case networkUnreachable
    /// The deadline of a connection attempt, a read or a write passed.
    case timedOut
    /// The peer closed or reset the connection.
    case closedByPeer
    /// TLS ended without close_notify: what was read may be incomplete.
    case truncated
    /// The handshake failed for another reason than the certificate: no common version, plain text instead of TLS.
    case tlsFailed
    /// The certificate is not trusted, expired, or for another name.
    case certificateRefused
    case cancelled
    /// The stream is already closed on our side.
    case closed
    /// A proxy or the operating system refused.
    case systemRefused
  }

  package let kind: Kind
  /// `host:port` as the flow names it.
  package let peer: String
  /// The operating system's or OpenSSL's own words, without a secret.
  package let detail: String?
  /// What may mend it.
  package let hints: [String]

  package init(_ kind: Kind, peer: String, detail: String? = nil, hints: [String] = []) {
    self.kind = kind
    self.peer = peer
    self.detail = detail
    self.hints = hints
  }

  package var failureClass: FailureClass {
    switch kind {
    case .unknownHost, .connectionRefused, .networkUnreachable: .unreachable
    case .timedOut, .closedByPeer, .truncated, .closed, .cancelled: .temporary
    case .tlsFailed, .certificateRefused, .systemRefused: .refused
    }
  }

  package var explanation: Explanation {
    let summary =
      switch kind {
      case .unknownHost: "cannot find the host of \(peer)"
      case .connectionRefused: "cannot connect to \(peer)"
      case .networkUnreachable: "cannot reach \(peer)"
      case .timedOut: "\(peer) did not answer in time"
      case .closedByPeer: "\(peer) closed the connection"
      case .truncated: "\(peer) cut the TLS connection off without ending it"
      case .tlsFailed: "TLS with \(peer) failed"
      case .certificateRefused: "the certificate of \(peer) is refused"
      case .cancelled: "the connection to \(peer) was given up"
      case .closed: "the connection to \(peer) is already closed"
      case .systemRefused: "the system refused the connection to \(peer)"
      }
    return Explanation(summary, cause: detail, hints: hints.isEmpty ? usualHints : hints)
  }

  /// What helps in most cases, where nothing better is known.
  private var usualHints: [String] {
    switch kind {
    case .unknownHost:
      let host = peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
      return ["see whether this machine knows the name: getent hosts \(ShellText.quoted(host)); else mend the Address"]
    case .connectionRefused:
      return [
        "see whether the port is right (587 or 465 to send, 993 for IMAP), the server runs, and no firewall stands between"
      ]
    case .networkUnreachable: return ["see whether this machine has a route there: ip route get ADDRESS"]
    case .timedOut, .closedByPeer, .truncated, .tlsFailed, .certificateRefused, .cancelled, .closed, .systemRefused:
      return []
    }
  }
}
