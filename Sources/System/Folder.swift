import CLinux
import Glibc
import TenantBase

/// An open folder, through which files are reached by name alone.
///
/// The folder's owner and mode are checked once, on what was really opened; renaming it or putting a link in its place
/// afterwards changes nothing.
package struct Folder: ~Copyable, Sendable {
  private let descriptor: Descriptor
  package let path: String

  package enum Privacy: Sendable {
    /// Any folder, also through a symbolic link.
    case any
    /// Only this user can enter it: no link, right owner, no access for group and others.
    case ownerOnly
  }

  package init(opening path: String, privacy: Privacy = .any) throws(SystemError) {
    let opened = try Self.open(path, privacy: privacy)
    if privacy == .ownerOnly {
      let status = try opened.status(action: "examine", path: path)
      try verifyOwner([geteuid()], of: status, path: path)
      try verifyMode(status.st_mode & 0o777, without: 0o077, path: path)
    }
    descriptor = opened
    self.path = path
  }

  private static func open(_ path: String, privacy: Privacy) throws(SystemError) -> Descriptor {
    let flags = O_RDONLY | O_DIRECTORY | (privacy == .ownerOnly ? O_NOFOLLOW : 0)
    do throws(SystemError) {
      return try Descriptor.open(path, flags: flags, action: "open the folder", path: path)
    } catch {
      // With O_DIRECTORY, Linux reports a link as "not a directory".
      if error.kind == .wrongFileType(.regular), let type = FileStatus.type(of: path), type != .folder {
        throw SystemError(.wrongFileType(type), action: "open the folder", path: path)
      }
      throw error
    }
  }

  /// The whole content of a file.
  ///
  /// - Throws: `.tooLarge` when it is longer than `limit` bytes; `.notPrivate` and `.wrongFileType` as `access` asks.
  package func read(_ name: String, limit: Int, access: FileAccess) throws(SystemError) -> [UInt8] {
    try FileContents.read(name, in: descriptor.number, path: fullPath(name), limit: limit, access: access)
  }

  /// Replaces a file as a whole: whoever reads it, at whatever moment, and after a crash, sees the old or the new content.
  ///
  /// The file is new: it belongs to this user and has exactly `mode`. On failure nothing is left behind.
  package func replace(
    _ name: String, with bytes: [UInt8], mode: UInt32 = 0o600, durability: Durability = .onDisk
  ) throws(SystemError) {
    let temporary = Self.temporaryName(for: name)
    try write(bytes.span, toFresh: temporary, mode: mode, durability: durability)
    guard renameat(descriptor.number, temporary, descriptor.number, name) == 0 else {
      let code = errno
      unlinkat(descriptor.number, temporary, 0)
      throw SystemError(errno: code, action: "replace", path: fullPath(name))
    }
    if durability == .onDisk { try sync() }
  }

  /// When a written file is safe from a power cut.
  package enum Durability: Sendable {
    /// Before the call returns.
    case onDisk
    /// Some time later: for what can be lost without harm.
    case eventually
  }

  /// As ``replace(_:with:mode:durability:)``, and the old file lives on under the name `previous`.
  ///
  /// At every moment there is a whole file under `name`, and never a second name for it.
  package func replace(_ name: String, with bytes: [UInt8], keepingOldAs previous: String) throws(SystemError) {
    let temporary = Self.temporaryName(for: name)
    try write(bytes.span, toFresh: temporary, mode: 0o600, durability: .onDisk)
    do throws(SystemError) {
      try exchange(temporary, name, keepingOldAs: previous)
    } catch {
      unlinkat(descriptor.number, temporary, 0)
      throw error
    }
    try sync()
  }

  private func exchange(
    _ temporary: String, _ name: String, keepingOldAs previous: String
  ) throws(SystemError) {
    if tnt_exchange_names(descriptor.number, temporary, name) == 0 {
      // The temporary name stands for the old file now.
      guard renameat(descriptor.number, temporary, descriptor.number, previous) != 0 else { return }
      let code = errno
      _ = tnt_exchange_names(descriptor.number, temporary, name)
      throw SystemError(errno: code, action: "replace", path: fullPath(name))
    }
    switch errno {
    case ENOENT: break  // there is no old file
    case EINVAL, ENOSYS, EOPNOTSUPP:
      // A file system without an exchange: the old content is copied before its file goes.
      try replace(previous, with: try read(name, limit: .max, access: .ownerOnly))
    default: throw SystemError(errno: errno, action: "replace", path: fullPath(name))
    }
    guard renameat(descriptor.number, temporary, descriptor.number, name) == 0 else {
      throw SystemError(errno: errno, action: "replace", path: fullPath(name))
    }
  }

  private static func temporaryName(for name: String) -> String {
    "\(name).\(RandomIdentifier.hex(byteCount: 8))\(temporarySuffix)"
  }

  /// Makes a file that is not there yet, complete or not at all.
  ///
  /// - Throws: `.alreadyExists` when the name is taken.
  package func create(_ name: String, with bytes: Span<UInt8>, mode: UInt32 = 0o600) throws(SystemError) {
    let temporary = Self.temporaryName(for: name)
    try write(bytes, toFresh: temporary, mode: mode, durability: .onDisk)
    do throws(SystemError) {
      try rename(temporary, toFree: name)
    } catch {
      unlinkat(descriptor.number, temporary, 0)
      throw error
    }
    try sync()
  }

  /// Gives a file of ours a name that is not taken.
  private func rename(_ temporary: String, toFree name: String) throws(SystemError) {
    // In one step: a process that is killed between a link and the end of the first name leaves a file with two names,
    // which is refused where a file must be private.
    if tnt_rename_to_free_name(descriptor.number, temporary, name) == 0 { return }
    guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else {
      throw SystemError(errno: errno, action: "create", path: fullPath(name))
    }
    // A file system without that step. A link, unlike an ordinary rename, never takes the place of what is there.
    guard linkat(descriptor.number, temporary, descriptor.number, name, 0) == 0 else {
      throw SystemError(errno: errno, action: "create", path: fullPath(name))
    }
    unlinkat(descriptor.number, temporary, 0)
  }

  private func write(
    _ bytes: Span<UInt8>, toFresh name: String, mode: UInt32, durability: Durability
  ) throws(SystemError) {
    let path = fullPath(name)
    let file = try Descriptor.open(
      name, in: descriptor.number, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, action: "create",
      path: path)
    do throws(SystemError) {
      try file.write(bytes, path: path)
      if mode != 0o600, fchmod(file.number, mode) != 0 {
        throw SystemError(errno: errno, action: "set the mode of", path: path)
      }
      if durability == .onDisk { try file.sync(path: path) }
    } catch {
      unlinkat(descriptor.number, name, 0)
      throw error
    }
  }

  /// Removes a file; false when there was none.
  @discardableResult
  package func remove(_ name: String) throws(SystemError) -> Bool {
    if unlinkat(descriptor.number, name, 0) == 0 {
      try sync()
      return true
    }
    if errno == ENOENT { return false }
    throw SystemError(errno: errno, action: "remove", path: fullPath(name))
  }

  /// Removes what writers of `name` left behind when they were killed. Only for who holds the lock of all writers.
  package func removeAbandoned(of name: String) throws(SystemError) {
    for entry in try entries() where entry.hasPrefix(name + ".") && entry.hasSuffix(Self.temporarySuffix) {
      let random = entry.dropFirst(name.count + 1).dropLast(Self.temporarySuffix.count)
      if random.allSatisfy(\.isHexDigit) { try remove(entry) }
    }
  }

  private static let temporarySuffix = ".tmp"

  /// The names of all entries but `.` and `..`, sorted by their bytes.
  package func entries() throws(SystemError) -> [String] {
    // A descriptor of its own, because closedir closes it and reading moves its position.
    let copy = openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard copy >= 0, let stream = fdopendir(copy) else {
      let code = errno
      if copy >= 0 { close(copy) }
      throw SystemError(errno: code, action: "list", path: path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SystemError(errno: errno, action: "list", path: path) }
    return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }

  /// Whether there is an entry of that name; a symbolic link counts as such.
  package func contains(_ name: String) -> Bool {
    var status = stat()
    return fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
  }

  /// Waits for the lock file `name`, which is made when it is not there.
  ///
  /// - Throws: `.locked` when somebody else held it until the deadline.
  package func lock(_ name: String, deadline: Deadline) throws(SystemError) -> FileLock {
    let path = fullPath(name)
    let file = try Descriptor.open(
      name, in: descriptor.number, flags: O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600, action: "lock",
      path: path)
    try FileAccess.ownerOnly.verify(try file.status(action: "examine", path: path), path: path)
    return try FileLock(file, path: path, deadline: deadline)
  }

  package func sync() throws(SystemError) { try descriptor.sync(path: path) }

  private func fullPath(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }
}
