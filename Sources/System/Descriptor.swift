import CLinux
import Glibc

/// An open file descriptor, closed when it goes out of scope. Never inherited by a child process.
struct Descriptor: ~Copyable, Sendable {
  let number: Int32

  init(taking number: Int32) { self.number = number }

  deinit { close(number) }

  /// Opens `name` in the folder `parent` (or relative to the current folder); `path` is for messages.
  static func open(
    _ name: String, in parent: Int32 = AT_FDCWD, flags: Int32, mode: mode_t = 0, action: String, path: String
  ) throws(SystemError) -> Descriptor {
    guard !name.utf8.contains(0) else { throw SystemError(errno: EINVAL, action: action, path: path) }
    while true {
      let number = openat(parent, name, flags | O_CLOEXEC, mode)
      if number >= 0 { return Descriptor(taking: number) }
      if errno != EINTR { throw SystemError(errno: errno, action: action, path: path) }
    }
  }

  func status(action: String, path: String) throws(SystemError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw SystemError(errno: errno, action: action, path: path) }
    return status
  }

  func sync(path: String) throws(SystemError) {
    while fsync(number) != 0 {
      if errno != EINTR { throw SystemError(errno: errno, action: "store", path: path) }
    }
  }

  /// Writes all of `bytes`.
  func write(_ bytes: Span<UInt8>, path: String) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(number, buffer.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        throw SystemError(errno: count < 0 ? errno : EIO, action: "write", path: path)
      }
    }
  }

  /// Reads into `buffer` until it is full or the input ends.
  ///
  /// - Returns: the number of bytes read.
  func read(into buffer: UnsafeMutableRawBufferPointer, path: String) throws(SystemError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = Glibc.read(number, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw SystemError(errno: errno, action: "read", path: path)
      }
    }
    return filled
  }
}
