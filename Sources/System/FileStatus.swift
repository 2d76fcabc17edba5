import CLinux
import Glibc

/// What stands under a path.
package enum FileStatus {
  /// The type of what the path itself names (a link is a link); nil when there is nothing or it cannot be seen.
  package static func type(of path: String) -> SystemError.FileType? {
    status(path, flags: AT_SYMLINK_NOFOLLOW).map { SystemError.FileType(mode: $0.st_mode) }
  }

  /// Whether the path leads to a folder, also through a link.
  package static func isFolder(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Whether the path leads to a regular file, also through a link.
  package static func isRegularFile(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
  }

  /// Whether anything stands there, also a link to nowhere.
  package static func exists(_ path: String) -> Bool { type(of: path) != nil }

  /// Whether a folder holds anything of that name, also a link to nowhere; false when the folder is not there.
  ///
  /// - Throws: when that cannot be seen: a folder that may not be entered is not an empty one.
  package static func exists(_ name: String, in folder: String) throws(SystemError) -> Bool {
    let path = FilePath.join(folder, name)
    var status = stat()
    if fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0 { return true }
    let code = errno
    guard code == ENOENT else { throw SystemError(errno: code, action: "open the folder", path: folder) }
    return false
  }

  /// The permission bits of what the path leads to; nil when it is not there.
  package static func mode(of path: String) -> UInt32? {
    status(path).map { $0.st_mode & 0o7777 }
  }

  /// Whether both paths lead to the same file.
  package static func areSame(_ left: String, _ right: String) -> Bool {
    guard let first = status(left), let second = status(right) else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Seconds since 1970 UTC of the last change of the content; nil when it is not there.
  package static func modificationTime(of path: String) -> Int64? {
    status(path).map { Int64($0.st_mtim.tv_sec) }
  }

  private static func status(_ path: String, flags: Int32 = 0) -> stat? {
    var status = stat()
    return fstatat(AT_FDCWD, path, &status, flags) == 0 ? status : nil
  }
}

extension Folder {
  /// Makes the folder and those above it that are missing, each with `mode`.
  ///
  /// - Returns: whether the last one was made now. One that is there already is left as it is.
  @discardableResult
  package static func create(_ path: String, mode: UInt32 = 0o700) throws(SystemError) -> Bool {
    if mkdir(path, mode) == 0 {
      // mkdir's mode passes the umask, which may take our own bits away.
      guard chmod(path, mode) == 0 else { throw SystemError(errno: errno, action: "set the mode of", path: path) }
      return true
    }
    switch errno {
    case EEXIST where FileStatus.isFolder(path): return false
    case ENOENT:
      let parent = FilePath.split(path).parent
      // A parent that is there already is not what was missing: an empty path, a file system that takes no folders.
      guard parent != path, !FileStatus.isFolder(parent), try create(parent, mode: mode) else {
        throw SystemError(errno: ENOENT, action: "create the folder", path: path)
      }
      return try create(path, mode: mode)
    default: throw SystemError(errno: errno, action: "create the folder", path: path)
    }
  }

  /// - Throws: when this process may not make files in the folder.
  package static func verifyWritable(_ path: String) throws(SystemError) {
    guard faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else {
      throw SystemError(errno: errno, action: "write in the folder", path: path)
    }
  }

  /// Takes all access from group and others, on a folder of this user.
  package static func makePrivate(_ path: String) throws(SystemError) {
    let folder = try Descriptor.open(
      path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW, action: "open the folder", path: path)
    try verifyOwner([geteuid()], of: try folder.status(action: "examine", path: path), path: path)
    guard fchmod(folder.number, 0o700) == 0 else {
      throw SystemError(errno: errno, action: "set the mode of", path: path)
    }
  }
}

/// What tells whether a file was replaced or changed since it was looked at.
package struct FileIdentity: Sendable, Equatable {
  private let device: UInt64
  private let file: UInt64
  private let size: Int64
  private let seconds: Int64
  private let nanoseconds: Int64

  /// nil when nothing stands there.
  package init?(of path: String) {
    var status = stat()
    guard fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    device = UInt64(status.st_dev)
    file = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = Int64(status.st_mtim.tv_sec)
    nanoseconds = Int64(status.st_mtim.tv_nsec)
  }
}
