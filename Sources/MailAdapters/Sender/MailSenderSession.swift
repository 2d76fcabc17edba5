import FlowEngine
import IMAP
import System
import TenantBase
import Transport

/// A channel's open folder.
struct MailSenderSession: SenderSession {
  let mailbox: MailboxSession
  let settings: MailSenderSettings
  let folder: SelectedFolder
  let facts: SenderSessionFacts
  let spoolFolder: String
  let title: String
  /// The credential's places and remedy, for messages.
  let places: [String]

  // MARK: what is there

  func matches() async throws -> [String] {
    let today = CivilDateTime(Timestamp(milliseconds: WallTime.now.milliseconds))
    let uids = try await search(try settings.criteria(today: today))
    return (settings.order == .oldestFirst ? uids : uids.reversed()).map { String($0) }
  }

  func allUIDs() async throws -> [String] { try await search(SearchCriteria([.all])).map { String($0) } }

  private func search(_ criteria: SearchCriteria) async throws -> [UInt64] {
    let mailbox = mailbox
    return try await explaining { try await mailbox.loop.perform { try await mailbox.search(criteria) } }
  }

  func candidates(of uids: [String]) async throws -> [SenderCandidate] {
    let (mailbox, numbers) = (mailbox, uids.compactMap { UInt64($0) })
    let summaries = try await explaining {
      try await mailbox.loop.perform { try await mailbox.summaries(of: numbers) }
    }
    return numbers.compactMap { summaries[$0] }.map { summary in
      let size = summary.size.map { Int(clamping: $0) }
      let isTooLarge = size.map { $0 > settings.maximumSize } ?? false
      return SenderCandidate(
        identity: SourceIdentity(
          uid: String(summary.uid), emailID: summary.emailID, size: size, internalDate: summary.internalDate),
        refusal: isTooLarge
          ? "too large: \(size ?? 0) bytes, and the channel takes \(settings.maximumSize) (tenant.maximumSize)" : nil)
    }
  }

  func fetch(
    _ uids: [String], take: @escaping @Sendable (FetchedSourceMessage) -> Void
  ) async throws -> [String: String] {
    let (mailbox, spoolFolder, maximumSize) = (mailbox, spoolFolder, settings.maximumSize)
    let requests = uids.compactMap { UInt64($0) }.map { MessageRequest(uid: $0) }
    let outcomes = try await explaining {
      try await mailbox.loop.perform {
        try await mailbox.fetch(requests, spoolFolder: spoolFolder, maximumSize: maximumSize, take: take)
      }
    }
    var reasons: [String: String] = [:]
    for (uid, outcome) in outcomes { reasons[String(uid)] = Self.reason(outcome) }
    return reasons
  }

  private static func reason(_ outcome: FetchOutcome) -> String? {
    switch outcome {
    case .delivered: nil
    case .declined: "too large, though the server said otherwise (tenant.maximumSize)"
    case .gone: "it is no longer in the folder"
    case .withoutContent: "the server gave no content"
    case .tooLarge(let size): "too large: \(size) bytes"
    case .refused(let answer): "the server refused it (\(answer.text))"
    }
  }

  // MARK: what becomes of it

  var postProcessing: PostProcessingIntent? {
    switch settings.postProcessing {
    case .markAsRead: PostProcessingIntent(.markSeen)
    case .delete: PostProcessingIntent(.delete)
    case .archive(let folder, let marksAsRead):
      PostProcessingIntent(.move, target: folder, detail: marksAsRead ? "seen" : "")
    }
  }

  func postProcess(
    _ tasks: [PostProcessingTask],
    note: @escaping @Sendable ([(SourceMessageID, PostProcessingIntent)]) async throws -> Void
  ) async -> [SourceMessageID: SenderFinish] {
    var result: [SourceMessageID: SenderFinish] = [:]
    let finishing = MailboxSession.Finishing(
      source: folder.name, sourceValidity: folder.uidValidity, createsFolder: settings.createsFolder,
      spoolFolder: spoolFolder, note: note)
    for group in Self.groups(of: tasks) {
      let finish: SenderFinish
      do { finish = .done(note: try await self.finish(group, finishing)) } catch {
        finish = .open(failure(from: error))
      }
      for mail in group.mails { result[mail.id] = finish }
    }
    return result
  }

  private struct Group: Sendable {
    let intent: PostProcessingIntent
    let isResumed: Bool
    var mails: [MailboxSession.ProcessedMail]
  }

  /// Mails for which the same is to be done, in the order in which the first of each came.
  private static func groups(of tasks: [PostProcessingTask]) -> [Group] {
    var groups: [Group] = []
    for task in tasks {
      guard let uid = UInt64(task.uid) else { continue }
      let mail = MailboxSession.ProcessedMail(id: task.id, uid: uid)
      if let index = groups.firstIndex(where: { $0.intent == task.intent && $0.isResumed == task.isResumed }) {
        groups[index].mails.append(mail)
      } else {
        groups.append(Group(intent: task.intent, isResumed: task.isResumed, mails: [mail]))
      }
    }
    return groups
  }

  private func finish(_ group: Group, _ finishing: MailboxSession.Finishing) async throws -> String? {
    let mailbox = mailbox
    return try await mailbox.loop.startTask {
      switch group.intent.action {
      case .markSeen: try await mailbox.markSeen(group.mails)
      case .delete, .removeOriginal: try await mailbox.delete(group.mails)
      case .move:
        try await mailbox.archive(
          group.mails, in: MailboxName(group.intent.target ?? ""), marksAsSeen: group.intent.detail == "seen",
          isResumed: group.isResumed, finishing)
      }
    }.value
  }

  func close() async {
    let mailbox = mailbox
    _ = try? await mailbox.loop.startTask { await mailbox.close() }.value
  }

  // MARK: errors

  private func explaining<Value>(_ work: () async throws -> Value) async throws -> Value {
    do { return try await work() } catch { throw failure(from: error) }
  }

  private func failure(from error: any Error) -> FlowFailure {
    if let failure = error as? FlowFailure { return failure }
    if let explained = error as? any ExplainedError {
      return FlowFailure(.channelFailed, from: explained, places: places)
    }
    if error is CancellationError {
      return FlowFailure(.channelFailed, class: .temporary, Explanation("the poll was interrupted", places: places))
    }
    return FlowFailure(
      .channelFailed, class: .permanent, Explanation("the mailbox cannot be read", places: places, cause: "\(error)"))
  }
}
