import TenantBase

/// Which messages of a source were taken and what became of them, so that none is lost or taken twice.
///
/// Each call is one transaction: on disk as a whole when it returns, or it did not happen. A call that throws has taken
/// nothing and changed nothing; the poll ends then, before it touches the source. Calls block on the disk: not to be
/// made on the event loop.
///
/// The life of a message: ``take(_:in:policy:after:now:)`` before anything of it is fetched, ``match(_:with:presentUIDs:policy:now:)`` once it was
/// read, the flow runs, then `.processed` or `failed`, `.postProcessingBegan` before the first command that changes
/// the source, `.postProcessed` after its last answer.
package protocol SourceLedger: Sendable {
  /// Begins a poll of a folder.
  ///
  /// - Parameter validity: the UIDVALIDITY as the server gives it; empty for POP3. One that differs from the last poll's
  ///   voids every UID of the folder: those messages are then found by ``match(_:with:presentUIDs:policy:now:)``.
  func open(_ folder: SourceFolder, validity: String, now: Timestamp) throws -> OpenSourceFolder

  /// The entries with these UIDs of the folder's validity, by UID; in whatever state. A UID without one is left out.
  func known(_ uids: [String], in folder: OpenSourceFolder) throws -> [String: KnownSourceMessage]

  /// Begins an attempt at a message: its entry is found or made, and the attempt counted, on disk before the call returns.
  ///
  /// Never for messages that are not begun at once: a crash would count against them.
  ///
  /// - Parameters:
  ///   - transitions: what else has happened since the last call, stored in the same transaction (one fsync less).
  ///   - policy: the channel's.
  func take(
    _ identity: SourceIdentity, in folder: OpenSourceFolder, policy: SourcePolicy,
    after transitions: [SourceTransition],
    now: Timestamp
  ) throws -> SourceTaking

  /// The same for a message that was read already, compared with what is known as by
  /// ``match(_:with:presentUIDs:policy:now:)``: one transaction for both, one fsync less.
  ///
  /// - Returns: what to do with it; never a number that ``match(_:with:presentUIDs:policy:now:)`` would replace.
  func take(
    _ identity: SourceIdentity, with content: SourceContent, presentUIDs: Set<String>?, in folder: OpenSourceFolder,
    policy: SourcePolicy, after transitions: [SourceTransition], now: Timestamp
  ) throws -> SourceTaking

  /// The same for an entry that a person wants tried again, from the copy that is kept: the source may have it no more.
  func take(
    _ message: SourceMessageID, policy: SourcePolicy, after transitions: [SourceTransition], now: Timestamp
  ) throws -> SourceTaking

  /// Compares a taken message with the ledger once its bytes are known, before the flow sees it.
  ///
  /// The content is stored with the entry when it is new to the ledger.
  ///
  /// - Parameter presentUIDs: every UID that the folder has now, where the caller knows them: an entry whose UID is not
  ///   among them can be the same message under another UID. Nil: only entries whose UID is void can.
  func match(
    _ message: SourceMessageID, with content: SourceContent, presentUIDs: Set<String>?, policy: SourcePolicy,
    now: Timestamp
  ) throws -> SourceMatch

  /// Notes what has happened, in this order, as one transaction. A transition that is noted already is passed over.
  ///
  /// - Throws: also for a transition that the entry's state does not allow; nothing is stored then.
  func record(_ transitions: [SourceTransition], now: Timestamp) throws

  /// Ends an attempt that failed.
  ///
  /// - Returns: what follows. After `.quarantine` the caller keeps the mail by ``quarantine(_:raw:now:)``; when it
  ///   cannot, the next ``take(_:in:policy:after:now:)`` says `.exhausted`, and it is tried then.
  func fail(
    _ message: SourceMessageID, _ failure: SourceFailure, policy: SourcePolicy, now: Timestamp
  ) throws -> SourceVerdict

  /// Puts a message aside for good, with a copy of its raw bytes, on disk before the call returns.
  ///
  /// - Parameter raw: nil when they cannot be had: the entry alone is kept then, and the source is the only copy.
  func quarantine(_ message: SourceMessageID, raw: MessageBody?, now: Timestamp) throws

  /// Entries of a folder that a person wants tried again, and that keep their raw mail, oldest first: taken by
  /// ``take(_:policy:after:now:)``, whether or not the source still has them.
  func retries(in folder: OpenSourceFolder) throws -> [KnownSourceMessage]

  /// The raw mail that is kept; nil when none is.
  func rawMail(of message: SourceMessageID) throws -> MessageBody?

  /// Entries that have been final for longer than the ledger keeps them (90 days at least). The caller looks which of
  /// these UIDs the folder still has, and forgets the others: an entry is not forgotten while its message is there.
  func expired(in folder: OpenSourceFolder, now: Timestamp, limit: Int) throws -> [KnownSourceMessage]

  /// Removes final entries.
  func forget(_ messages: [SourceMessageID]) throws
}

