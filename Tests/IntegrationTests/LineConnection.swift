import Glibc

/// A plain connection to a server that talks in lines, for looking at a server without the code under test.
final class LineConnection {
  private let descriptor: Int32
  private var received: [UInt8] = []

  /// Connects; every read and write later waits at most 10 s.
  init(_ host: String, _ port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw FileFailure("make a socket for", host) }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw FileFailure("read the address", host) }
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw FileFailure("connect to", "\(host):\(port)") }
  }

  /// Sends a line and its end.
  func send(_ line: String) throws {
    var rest = Array((line + "\r\n").utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw FileFailure("send", line) }
      rest = rest.dropFirst(count)
    }
  }

  /// The next line without its end.
  func readLine() throws -> String {
    while true {
      if let end = received.firstIndex(of: 10) {
        let line = received[..<end].filter { $0 != 13 }
        received.removeSubrange(...end)
        return String(decoding: line, as: UTF8.self)
      }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { throw FileFailure("read from", "the server") }
      received += buffer[..<count]
    }
  }

  /// All lines of an SMTP reply, joined by LF.
  func readReply() throws -> String {
    var lines: [String] = []
    repeat { try lines.append(readLine()) } while lines.last?.dropFirst(3).first == "-"
    return lines.joined(separator: "\n")
  }

  deinit { close(descriptor) }
}
