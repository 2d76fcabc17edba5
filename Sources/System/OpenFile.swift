import CLinux
import Glibc

/// A regular file that is read in pieces, at any place, by any number of readers at the same time.
///
/// It is opened once: a file that takes its path later is not read. Whoever needs the same bytes at every reading asks
/// ``hasChanged`` after the last one.
package final class OpenFile: Sendable {
  package let path: String
  /// In bytes, at the time of opening.
  package let byteCount: Int
  private let descriptor: Descriptor
  private let opened: ChangeMark

  /// - Throws: `.wrongFileType` for what is no regular file: a pipe can be read only once.
  package init(_ path: String, access: FileAccess = .named) throws(SystemError) {
    let file = try Descriptor.open(path, flags: access.openFlags | O_NONBLOCK, action: "read", path: path)
    let status = try file.status(action: "examine", path: path)
    try access.verify(status, path: path)
    let type = SystemError.FileType(mode: status.st_mode)
    guard type == .regular else { throw SystemError(.wrongFileType(type), action: "read", path: path) }
    byteCount = Int(status.st_size)
    opened = ChangeMark(status)
    self.path = path
    descriptor = file
  }

  /// Takes over a file that was just written.
  init(taking file: consuming Descriptor, path: String) throws(SystemError) {
    let status = try file.status(action: "examine", path: path)
    byteCount = Int(status.st_size)
    opened = ChangeMark(status)
    self.path = path
    descriptor = file
  }

  /// The bytes from `offset` on, at most `limit`; fewer only where the file ends, none at its end.
  package func read(at offset: Int, atMost limit: Int) throws(SystemError) -> [UInt8] {
    let wanted = max(0, limit)
    var filled = 0
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      while filled < wanted {
        let read = pread(
          descriptor.number, buffer.baseAddress.map { $0 + filled }, wanted - filled, off_t(offset + filled))
        if read == 0 { break }
        if read > 0 {
          filled += read
        } else if errno != EINTR {
          failure = errno
          break
        }
      }
      count = filled
    }
    guard failure == 0 else { throw SystemError(errno: failure, action: "read", path: path) }
    return bytes
  }

  /// Whether somebody has written to the file since it was opened.
  package var hasChanged: Bool {
    var status = stat()
    return fstat(descriptor.number, &status) != 0 || ChangeMark(status) != opened
  }
}

private struct ChangeMark: Sendable, Equatable {
  let size: Int64
  let seconds: Int64
  let nanoseconds: Int64

  init(_ status: stat) {
    size = Int64(status.st_size)
    seconds = Int64(status.st_mtim.tv_sec)
    nanoseconds = Int64(status.st_mtim.tv_nsec)
  }
}

/// A new file without a name, of this user alone: it is gone when nobody holds it any more, also after a crash.
package struct UnnamedFile: ~Copyable {
  private let descriptor: Descriptor
  private let folder: String

  /// - Parameter folder: where its bytes lie; must be there.
  package init(in folder: String) throws(SystemError) {
    self.folder = folder
    descriptor = try Self.create(in: folder)
  }

  /// `O_TMPFILE` of Linux, which Swift does not import: without its part for folders the same on every architecture.
  private static let withoutName: Int32 = 0o20_000_000 | O_DIRECTORY

  private static func create(in folder: String) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
      return try Descriptor.open(
        folder, flags: O_RDWR | withoutName, mode: 0o600, action: "create a file in", path: folder)
    } catch {
      // File systems that have no such files say so in different ways; what else is wrong is found again below.
    }
    // A name that nobody can guess, taken away at once; who is killed in between leaves it.
    let path = FilePath.join(folder, "\(RandomIdentifier.hex(byteCount: 8)).tmp")
    let descriptor = try Descriptor.open(
      path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, action: "create", path: path)
    unlink(path)
    return descriptor
  }

  package func append(_ bytes: [UInt8]) throws(SystemError) { try descriptor.write(bytes.span, path: folder) }

  /// Ends the writing.
  package consuming func finish() throws(SystemError) -> OpenFile {
    try OpenFile(taking: descriptor, path: FilePath.join(folder, "spooled body"))
  }
}
