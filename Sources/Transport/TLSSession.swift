import COpenSSL
import Certificates
import Glibc
import TenantBase
import Wire

/// One TLS connection's `SSL` on a non-blocking socket. Does no waiting: each call says what it needs.
///
/// Belongs to its loop's thread. OpenSSL keeps its errors per thread: each call empties the queue before and reads it
/// right after.
final class TLSSession {
  enum Outcome: Equatable {
    /// Bytes moved, at least 1; 0 for a handshake that is done.
    case done(Int)
    case wouldBlock
    /// close_notify arrived.
    case ended
    case failed(TLSFailure)
  }

  let identity: PeerIdentity
  /// Set by the verification.
  var refusal: TLSRefusal?
  let ssl: OpaquePointer
  private let context: TLSContext
  private let pins: Set<[UInt8]>
  private(set) var isEstablished = false
  private var isBroken = false

  /// Where the owner lies in the `SSL`'s extra data: the slot that OpenSSL reserves for the application.
  static let ownerIndex: Int32 = 0

  init(policy: TLSPolicy, identity: PeerIdentity, descriptor: Int32) throws(TLSSetupFailure) {
    context = try TLSContext.shared(for: policy)
    ERR_clear_error()
    guard let ssl = SSL_new(context.pointer) else { throw TLSSetupFailure() }
    self.ssl = ssl
    self.identity = identity
    pins = policy.pinnedSHA256
    SSL_set_ex_data(ssl, Self.ownerIndex, Unmanaged.passUnretained(self).toOpaque())
    guard SSL_set_fd(ssl, descriptor) == 1, expectName() else { throw TLSSetupFailure() }
    tnt_SSL_request_ocsp(ssl)
    SSL_set_connect_state(ssl)
  }

  deinit { SSL_free(ssl) }

  /// RFC 9525: subjectAltName alone, whole-label wildcards alone. No SNI for addresses (RFC 6066 section 3).
  private func expectName() -> Bool {
    guard let parameters = SSL_get0_param(ssl) else { return false }
    if identity.isAddress { return X509_VERIFY_PARAM_set1_ip_asc(parameters, identity.name) == 1 }
    X509_VERIFY_PARAM_set_hostflags(
      parameters, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    return X509_VERIFY_PARAM_set1_host(parameters, identity.name, identity.name.utf8.count) == 1
      && tnt_SSL_set_tlsext_host_name(ssl, identity.name) == 1
  }

  // MARK: Moving bytes

  func handshake() -> Outcome {
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    guard result == 1 else { return outcome(result) }
    let broken: Int32? = !matchesPins() ? TLSRefusal.pinMismatch : isStapledRevoked() ? X509_V_ERR_CERT_REVOKED : nil
    if let broken {
      refusal = TLSRefusal(code: broken, depth: 0, certificate: peerCertificate)
      return self.broken(.refused)
    }
    isEstablished = true
    return .done(0)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    ERR_clear_error()
    var count = 0
    let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
    return result == 1 ? .done(count) : outcome(result)
  }

  /// Takes nothing: `.wouldBlock` when the peer has sent nothing that is unread.
  func peek() -> Outcome {
    ERR_clear_error()
    var byte: UInt8 = 0
    var count = 0
    let result = SSL_peek_ex(ssl, &byte, 1, &count)
    return result == 1 ? .done(count) : outcome(result)
  }

  /// After `.wouldBlock` the same bytes must be offered again.
  func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    ERR_clear_error()
    var count = 0
    let result = SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
    return result == 1 ? .done(count) : outcome(result)
  }

  /// Sends close_notify if the socket takes it now. Without it the session could not be resumed.
  func sendCloseNotify() {
    guard isEstablished, !isBroken else { return }
    ERR_clear_error()
    SSL_shutdown(ssl)
    ERR_clear_error()
  }

  private func outcome(_ result: Int32) -> Outcome {
    let systemError = errno
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
    case SSL_ERROR_ZERO_RETURN: return .ended
    case SSL_ERROR_SYSCALL:
      ERR_clear_error()
      return broken(systemError == 0 ? .endOfStream : .system(systemError))
    default: return broken(TLSFailure.fromErrorQueue(hasRefusal: refusal != nil))
    }
  }

  private func broken(_ failure: TLSFailure) -> Outcome {
    isBroken = true
    return .failed(failure)
  }

  // MARK: Resumption

  /// Offers a session of an earlier connection under the same policy to the same peer. Before the handshake only.
  func resume(_ session: TLSResumption) { SSL_set_session(ssl, session.pointer) }

  var isResumed: Bool { SSL_session_reused(ssl) == 1 }

  /// What a later connection may resume; after ``sendCloseNotify()``, and nil when the server gave nothing.
  func resumption() -> TLSResumption? {
    guard isEstablished, !isBroken, let session = SSL_get1_session(ssl) else { return nil }
    guard SSL_SESSION_is_resumable(session) == 1 else {
      SSL_SESSION_free(session)
      return nil
    }
    return TLSResumption(owning: session)
  }
}

