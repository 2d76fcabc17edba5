import System
import TenantBase

/// This process as others see it: a lock file of its own that the system lets go when the process ends, in whatever way.
final class LedgerProcess: Sendable {
  /// Random; never used again.
  let token: String
  private let folder: String
  private let lock: FileLock

  private static let prefix = "process-"
  private static let registry = "registry"

  /// - Parameter folder: where the locks lie; made when it is missing.
  init(in folder: String) throws(SystemError) {
    try Folder.create(folder, mode: 0o700)
    let opened = try Folder(opening: folder)
    // Between making a lock file and locking it nobody may take it for one that was left.
    let registry = try opened.lock(Self.registry, deadline: .after(.seconds(10)))
    defer { withExtendedLifetime(registry) {} }
    for name in try opened.entries() where name.hasPrefix(Self.prefix) { Self.removeIfLeft(name, in: opened) }
    token = RandomIdentifier.hex(byteCount: 8)
    lock = try opened.lock(Self.prefix + token, deadline: .after(.seconds(10)))
    self.folder = folder
  }

  deinit {
    // The name goes first: a file that can be locked is a process that has ended.
    _ = try? Folder(opening: folder).remove(Self.prefix + token)
  }

  /// Whether the process that made `token` still lives; this one does.
  func isAlive(_ token: String) -> Bool {
    if token == self.token { return true }
    guard let opened = try? Folder(opening: folder), opened.contains(Self.prefix + token) else { return false }
    do throws(SystemError) {
      _ = try opened.lock(Self.prefix + token, deadline: .after(.zero))
      return false
    } catch {
      // What cannot be seen is taken for alive: waiting loses nothing.
      return true
    }
  }

  private static func removeIfLeft(_ name: String, in folder: borrowing Folder) {
    if let lock = try? folder.lock(name, deadline: .after(.zero)) {
      _ = try? folder.remove(name)
      withExtendedLifetime(lock) {}
    }
  }
}
