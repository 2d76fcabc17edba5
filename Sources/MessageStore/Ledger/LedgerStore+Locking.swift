import Crypto
import FlowEngine
import Synchronization
import System
import TenantBase

extension LedgerStore: MailboxLocking {
  package func lock(
    _ mailbox: LockedMailbox, for flowName: String, timeout: Duration, now: Timestamp
  ) throws -> MailboxLockOutcome {
    let name = Self.lockName(of: mailbox)
    let opened = try Folder(opening: files.lockFolder)
    do throws(SystemError) {
      let lock = try opened.lock(name, deadline: .after(.zero))
      // Who has the lock alone writes who has it: what is unfinished was left by one that was killed.
      try? opened.removeAbandoned(of: name + LockHolderFile.suffix)
      let lease = FileLease(
        lock, flowName: flowName, since: now, path: FilePath.join(files.lockFolder, name + LockHolderFile.suffix))
      try lease.renew(now: now)
      return .locked(lease)
    } catch {
      guard error.kind == .locked else { throw error }
      return .heldBy(
        LockHolderFile.read(FilePath.join(files.lockFolder, name + LockHolderFile.suffix), timeout: timeout, now: now))
    }
  }

  private static func lockName(of mailbox: LockedMailbox) -> String {
    var digest = Digest(.sha256)
    for part in [mailbox.server.lowercased(), mailbox.user, mailbox.folder] {
      digest.update(Array("\(part.utf8.count):\(part)".utf8))
    }
    return "mailbox-" + RandomIdentifier.hex(digest.finish().prefix(16))
  }
}

private final class FileLease: MailboxLease {
  private let lock: FileLock
  private let flowName: String
  private let since: Timestamp
  private let path: String

  init(_ lock: consuming FileLock, flowName: String, since: Timestamp, path: String) {
    self.lock = lock
    self.flowName = flowName
    self.since = since
    self.path = path
  }

  func renew(now: Timestamp) throws(SystemError) {
    try LockHolderFile.write(path, flowName: flowName, since: since, renewed: now)
  }
}

/// Who has a lock, beside the lock's file: for people alone, so that it may be lost with the power.
private enum LockHolderFile {
  static let suffix = ".holder"

  static func write(_ path: String, flowName: String, since: Timestamp, renewed: Timestamp) throws(SystemError) {
    let lines = [
      String(Surroundings.processIdentifier), Surroundings.hostName, String(since.milliseconds),
      String(renewed.milliseconds), PrintableText.escaping(flowName),
    ]
    try FileContents.replace(path, with: Array(lines.joined(separator: "\n").utf8), durability: .eventually)
  }

  /// What cannot be read is told as unknown.
  static func read(_ path: String, timeout: Duration, now: Timestamp) -> MailboxLockHolder {
    let bytes = (try? FileContents.read(path, limit: 64 << 10, access: .regular)) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    guard lines.count == 5, let process = Int32(lines[0]), let since = Int64(lines[2]), let renewed = Int64(lines[3])
    else { return MailboxLockHolder(flowName: "?", process: 0, host: "?", since: now, isOverdue: false) }
    let age = now.milliseconds - Timestamp(milliseconds: renewed).milliseconds
    return MailboxLockHolder(
      flowName: lines[4], process: process, host: lines[1], since: Timestamp(milliseconds: since),
      isOverdue: age > timeout.components.seconds * 1000)
  }
}
