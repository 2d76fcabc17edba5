import CLinux
import Glibc
import TenantBase

/// An exclusive lock (flock) on a file, given back when it goes out of scope or its process ends.
///
/// It excludes other processes and other threads of this one: each lock is an open file of its own.
package struct FileLock: ~Copyable, Sendable {
  private let descriptor: Descriptor

  init(_ file: consuming Descriptor, path: String, deadline: Deadline) throws(SystemError) {
    while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      guard code == EWOULDBLOCK || code == EINTR else {
        throw SystemError(errno: code, action: "lock", path: path)
      }
      if deadline.hasPassed { throw SystemError(.locked, action: "lock", path: path) }
      // flock knows no time limit, so it is asked again: often enough that nobody notices.
      usleep(2_000)
    }
    descriptor = file
  }
}
