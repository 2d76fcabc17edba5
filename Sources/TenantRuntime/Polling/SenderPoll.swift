import FlowEngine
import System
import TenantBase

/// One poll of a sender channel: looks, takes, runs the flow with each message, and tells the source afterwards.
///
/// Messages are read ahead while others are processed; the order stays. Nothing is changed at the source before the
/// outcome is on disk. It stops early when it is cancelled, when the connection is lost and when the disk is full; what
/// is done stays done.
struct SenderPoll {
  let sender: any SenderAdapter
  let ledger: any SourceLedger
  let locks: any MailboxLocking
  let flowName: String
  var limits = PollLimits()
  let now: @Sendable () -> Timestamp
  /// Bytes that the disk has left; nil when nobody can say.
  let freeBytes: @Sendable () -> Int?
  /// Runs the flow with a message.
  let process: @Sendable (Exchange) async -> RunReport

  func run() async -> PollReport {
    var report = PollReport(sender: sender.description)
    do {
      let (folder, mailbox) = try sender.source()
      let timeout = sender.description.lockTimeout
      switch try locks.lock(mailbox, for: flowName, timeout: timeout, now: now()) {
      case .heldBy(let holder): report.failure = Self.failure(lockedBy: holder, mailbox)
      case .locked(let lease):
        let session = try await sender.open(isReadOnly: false)
        var poll = OpenPoll(poll: self, session: session, lease: lease, report: report)
        await poll.run(folder)
        await session.close()
        report = poll.report
      }
    } catch {
      report.failure = FlowFailure(ofPoll: error)
    }
    return report
  }

  private static func failure(lockedBy holder: MailboxLockHolder, _ mailbox: LockedMailbox) -> FlowFailure {
    let folder = mailbox.folder.isEmpty ? "" : " '\(PrintableText.escaping(mailbox.folder))'"
    return FlowFailure(
      .channelFailed, class: .temporary,
      Explanation(
        "the folder\(folder) of \(PrintableText.escaping(mailbox.user)) at \(mailbox.server) is being polled already",
        cause: "locked by \(holder.description)", hints: ["try again when that poll has ended"]))
  }
}

extension FlowFailure {
  /// What ended a poll.
  init(ofPoll error: any Error) {
    if let failure = error as? FlowFailure {
      self = failure
    } else if let explained = error as? any ExplainedError {
      self.init(.channelFailed, from: explained)
    } else if error is CancellationError {
      self = .interrupted
    } else {
      self.init(.channelFailed, class: .permanent, Explanation("the poll failed", cause: "\(error)"))
    }
  }

  static let interrupted = FlowFailure(
    .channelFailed, class: .temporary,
    Explanation("the poll was interrupted; what was processed until then is noted"))
}