// MARK: Facts

extension TLSSession {
  /// `TLS 1.3`.
  var version: String {
    TLSVersion(rawValue: SSL_version(ssl))?.text ?? SSL_get_version(ssl).map { String(cString: $0) } ?? "unknown"
  }

  var cipher: String {
    guard let cipher = SSL_get_current_cipher(ssl), let name = SSL_CIPHER_get_name(cipher) else { return "none" }
    return String(cString: name)
  }

  /// The peer's own.
  var peerCertificate: Certificate? {
    SSL_get0_peer_certificate(ssl).flatMap { try? Certificate(handle: $0) }
  }

  /// As the peer sent them, its own first; there after a failed handshake as well.
  var peerCertificates: [Certificate] {
    guard let chain = SSL_get_peer_cert_chain(ssl) else { return [] }
    return (0..<min(max(tnt_sk_X509_num(chain), 0), 32)).compactMap { index in
      tnt_sk_X509_value(chain, index).flatMap { try? Certificate(handle: $0) }
    }
  }

  /// The pins are looked for in the verified chain; a resumed session passed that at its first handshake.
  private func matchesPins() -> Bool {
    guard !pins.isEmpty, !isResumed else { return true }
    guard let chain = SSL_get0_verified_chain(ssl) else { return false }
    return (0..<max(tnt_sk_X509_num(chain), 0)).contains { index in
      guard let handle = tnt_sk_X509_value(chain, index), let certificate = try? Certificate(handle: handle) else {
        return false
      }
      return pins.contains(certificate.fingerprint)
    }
  }

  func channelBinding(_ kind: ChannelBindingKind) -> [UInt8]? {
    guard isEstablished else { return nil }
    return switch kind {
    case .tlsExporter: exporterBinding()
    case .tlsUnique: finishedBinding()
    case .tlsServerEndPoint: endPointBinding()
    }
  }

  private var hasSafeMasterSecret: Bool {
    SSL_version(ssl) >= TLS1_3_VERSION || tnt_SSL_get_extms_support(ssl) == 1
  }

  /// RFC 9266 section 2: label `EXPORTER-Channel-Binding`, empty context, 32 bytes; below TLS 1.3 only with the
  /// extended master secret.
  private func exporterBinding() -> [UInt8]? {
    guard hasSafeMasterSecret else { return nil }
    let label = "EXPORTER-Channel-Binding"
    var result = [UInt8](repeating: 0, count: 32)
    let status = SSL_export_keying_material(ssl, &result, result.count, label, label.utf8.count, nil, 0, 1)
    ERR_clear_error()
    return status == 1 ? result : nil
  }

  /// RFC 5929 section 3: the first Finished message, the client's in a full handshake and the server's in a resumed
  /// one. Not defined for TLS 1.3. A resumed session without extended master secret binds nothing (RFC 7627).
  private func finishedBinding() -> [UInt8]? {
    guard SSL_version(ssl) < TLS1_3_VERSION, !isResumed || hasSafeMasterSecret else { return nil }
    var result = [UInt8](repeating: 0, count: 64)
    let count = isResumed ? SSL_get_peer_finished(ssl, &result, 64) : SSL_get_finished(ssl, &result, 64)
    return count > 0 && count <= 64 ? Array(result.prefix(count)) : nil
  }

  /// RFC 5929 section 4: the certificate's digest by its own signature's hash, SHA-256 in place of MD5 and SHA-1.
  private func endPointBinding() -> [UInt8]? {
    guard let certificate = SSL_get0_peer_certificate(ssl) else { return nil }
    var hash: Int32 = 0
    guard X509_get_signature_info(certificate, &hash, nil, nil, nil) == 1, hash != NID_undef else { return nil }
    let isWeak = hash == NID_md5 || hash == NID_sha1
    guard let digest = isWeak ? EVP_sha256() : EVP_get_digestbyname(OBJ_nid2sn(hash)) else { return nil }
    var length: UInt32 = 0
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    guard X509_digest(certificate, digest, &result, &length) == 1 else { return nil }
    return Array(result.prefix(Int(length)))
  }
}
