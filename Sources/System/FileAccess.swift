import CLinux
import Glibc

/// What a file must be before a byte of it is read.
package enum FileAccess: Sendable {
  /// A file that a person names: links are followed, pipes are read to their end; only a folder is refused.
  case named
  /// A regular file under its own name; a symbolic link is refused.
  case regular
  /// As `regular`, and only this user can read or change it: owner, mode and number of names are checked.
  case ownerOnly
  /// As `regular`, given by the service manager: owned by this user or by root, and not readable by others. A group bit
  /// is the mask of an access list there, and passes when root is the owner.
  case credential

  var openFlags: Int32 {
    switch self {
    // A FIFO must not hold up the open: the type is checked before anything is read.
    case .named: O_RDONLY | O_NOCTTY
    case .regular, .ownerOnly, .credential: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    }
  }

  func verify(_ status: stat, path: String) throws(SystemError) {
    let type = SystemError.FileType(mode: status.st_mode)
    if self == .named {
      if type == .folder { throw SystemError(.wrongFileType(.folder), action: "read", path: path) }
      return
    }
    guard type == .regular else { throw SystemError(.wrongFileType(type), action: "read", path: path) }
    let mode = status.st_mode & 0o777
    switch self {
    case .named, .regular: return
    case .ownerOnly:
      try verifyOwner([geteuid()], of: status, path: path)
      try verifyMode(mode, without: 0o077, path: path)
      guard status.st_nlink <= 1 else {
        throw SystemError(.notPrivate(.hardLinks(Int(status.st_nlink))), action: "use", path: path)
      }
    case .credential:
      try verifyOwner([geteuid(), 0], of: status, path: path)
      try verifyMode(mode, without: status.st_uid == 0 ? 0o037 : 0o077, path: path)
    }
  }
}

func verifyOwner(_ allowed: [uid_t], of status: stat, path: String) throws(SystemError) {
  guard allowed.contains(status.st_uid) else {
    throw SystemError(.notPrivate(.foreignOwner(status.st_uid)), action: "use", path: path)
  }
}

func verifyMode(_ mode: mode_t, without forbidden: mode_t, path: String) throws(SystemError) {
  guard mode & forbidden == 0 else {
    throw SystemError(.notPrivate(.mode(mode)), action: "use", path: path)
  }
}

extension SystemError.FileType {
  init(mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .symbolicLink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    default: self = .device
    }
  }
}