/// What a channel says of repeated attempts.
package struct SourcePolicy: Sendable, Equatable {
  /// Attempts that count before a message is quarantined; `tenant.maximumAttempts`.
  package var maximumAttempts = 5
  /// A message whose attempt was cut off by a crash is held instead of repeated.
  package var isAtMostOnce = false
  /// For how long failures of the network or of a partner are no fault of the message (RFC 5321 section 4.5.4.1).
  package var temporaryFailureLimit: Duration = .seconds(5 * 24 * 60 * 60)

  package init(maximumAttempts: Int = 5, isAtMostOnce: Bool = false) {
    self.maximumAttempts = maximumAttempts
    self.isAtMostOnce = isAtMostOnce
  }
}

/// A folder whose poll has begun.
package struct OpenSourceFolder: Sendable {
  package let folder: SourceFolder
  /// Its number in the ledger.
  package let number: Int64
  /// The UIDVALIDITY of this poll.
  package let validity: String
  /// Why nothing may be taken from it until a person says so; nil when all is well. ``SourceLedger`` refuses to take then.
  package let hold: String?
  /// The entries with a UID of this validity that are not over, by UID: those that are done or were given up are very many,
  /// and are asked for by ``SourceLedger/known(_:in:)``.
  package let known: [String: KnownSourceMessage]
  /// UIDs that have just become void because the validity has changed. To be logged.
  package let voidedCount: Int
  /// Entries whose UID is void and that a message has not matched yet. While there are any, every unknown message is
  /// compared by its bytes.
  package let unmatchedCount: Int

  package init(
    folder: SourceFolder, number: Int64, validity: String, hold: String?, known: [String: KnownSourceMessage],
    voidedCount: Int, unmatchedCount: Int
  ) {
    self.folder = folder
    self.number = number
    self.validity = validity
    self.hold = hold
    self.known = known
    self.voidedCount = voidedCount
    self.unmatchedCount = unmatchedCount
  }
}

/// What came of an attempt's beginning.
package enum SourceTaking: Sendable, Equatable {
  /// Go on: fetch, match, run the flow. `attempt` counts from 1; `isRepeated` when an earlier one did not come to its end.
  case taken(SourceMessageID, attempt: Int, isRepeated: Bool)
  /// It was tried as often as it may, and the last attempts did not even end: fetch it and quarantine it.
  case exhausted(SourceMessageID, attempts: Int)
  /// The flow has had it: only the post-processing is left; with the intent when it was begun.
  case processed(SourceMessageID, begun: PostProcessingIntent?)
  /// Nothing is to be done: done, dropped, quarantined or held.
  case settled(SourceMessageID, SourceMessageState)
  /// An attempt was cut off by a crash and the channel repeats nothing: it has just been held.
  case heldAfterCrash(SourceMessageID)
  /// Another process is at it.
  case takenByOther(SourceMessageID)
}

/// What the bytes of a taken message say.
package enum SourceMatch: Sendable, Equatable {
  /// It is the message of its entry, or one that the ledger has never seen: go on with this number.
  case same(SourceMessageID)
  /// The UID was given to another message than the one that the entry was made for: a new entry is taken in its place,
  /// with its first attempt. Go on with that number.
  case replaced(SourceMessageID)
  /// It is a message that the ledger knew under a UID that is gone: the old entry has the new UID now, and the attempt is
  /// its own. What to do is as after a `take`: never `.takenByOther`.
  case known(SourceTaking)

  /// The entry to go on with.
  package var message: SourceMessageID {
    switch self {
    case .same(let id), .replaced(let id): id
    case .known(let taking): taking.message
    }
  }
}

extension SourceTaking {
  package var message: SourceMessageID {
    switch self {
    case .taken(let id, _, _), .exhausted(let id, _), .processed(let id, _), .settled(let id, _),
      .heldAfterCrash(let id), .takenByOther(let id):
      id
    }
  }
}

/// What has happened to a message.
package enum SourceTransition: Sendable, Equatable {
  /// The flow is through with it, and every delivery's outcome is on disk.
  case processed(SourceMessageID)
  /// A command that changes the source is about to leave. A later one replaces it: `.move`, then `.removeOriginal`.
  case postProcessingBegan(SourceMessageID, PostProcessingIntent)
  /// The source has answered the last command, or there is nothing to do there.
  case postProcessed(SourceMessageID)
  /// The attempt ended without any fault of the message, before the flow began: shutdown, lost connection to the source.
  /// It does not count.
  case abandoned(SourceMessageID)
}

/// Why an attempt failed.
package struct SourceFailure: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// The network, a partner, the disk: another time it may work. Does not count until the policy's limit.
    case temporary
    /// The flow failed on it: counts.
    case counted
    /// No attempt can succeed: quarantined at once.
    case permanent
    /// Something was sent and the answer lost. Held for a person where the delivery's channel says so
    /// (``NewDelivery/holdsDoubt``), else it counts, and the next attempt sends the same bytes again.
    case outcomeUnknown
  }

  package let kind: Kind
  package let explanation: Explanation

  package init(_ kind: Kind, _ explanation: Explanation) {
    self.kind = kind
    self.explanation = explanation
  }
}

/// What follows a failed attempt.
package enum SourceVerdict: Sendable, Equatable {
  /// The next poll takes it again, `serve` not before this moment.
  case again(attemptsLeft: Int, notBefore: Timestamp?)
  /// The raw mail is to be kept now.
  case quarantine
  /// It waits for a person, untouched at the source.
  case held
}
