import Crypto
import TenantBase

/// A connection as protocol code sees it: bytes in, bytes out, TLS on request. Never a socket.
///
/// Not sendable: the session actor that owns it runs on the connection's own executor, and nothing else touches it.
/// Each method ends by its deadline. Cancelling the task closes the stream. After any error but `.timedOut` on a read,
/// the stream is closed.
package protocol ByteStream: AnyObject {
  /// Appends at least one and at most `limit` bytes to `buffer`, waiting for the first one.
  ///
  /// - Returns: the number of bytes appended; 0 at a proper end (in TLS after close_notify).
  /// - Throws: `StreamError`; `.truncated` when a TLS connection ends without close_notify.
  func read(into buffer: inout [UInt8], atMost limit: Int, deadline: Deadline)
    async throws(StreamError) -> Int

  /// Writes all of `bytes`.
  func write(_ bytes: [UInt8], deadline: Deadline) async throws(StreamError)

  /// Writes all of a secret; no copy of it stays behind in ordinary memory, and a transcript prints `<secret>`.
  func write(secret: borrowing SecretBytes, deadline: Deadline) async throws(StreamError)

  /// Upgrades to TLS under the policy that the stream was opened with, and verifies the peer.
  ///
  /// The caller has made sure that no byte read so far is unread: bytes before the handshake are an injection.
  func startTLS(deadline: Deadline) async throws(StreamError)

  /// What protects the connection now.
  var security: StreamSecurity { get }

  /// The channel binding data of the TLS connection for SASL; nil when there is none of that kind.
  func channelBinding(_ kind: ChannelBindingKind) -> [UInt8]?

  /// `host:port` as the flow names it, for messages.
  var peerName: String { get }

  /// Closes at once, with close_notify where TLS is up. Closing twice is harmless.
  func close()
}

/// What protects a stream.
package enum StreamSecurity: Sendable, Equatable {
  case plaintext
  /// `version` as `TLS 1.3`; `cipher` as OpenSSL names it; `isVerified` when chain and name were checked.
  case tls(version: String, cipher: String, isVerified: Bool)

  package var isVerifiedTLS: Bool {
    if case .tls(_, _, let isVerified) = self { return isVerified }
    return false
  }

  package var isTLS: Bool { self != .plaintext }
}

/// RFC 5929 and RFC 9266.
package enum ChannelBindingKind: String, Sendable, CaseIterable {
  case tlsExporter = "tls-exporter"
  case tlsUnique = "tls-unique"
  case tlsServerEndPoint = "tls-server-end-point"
}
