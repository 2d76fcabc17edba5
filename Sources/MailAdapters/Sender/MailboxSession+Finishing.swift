import FlowEngine
import IMAP
import TenantBase
import Transport

/// What becomes of processed mails.
extension MailboxSession {
  /// What a session needs to know beside the mails.
  struct Finishing: Sendable {
    let source: MailboxName
    /// The UIDVALIDITY under which the mails' UIDs are known; nil where the server gives none.
    let sourceValidity: UInt64?
    let createsFolder: Bool
    let spoolFolder: String
    /// Stores another intent, on disk before it returns.
    let note: @Sendable ([(SourceMessageID, PostProcessingIntent)]) async throws -> Void
  }

  /// A mail of which the source is to be told.
  struct ProcessedMail: Sendable {
    let id: SourceMessageID
    let uid: UInt64
  }

  /// - Returns: what a person should know although it is done.
  func markSeen(_ mails: [ProcessedMail]) async throws -> String? {
    let client = try openClient()
    try await client.store(FlagChange(.add, [.seen]), for: UIDSet(mails.map(\.uid)), deadline: deadline)
    return client.selectedFolder?.keeps(.seen) == false ? "the server keeps no \\Seen in this folder" : nil
  }

  /// Removes mails for good, and no others: never a bare EXPUNGE.
  func delete(_ mails: [ProcessedMail]) async throws -> String? {
    let client = try openClient()
    switch try await client.remove(UIDSet(mails.map(\.uid)), deadline: deadline) {
    case .removed: return nil
    case .markedOnly:
      return "the server can remove no single mails (UIDPLUS): they are marked as deleted until somebody expunges the "
        + "folder"
    case .notRemoved(let answer):
      throw IMAPError(
        .commandRefused, peer: peerName, command: "UID STORE", answer: answer, connection: .usable)
    }
  }

  /// Moves mails to a folder: MOVE, else COPY with the removal of the originals.
  ///
  /// - Parameter isResumed: an earlier poll may have made copies already.
  func archive(
    _ mails: [ProcessedMail], in folder: MailboxName, marksAsSeen: Bool, isResumed: Bool, _ finishing: Finishing
  ) async throws -> String? {
    var mails = mails
    if isResumed {
      let copied = try await withCopies(of: mails, in: folder, finishing)
      if !copied.isEmpty {
        try await finishing.note(copied.map { ($0.id, PostProcessingIntent(.removeOriginal, target: folder.text)) })
        let told = try await delete(copied)
        mails.removeAll { mail in copied.contains { $0.id == mail.id } }
        if mails.isEmpty { return told }
      }
    }
    if marksAsSeen { _ = try await markSeen(mails) }
    let uids = UIDSet(mails.map(\.uid))
    let client = try openClient()
    if client.capabilities.offersMove {
      try await inFolder(folder, finishing) { client, deadline in
        _ = try await client.move(uids, to: folder, deadline: deadline)
      }
      return nil
    }
    try await inFolder(folder, finishing) { client, deadline in
      _ = try await client.copy(uids, to: folder, deadline: deadline)
    }
    try await finishing.note(mails.map { ($0.id, PostProcessingIntent(.removeOriginal, target: folder.text)) })
    return try await delete(mails)
  }

  /// Does something that needs a folder, and makes the folder where it is missing and the channel wants it made.
  private func inFolder(
    _ folder: MailboxName, _ finishing: Finishing, _ work: (IMAPClient, Deadline) async throws -> Void
  ) async throws {
    let client = try openClient()
    do {
      try await work(client, deadline)
    } catch let error as IMAPError where error.kind == .folderMissing {
      guard finishing.createsFolder else { throw MissingFolder(folder: folder.text, error: error) }
      try await client.createFolder(folder, deadline: deadline)
      try await work(client, deadline)
    }
  }

  /// Those of which the folder has a copy already: the same Message-ID, or size without one, and the same bytes.
  private func withCopies(
    of mails: [ProcessedMail], in folder: MailboxName, _ finishing: Finishing
  ) async throws -> [ProcessedMail] {
    let summaries = try await self.summaries(of: mails.map(\.uid))
    let originals = try await digests(of: mails.map(\.uid), spoolFolder: finishing.spoolFolder)
    let found: [ProcessedMail]
    do {
      found = try await lookForCopies(of: mails, in: folder, summaries, originals, finishing)
    } catch let error as IMAPError where error.kind == .folderMissing && error.connection == .usable {
      // No such folder: there is no copy in it. Any other refusal says nothing of copies.
      found = []
    } catch {
      // What follows in this session is meant for the source, not for the folder that is open now.
      if isUsable { try await returnToSource(finishing) }
      throw error
    }
    try await returnToSource(finishing)
    return found
  }

  /// Opens the source again, where the UIDs must mean what they meant: else the connection ends, so that no command
  /// reaches mails that have taken their numbers.
  private func returnToSource(_ finishing: Finishing) async throws {
    do {
      let selected = try await select(finishing.source, isReadOnly: false)
      guard selected.uidValidity == finishing.sourceValidity else {
        throw RenumberedFolder(folder: finishing.source.text, peer: peerName)
      }
    } catch {
      await close()
      throw error
    }
  }

  private func lookForCopies(
    of mails: [ProcessedMail], in folder: MailboxName, _ summaries: [UInt64: MessageSummary],
    _ originals: [UInt64: [UInt8]], _ finishing: Finishing
  ) async throws -> [ProcessedMail] {
    _ = try await select(folder, isReadOnly: true)
    var found: [ProcessedMail] = []
    for mail in mails {
      guard let summary = summaries[mail.uid], let digest = originals[mail.uid],
        let key = Self.copyCriteria(summary)
      else { continue }
      // Many mails with one Message-ID: the last ones are where a copy would be.
      let candidates = try await search(key).suffix(50)
      if try await digests(of: Array(candidates), spoolFolder: finishing.spoolFolder).values.contains(digest) {
        found.append(mail)
      }
    }
    return found
  }

  private static func copyCriteria(_ summary: MessageSummary) -> SearchCriteria? {
    if let messageID = summary.messageID { return SearchCriteria([.header(name: "Message-ID", value: messageID)]) }
    guard let size = summary.size, size > 0, size < .max else { return nil }
    return SearchCriteria([.larger(size - 1), .smaller(size + 1)])
  }
}

/// The archive folder is not there, and the channel does not want it made.
struct MissingFolder: ExplainedError {
  let folder: String
  let error: IMAPError

  var failureClass: FailureClass { .configuration }

  var explanation: Explanation {
    var explanation = error.explanation
    explanation.hints.append("make the folder, or set tenant.createFolder=true for the channel in NAME.tenant.prop")
    return explanation
  }
}

/// The source has other UIDs than those that the mails are known by.
struct RenumberedFolder: ExplainedError {
  let folder: String
  let peer: String

  var failureClass: FailureClass { .temporary }

  var explanation: Explanation {
    Explanation(
      "\(peer) has renumbered the folder '\(PrintableText.escaping(folder, limit: 200))' during the poll",
      hints: ["the next poll finds the mails again by their content"])
  }
}
