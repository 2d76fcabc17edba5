import COpenSSL
import Foundation
import Glibc
import Synchronization
import TestSupport
import Transport

/// A server on 127.0.0.1 that plays a script on each connection, on a thread of its own, with blocking calls.
final class LoopbackPeer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let group = DispatchGroup()
  private let log = Mutex<[UInt8]>([])

  /// - Parameter connections: how many are served before the listener closes.
  init(connections: Int = 1, script: @escaping @Sendable (PeerConnection) -> Void) {
    let (descriptor, boundPort) = Self.listen()
    (listener, port) = (descriptor, boundPort)
    group.enter()
    Thread.detachNewThread { [self] in
      for _ in 0..<connections {
        let accepted = accept(listener, nil, nil)
        guard accepted >= 0 else { break }
        group.enter()
        Thread.detachNewThread { [self] in
          let connection = PeerConnection(descriptor: accepted)
          script(connection)
          log.withLock { $0 += connection.received }
          connection.close()
          group.leave()
        }
      }
      Glibc.close(listener)
      group.leave()
    }
  }

  /// Everything that clients sent, as the scripts read it, once all scripts have ended.
  func received() async -> [UInt8] {
    await BlockingWork.run { [group] in group.wait() }
    return log.withLock { $0 }
  }

  /// - Parameter backlog: nil for a port that is taken but refuses.
  static func listen(backlog: Int32? = 4096) -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        precondition(bind(descriptor, raw, size) == 0)
        if let backlog { precondition(Glibc.listen(descriptor, backlog) == 0) }
        precondition(getsockname(descriptor, raw, &size) == 0)
      }
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}

/// The server's side of one connection. Gives up after ten seconds, so that a broken test ends.
final class PeerConnection {
  private let descriptor: Int32
  private var ssl: OpaquePointer?
  private(set) var received: [UInt8] = []
  private var isClosed = false

  init(descriptor: Int32) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  /// False when the handshake fails.
  @discardableResult
  func startTLS(_ server: TestServerContext) -> Bool {
    let session = SSL_new(server.pointer)
    SSL_set_fd(session, descriptor)
    ssl = session
    return SSL_accept(session) == 1
  }

  /// At least one byte; empty at the end.
  func receive(atMost limit: Int = 4096) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = ssl.map { Int(SSL_read($0, &buffer, Int32(limit))) } ?? recv(descriptor, &buffer, limit, 0)
    received += buffer.prefix(max(count, 0))
    return Array(buffer.prefix(max(count, 0)))
  }

  func receive(exactly count: Int) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      let part = receive(atMost: count - result.count)
      if part.isEmpty { break }
      result += part
    }
    return result
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    if let ssl {
      SSL_write(ssl, bytes, Int32(bytes.count))
      return
    }
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + position, bytes.count - position, 0)
      }
      guard count > 0 else { return }
      position += count
    }
  }

  func channelBindingExporter() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    let label = "EXPORTER-Channel-Binding"
    SSL_export_keying_material(ssl, &result, 32, label, label.utf8.count, nil, 0, 1)
    return result
  }

  /// The client's Finished as the server saw it.
  func clientFinished() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 64)
    let count = SSL_get_peer_finished(ssl, &result, 64)
    return Array(result.prefix(count))
  }

  /// The server's own Finished.
  func serverFinished() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 64)
    let count = SSL_get_finished(ssl, &result, 64)
    return Array(result.prefix(count))
  }

  func serverName() -> String? {
    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
  }

  /// Sends close_notify and half-closes.
  func shutDownWriting() {
    if let ssl { SSL_shutdown(ssl) }
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// The TCP connection ends without close_notify.
  func cutOff() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(notifying: false)
  }

  /// A reset instead of an end.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close(notifying: false)
  }

  func close(notifying: Bool = true) {
    guard !isClosed else { return }
    isClosed = true
    if let ssl {
      if notifying { SSL_shutdown(ssl) }
      SSL_free(ssl)
    }
    Glibc.close(descriptor)
  }
}

/// A server's `SSL_CTX`, lax enough to be as bad as a test wants it.
final class TestServerContext: @unchecked Sendable {
  let pointer: OpaquePointer
  private var stapled: [UInt8] = []

  init(
    _ identity: TestIdentity, chain: [TestIdentity] = [], minimum: TLSVersion = .tls10, maximum: TLSVersion = .tls13,
    ciphers: String = "DEFAULT:@SECLEVEL=0"
  ) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { fatalError("no SSL_CTX") }
    pointer = context
    SSL_CTX_set_security_level(context, 0)
    SSL_CTX_set_cipher_list(context, ciphers)
    tnt_SSL_CTX_set_min_proto_version(context, minimum.rawValue)
    tnt_SSL_CTX_set_max_proto_version(context, maximum.rawValue)
    SSL_CTX_use_certificate(context, identity.certificate)
    SSL_CTX_use_PrivateKey(context, identity.key)
    for link in chain {
      SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(link.certificate))
    }
    let name: [UInt8] = [1, 2, 3, 4]
    SSL_CTX_set_session_id_context(context, name, 4)
  }

  deinit { SSL_CTX_free(pointer) }

  /// Staples `response` to every handshake.
  func staple(_ response: [UInt8]) {
    stapled = response
    tnt_SSL_CTX_set_status_callback(
      pointer,
      { ssl, owner in
        guard let owner else { return SSL_TLSEXT_ERR_NOACK }
        let response = Unmanaged<TestServerContext>.fromOpaque(owner).takeUnretainedValue().stapled
        return tnt_SSL_set_ocsp_response(ssl, response, response.count) == 1 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// An OCSP response on `identity`, signed by `issuer`.
  static func ocspResponse(_ status: Int32, on identity: TestIdentity, by issuer: TestIdentity) -> [UInt8] {
    let basic = OCSP_BASICRESP_new()
    defer { OCSP_BASICRESP_free(basic) }
    let identifier = OCSP_cert_to_id(EVP_sha1(), identity.certificate, issuer.certificate)
    defer { OCSP_CERTID_free(identifier) }
    let now = X509_gmtime_adj(nil, 0)
    defer { ASN1_TIME_free(now) }
    OCSP_basic_add1_status(basic, identifier, status, 0, now, now, nil)
    OCSP_basic_sign(basic, issuer.certificate, issuer.key, EVP_sha256(), nil, 0)
    let response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
    defer { OCSP_RESPONSE_free(response) }
    return [UInt8](unsafeUninitializedCapacity: Int(i2d_OCSP_RESPONSE(response, nil))) { buffer, count in
      var position = buffer.baseAddress
      count = Int(i2d_OCSP_RESPONSE(response, &position))
    }
  }
}
