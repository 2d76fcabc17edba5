import Glibc
import TenantBase
import Wire

/// An IP address and port, as `connect` takes it.
struct SocketAddress: Sendable, Equatable {
  let family: Int32
  /// The bytes of a `sockaddr_in` or `sockaddr_in6`.
  let bytes: [UInt8]
  /// `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
  let text: String

  /// An address in literal form, brackets allowed around IPv6; nil for anything else.
  static func literal(_ host: String, port: UInt16) -> [SocketAddress]? {
    var text = host
    if host.hasPrefix("["), host.hasSuffix("]") { text = String(host.dropFirst().dropLast()) }
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 != 0 }) else { return nil }
    let found = try? NameResolution.lookUp(text, port: port, flags: AI_NUMERICHOST)
    return found?.isEmpty == false ? found : nil
  }

  /// In the order in which they are tried: as the system sorted them (RFC 6724), families taking turns (RFC 8305
  /// section 4).
  static func takingTurns(_ addresses: [SocketAddress]) -> [SocketAddress] {
    guard let first = addresses.first else { return [] }
    let preferred = addresses.filter { $0.family == first.family }
    let other = addresses.filter { $0.family != first.family }
    var result: [SocketAddress] = []
    for index in 0..<max(preferred.count, other.count) {
      if index < preferred.count { result.append(preferred[index]) }
      if index < other.count { result.append(other[index]) }
    }
    return result
  }
}

/// `getaddrinfo`, which blocks for as long as it likes.
enum NameResolution {
  struct Failure: Error {
    /// The system's words: `Name or service not known`.
    let words: String
    /// A server did not answer: the name may well exist.
    let isTemporary: Bool
  }

  static func lookUp(_ host: String, port: UInt16, flags: Int32) throws(Failure) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard status == 0 else { throw failure(status) }
    var result: [SocketAddress] = []
    var entry = list
    while let current = entry?.pointee {
      if let address = address(current), !result.contains(address) { result.append(address) }
      entry = current.ai_next
    }
    return result
  }

  private static func failure(_ status: Int32) -> Failure {
    if status == EAI_SYSTEM { return Failure(words: SystemWords.text(errno), isTemporary: true) }
    let words = gai_strerror(status).map { String(cString: $0) } ?? "name lookup failed (\(status))"
    return Failure(words: words, isTemporary: status == EAI_AGAIN)
  }

  private static func address(_ entry: addrinfo) -> SocketAddress? {
    guard let start = entry.ai_addr, entry.ai_family == AF_INET || entry.ai_family == AF_INET6 else { return nil }
    let length = Int(entry.ai_addrlen)
    let bytes = Array(UnsafeRawBufferPointer(start: start, count: length))
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      start, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    guard status == 0 else { return nil }
    return SocketAddress(
      family: entry.ai_family, bytes: bytes, text: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.utf8Text)
  }
}

/// The operating system's own words for an error number.
enum SystemWords {
  static func text(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.utf8Text
  }
}
