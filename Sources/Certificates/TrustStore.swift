import COpenSSL
import Synchronization

/// Whom to believe: the system's authorities, the keystore's certificates, or both. Immutable.
///
/// A given certificate that is not an authority, a server's own, is an anchor too: whoever put it there compared its
/// fingerprint. Two stores with the same content are equal, so that they share connections' TLS contexts.
package final class TrustStore: Sendable {
  package let includesSystemAuthorities: Bool
  package let certificates: [Certificate]
  /// Of the keystore that the certificates came from: pooled connections made under an older one are not reused.
  package let generation: UInt64

  /// Debian's hashed folder: read on demand, where the bundle beside it costs 20 ms.
  package static let systemAuthoritiesFolder = "/etc/ssl/certs"

  /// The system's authorities alone.
  package static let system = TrustStore(includesSystemAuthorities: true)

  private let handle = Mutex<StoreHandle?>(nil)

  package init(includesSystemAuthorities: Bool, certificates: [Certificate] = [], generation: UInt64 = 0) {
    self.includesSystemAuthorities = includesSystemAuthorities
    self.certificates = certificates
    self.generation = generation
  }

  /// Lends the OpenSSL `X509_STORE`, made at the first use and then shared; nil when the system is out of memory.
  package func withX509Store<R>(_ body: (OpaquePointer) -> R) -> R? {
    let store = handle.withLock { handle -> StoreHandle? in
      if handle == nil { handle = makeStore() }
      return handle
    }
    return store.map { body($0.pointer) }
  }

  private func makeStore() -> StoreHandle? {
    guard let store = X509_STORE_new() else { return nil }
    let handle = StoreHandle(pointer: store)
    if includesSystemAuthorities { X509_STORE_load_path(store, Self.systemAuthoritiesFolder) }
    for certificate in certificates {
      _ = try? certificate.withX509 { X509_STORE_add_cert(store, $0) }  // it was parsed before: it parses again
    }
    X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    ERR_clear_error()
    return handle
  }
}

extension TrustStore: Hashable {
  package static func == (left: TrustStore, right: TrustStore) -> Bool {
    left === right
      || left.includesSystemAuthorities == right.includesSystemAuthorities && left.generation == right.generation
        && left.certificates == right.certificates
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(includesSystemAuthorities)
    hasher.combine(certificates)
    hasher.combine(generation)
  }
}

/// Owns an `X509_STORE`, which locks itself against concurrent use.
private final class StoreHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init(pointer: OpaquePointer) { self.pointer = pointer }

  deinit { X509_STORE_free(pointer) }
}
