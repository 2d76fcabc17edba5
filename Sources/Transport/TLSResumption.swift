import COpenSSL
import Glibc
import Synchronization

/// A TLS session that a later connection to the same peer may resume. Owns an `SSL_SESSION`, which counts its own
/// references safely over threads.
final class TLSResumption: @unchecked Sendable {
  let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { SSL_SESSION_free(pointer) }
}

/// Sessions to resume, one a peer and policy, each used once (RFC 8446 appendix C.4).
///
/// Resuming skips the verification, so the key is everything that was verified, the trust store's content included.
final class TLSResumptionCache: Sendable {
  struct Key: Hashable {
    let endpoint: ConnectionTarget.Endpoint
    let connectTo: ConnectionTarget.Endpoint?
    let policy: TLSPolicy
  }

  static let shared = TLSResumptionCache()
  static let limit = 256
  /// Seconds for which a session may be resumed; never past its certificate's end.
  static let lifetime: Int64 = 3600

  private struct Entry {
    let session: TLSResumption
    let usableUntil: Int64
  }

  private let entries = Mutex<[Key: Entry]>([:])

  /// - Parameter certificateEnd: Unix seconds at which the peer's certificate expires.
  func store(_ session: TLSResumption, for key: Key, certificateEnd: Int64) {
    let now = Int64(time(nil))
    entries.withLock { entries in
      if entries.count >= Self.limit { entries = entries.filter { $0.value.usableUntil > now } }
      if entries.count >= Self.limit { entries.removeAll() }
      entries[key] = Entry(session: session, usableUntil: min(now + Self.lifetime, certificateEnd))
    }
  }

  func take(_ key: Key) -> TLSResumption? {
    let now = Int64(time(nil))
    let entry = entries.withLock { $0.removeValue(forKey: key) }
    return entry.flatMap { $0.usableUntil > now ? $0.session : nil }
  }
}
