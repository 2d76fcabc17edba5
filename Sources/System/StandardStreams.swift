import CLinux
import Glibc

/// The streams every program is started with.
package enum StandardStream: Int32, Sendable {
  case input = 0
  case output = 1
  case error = 2

  package var isTerminal: Bool { isatty(rawValue) == 1 }

  /// The path that stands for it in messages.
  package var name: String {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }

  /// Writes all of `bytes`.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(rawValue, buffer.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count > 0 {
        written += count
      } else if count < 0, errno == EAGAIN {
        // Somebody made the stream non-blocking (a shared terminal): wait until it takes more.
        var waiting = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if count == 0 || errno != EINTR {
        throw SystemError(errno: count < 0 ? errno : EIO, action: "write to", path: name)
      }
    }
  }

  package func write(_ text: String) throws(SystemError) { try write(Array(text.utf8)) }

  /// The next bytes, at most `limit`, at least one; nil at the end of the stream.
  package func readChunk(atMost limit: Int = 65_536) throws(SystemError) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: max(limit, 1))
    while true {
      let count = Glibc.read(rawValue, &chunk, chunk.count)
      if count == 0 { return nil }
      if count > 0 { return Array(chunk.prefix(count)) }
      if errno != EINTR { throw SystemError(errno: errno, action: "read", path: name) }
    }
  }

  /// Everything up to the end of the stream, at most `limit` bytes.
  package func readAll(limit: Int) throws(SystemError) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(rawValue, &chunk, chunk.count)
      if count == 0 { return content }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(errno: errno, action: "read", path: name)
      }
      content += chunk[..<count]
      guard content.count <= limit else { throw SystemError(.tooLarge(limit: limit), action: "read", path: name) }
    }
  }
}
