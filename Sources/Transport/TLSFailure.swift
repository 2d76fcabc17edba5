import COpenSSL
import Certificates
import TenantBase
import Wire

/// Why a TLS call failed.
enum TLSFailure: Equatable {
  /// The certificate; the session holds the refusal.
  case refused
  /// What came is not TLS.
  case notTLS
  /// The peer knows no version or cipher that we accept.
  case nothingInCommon(String)
  /// The peer asks for a certificate of ours.
  case wantsClientCertificate
  /// The TCP connection ended without close_notify.
  case endOfStream
  /// An `errno`.
  case system(Int32)
  /// OpenSSL's words.
  case other(String)

  static func fromErrorQueue(hasRefusal: Bool) -> TLSFailure {
    let code = ERR_peek_error()
    let reason = tnt_ERR_GET_REASON(code)
    let words = OpenSSLErrors.takeText() ?? "TLS failed"
    switch reason {
    case SSL_R_CERTIFICATE_VERIFY_FAILED where hasRefusal: return .refused
    case SSL_R_UNEXPECTED_EOF_WHILE_READING: return .endOfStream
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_BAD_RECORD_TYPE:
      return .notTLS
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_WRONG_SSL_VERSION,
      SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, SSL_R_WRONG_CIPHER_RETURNED,
      SSL_R_NO_CIPHERS_AVAILABLE, SSL_R_DH_KEY_TOO_SMALL, SSL_R_EE_KEY_TOO_SMALL,
      SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:
      return .nothingInCommon(words)
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return .wantsClientCertificate
    default: return .other(words)
    }
  }

  /// As an error of an established connection.
  func streamError(peer: String) -> StreamError {
    switch self {
    case .endOfStream: StreamError(.truncated, peer: peer)
    case .system(let code): StreamError(.closedByPeer, peer: peer, detail: SystemWords.text(code))
    case .wantsClientCertificate:
      StreamError(.tlsFailed, peer: peer, detail: "the server wants a certificate of the client")
    case .other(let words), .nothingInCommon(let words): StreamError(.tlsFailed, peer: peer, detail: words)
    case .notTLS: StreamError(.tlsFailed, peer: peer, detail: "the server sent something that is not TLS")
    case .refused: StreamError(.certificateRefused, peer: peer)
    }
  }
}
