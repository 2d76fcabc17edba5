import TenantBase

/// Keeps two processes from polling one folder of a mailbox at the same time.
///
/// The ledger alone keeps them from taking one message twice: the lock saves the second one's work and tells who is there.
package protocol MailboxLocking: Sendable {
  /// Takes the lock on a folder, or tells who has it. Does not wait.
  ///
  /// A lock ends with its holder: when it lets go, or when its process ends in whatever way.
  ///
  /// - Parameter timeout: the channel's: after it a holder that does not renew the lock is told to be overdue.
  func lock(
    _ mailbox: LockedMailbox, for flowName: String, timeout: Duration, now: Timestamp
  ) throws -> MailboxLockOutcome
}

/// What is locked: everybody who reads the folder as that user, through whatever flow.
package struct LockedMailbox: Sendable, Hashable {
  /// `host:port`.
  package let server: String
  package let user: String
  package let folder: String

  package init(server: String, user: String, folder: String) {
    self.server = server
    self.user = user
    self.folder = folder
  }
}

package enum MailboxLockOutcome: Sendable {
  /// Ours as long as somebody holds the lease.
  case locked(any MailboxLease)
  case heldBy(MailboxLockHolder)
}

/// A lock that is held. It ends when nobody refers to it any more.
package protocol MailboxLease: AnyObject, Sendable {
  /// Says that the holder is alive; between messages, well within the timeout.
  func renew(now: Timestamp) throws
}

/// Who has a lock.
package struct MailboxLockHolder: Sendable, Equatable, CustomStringConvertible {
  package let flowName: String
  package let process: Int32
  package let host: String
  package let since: Timestamp
  /// It was not renewed for longer than its timeout, and yet its process lives.
  package let isOverdue: Bool

  package init(flowName: String, process: Int32, host: String, since: Timestamp, isOverdue: Bool) {
    self.flowName = flowName
    self.process = process
    self.host = host
    self.since = since
    self.isOverdue = isOverdue
  }

  /// `process 4711 on mail1 (flow 'orders') since 2026-11-20T09:59:40.123Z`.
  package var description: String {
    "process \(process) on \(PrintableText.escaping(host)) (flow '\(PrintableText.escaping(flowName))') since \(since)"
      + (isOverdue ? ", longer than the lock timeout" : "")
  }
}
