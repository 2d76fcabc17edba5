import COpenSSL
import Certificates
import Synchronization
import TenantBase

/// An `SSL_CTX` for one policy: immutable once made, so that any loop may use it.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer

  /// - Throws: OpenSSL's words, when it cannot be made.
  private init(policy: TLSPolicy) throws(TLSSetupFailure) {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw TLSSetupFailure() }
    pointer = context
    let isLegacy = policy.minimumVersion < .tls12
    tnt_SSL_CTX_set_strict_options(context)
    tnt_SSL_CTX_set_mode(
      context,
      Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS)
        | Int(SSL_MODE_AUTO_RETRY))
    tnt_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE))
    // TLS 1.0 signs with MD5 and SHA-1 together, which every level but 0 refuses.
    SSL_CTX_set_security_level(context, isLegacy ? 0 : 2)
    let isSet =
      SSL_CTX_set_cipher_list(context, isLegacy ? "DEFAULT:@SECLEVEL=0" : "DEFAULT:@SECLEVEL=2") == 1
      && tnt_SSL_CTX_set_min_proto_version(context, policy.minimumVersion.rawValue) == 1
      && tnt_SSL_CTX_set_max_proto_version(context, policy.maximumVersion?.rawValue ?? 0) == 1
      && policy.trust.withX509Store({ SSL_CTX_set1_cert_store(context, $0) }) != nil
    guard isSet else { throw TLSSetupFailure() }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, noteVerification)
  }

  deinit { SSL_CTX_free(pointer) }

  // MARK: Shared contexts

  private struct Key: Hashable {
    let minimumVersion: TLSVersion
    let maximumVersion: TLSVersion?
    let trust: TrustStore
  }

  /// Policies differ rarely; a keystore that changes leaves contexts behind, so the oldest go.
  private static let cacheLimit = 32
  private static let cache = Mutex<[(key: Key, context: TLSContext)]>([])

  static func shared(for policy: TLSPolicy) throws(TLSSetupFailure) -> TLSContext {
    let key = Key(
      minimumVersion: policy.minimumVersion, maximumVersion: policy.maximumVersion, trust: policy.trust)
    if let known = cache.withLock({ $0.first { $0.key == key }?.context }) { return known }
    let context = try TLSContext(policy: policy)
    cache.withLock { cache in
      cache.append((key, context))
      if cache.count > cacheLimit { cache.removeFirst() }
    }
    return context
  }
}

/// OpenSSL refused a setting of ours.
struct TLSSetupFailure: Error {
  let words: String

  init() { words = OpenSSLErrors.takeText() ?? "OpenSSL refused the settings" }
}

/// OpenSSL's verdict on each certificate of a chain: notes the first refusal, changes nothing.
private func noteVerification(_ isAccepted: Int32, _ store: OpaquePointer?) -> Int32 {
  guard isAccepted != 1, let store,
    let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
    let owner = SSL_get_ex_data(OpaquePointer(ssl), TLSSession.ownerIndex)
  else { return isAccepted }
  let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
  guard session.refusal == nil else { return isAccepted }
  let certificate = X509_STORE_CTX_get_current_cert(store).flatMap { try? Certificate(handle: $0) }
  session.refusal = TLSRefusal(
    code: X509_STORE_CTX_get_error(store), depth: Int(X509_STORE_CTX_get_error_depth(store)),
    certificate: certificate)
  return isAccepted
}
