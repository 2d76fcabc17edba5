import FlowEngine
import IMAP
import System
import TenantBase
import Transport

/// Finding and reading mails.
extension MailboxSession {
  /// Opens a folder.
  /// - Throws: `.folderReadOnly` where it is to be changed and the server does not let us.
  func select(_ folder: MailboxName, isReadOnly: Bool) async throws -> SelectedFolder {
    let client = try openClient()
    let selected = try await client.select(folder, isReadOnly ? .readOnly : .readWrite, deadline: deadline)
    guard isReadOnly || selected.access == .readWrite else {
      throw IMAPError(
        .folderReadOnly, peer: peerName, command: "SELECT", folder: folder.text, connection: .usable)
    }
    return selected
  }

  /// The UIDs that match, ascending.
  func search(_ criteria: SearchCriteria) async throws -> [UInt64] {
    try await openClient().search(criteria, deadline: deadline)
  }

  func summaries(of uids: [UInt64]) async throws -> [UInt64: MessageSummary] {
    guard !uids.isEmpty else { return [:] }
    var found: [UInt64: MessageSummary] = [:]
    try await openClient().fetchSummaries(uids, deadline: deadline) { found[$0.uid] = $0 }
    return found
  }

  /// Reads mails into memory or, when they are large, into files of a folder.
  func fetch(
    _ requests: [MessageRequest], spoolFolder: String, maximumSize: Int,
    take: @escaping @Sendable (FetchedSourceMessage) -> Void
  ) async throws -> [UInt64: FetchOutcome] {
    guard !requests.isEmpty else { return [:] }
    let sink = SpoolingSink(folder: spoolFolder, maximumSize: maximumSize, take: take)
    return try await openClient().fetchMessages(requests, into: sink, deadline: deadline)
  }

  /// SHA-256 of mails as the server gives them; without those that are gone.
  func digests(of uids: [UInt64], spoolFolder: String) async throws -> [UInt64: [UInt8]] {
    let sink = DigestingSink()
    _ = try await openClient().fetchMessages(uids.map { MessageRequest(uid: $0) }, into: sink, deadline: deadline)
    return sink.digests
  }
}

/// Keeps mails as they arrive. A disk that refuses does not cost the connection: the mail that did not fit is told, and
/// those after it are not wanted.
private final class SpoolingSink: IncomingMessageSink {
  private let folder: String
  private let maximumSize: Int
  private let take: @Sendable (FetchedSourceMessage) -> Void
  private var uid = ""
  private var mail: SpooledMail?
  private var isFull = false

  init(folder: String, maximumSize: Int, take: @escaping @Sendable (FetchedSourceMessage) -> Void) {
    self.folder = folder
    self.maximumSize = maximumSize
    self.take = take
  }

  func begin(_ message: IncomingMessage) async throws -> Bool {
    guard !isFull, message.size <= UInt64(maximumSize) else { return false }
    uid = String(message.uid)
    mail = SpooledMail(folder: folder)
    return true
  }

  func receive(_ bytes: [UInt8]) async throws {
    do throws(SystemError) { try mail?.append(bytes) } catch { fail(error) }
  }

  func end() async throws {
    guard let mail else { return }
    self.mail = nil
    do throws(SystemError) {
      let message = try mail.finish()
      take(FetchedSourceMessage(uid: uid, message: .success(message)))
    } catch { fail(error) }
  }

  func abandon() async { mail = nil }

  private func fail(_ error: SystemError) {
    mail = nil
    isFull = true
    let failure = FlowFailure(
      .channelFailed, class: .temporary, error.explanation.within("the poll stops: a mail could not be kept"))
    take(FetchedSourceMessage(uid: uid, message: .failure(failure)))
  }
}
