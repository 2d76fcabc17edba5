import FlowEngine
import IMAP
import TenantBase
import Transport

/// Keeps a channel's connection between polls, and tells when there is something to poll for.
///
/// Where the channel disconnects after each poll it keeps nothing, and every turn is the schedule's. A lost connection is
/// opened again after a wait that grows with every failure; a login that was refused waits the longest, so that no
/// account is locked by us.
package actor MailboxWatch {
  /// Why a poll is due.
  package enum Reason: Sendable, Equatable {
    /// The schedule says so, or nothing better is known.
    case time
    /// The server told of new mail.
    case news
  }

  /// What the watch waits with; tests bring their own.
  struct Clock: Sendable {
    let sleep: @Sendable (Duration) async throws -> Void
  }

  /// One that opens and closes; the mail sender's own, or a test's.
  typealias Opening = @Sendable () async throws -> any WatchedSession

  private let opens: Opening
  private let keepsConnection: Bool
  private let waitsForMail: Bool
  private let clock: Clock
  private var backOff: WatchBackOff
  private var session: (any WatchedSession)?

  init(
    keepsConnection: Bool, waitsForMail: Bool, backOff: WatchBackOff = WatchBackOff(),
    clock: Clock = Clock { try await Task.sleep(for: $0) }, opens: @escaping Opening
  ) {
    self.opens = opens
    self.keepsConnection = keepsConnection
    self.waitsForMail = waitsForMail
    self.clock = clock
    self.backOff = backOff
  }

  /// The open session for a poll: the kept one where it still lives, else a new one.
  ///
  /// - Throws: what the opening says; the next call waits before it tries again.
  package func lend() async throws -> any SenderSession {
    if let session, await session.isUsable { return session.senderSession }
    await session?.close()
    session = nil
    if backOff.failures > 0 { try await clock.sleep(backOff.next()) }
    do {
      let opened = try await opens()
      backOff.succeeded()
      session = opened
      return opened.senderSession
    } catch {
      if backOff.failures == 0 { _ = backOff.next() }
      throw error
    }
  }

  /// After a poll: keeps the connection or ends it, as the channel says.
  package func giveBack() async {
    guard !keepsConnection else { return }
    await session?.close()
    session = nil
  }

  /// Waits until there is news or the time has come, whichever is first.
  package func wait(until time: Deadline) async throws -> Reason {
    while !time.hasPassed {
      try Task.checkCancellation()
      guard waitsForMail, let session, await session.isUsable else {
        try await clock.sleep(time.timeLeft)
        return .time
      }
      do {
        if try await session.hasNews(until: time) { return .news }
      } catch {
        // The next poll opens it again and tells why it cannot.
        await session.close()
        self.session = nil
      }
    }
    return .time
  }

  /// Says goodbye.
  package func close() async {
    await session?.close()
    session = nil
  }
}

/// A session that can be kept.
protocol WatchedSession: Sendable {
  var senderSession: any SenderSession { get }
  var isUsable: Bool { get async }
  /// Whether something came before `end`.
  func hasNews(until end: Deadline) async throws -> Bool
  func close() async
}

extension MailSenderSession: WatchedSession {
  var senderSession: any SenderSession { self }

  var isUsable: Bool {
    get async { await mailbox.isUsable }
  }

  func hasNews(until end: Deadline) async throws -> Bool {
    let mailbox = mailbox
    return try await mailbox.loop.perform { try await mailbox.hasNews(until: end) }
  }
}

extension MailboxSession {
  /// Whether mails came to the open folder before `end`.
  func hasNews(until end: Deadline) async throws -> Bool {
    let client = try openClient()
    while !end.hasPassed {
      let events = try await client.idle(until: end)
      let hasMore = events.contains { if case .exists = $0 { true } else { false } }
      if hasMore { return true }
      if events.isEmpty { return false }
    }
    return false
  }
}

extension MailSender {
  /// For `serve`: the connection that lives from poll to poll.
  func makeWatch() -> MailboxWatch {
    MailboxWatch(keepsConnection: !settings.disconnects, waitsForMail: settings.waitsForMail && !settings.disconnects) {
      guard let session = try await open(isReadOnly: false) as? MailSenderSession else { throw CancellationError() }
      return session
    }
  }
}
