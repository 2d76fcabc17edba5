import FlowEngine
import System
import TenantBase

/// A poll whose connection is open and whose mailbox is locked.
struct OpenPoll {
  let poll: SenderPoll
  let session: any SenderSession
  let lease: any MailboxLease
  var report: PollReport
  /// What has happened and is not on disk yet; stored with the next call of the ledger.
  var transitions: [SourceTransition] = []
  /// Processed messages of which the source is still to be told.
  var pending: [PostProcessingTask] = []
  /// Every UID of the folder, asked for when the first message is taken.
  private var presentUIDs: Set<String>?
  /// Where a message stands in the report.
  var positions: [String: Int] = [:]

  private var ledger: any SourceLedger { poll.ledger }
  private var policy: SourcePolicy { poll.sender.description.policy }

  init(poll: SenderPoll, session: any SenderSession, lease: any MailboxLease, report: PollReport) {
    self.poll = poll
    self.session = session
    self.lease = lease
    self.report = report
  }

  mutating func run(_ folder: SourceFolder) async {
    do {
      report.facts = await session.facts
      let open = try ledger.open(folder, validity: report.facts.validity, now: poll.now())
      if open.voidedCount > 0 {
        report.notes.append(
          "the server has renumbered the folder (UIDVALIDITY \(open.validity)): \(open.voidedCount) known messages are "
            + "found again by their content")
      }
      if let hold = open.hold { throw Self.held(hold, open.number) }
      try await finishEarlier(open)
      try await retryKept(open)
      try await takeFresh(open)
      try await tellSource()
      try await forgetExpired(open)
    } catch {
      if report.failure == nil { report.failure = FlowFailure(ofPoll: error) }
      try? flush()
    }
  }

  private static func held(_ hold: String, _ number: Int64) -> FlowFailure {
    FlowFailure(
      .invalidFlow, class: .configuration,
      Explanation(
        "nothing is taken from the folder until a person says so", cause: hold,
        hints: ["put away what was processed, then: tenant messages release \(number)"]))
  }

  // MARK: what earlier polls have left

  /// Messages that the flow has had, and of which the source does not know.
  private mutating func finishEarlier(_ open: OpenSourceFolder) async throws {
    let waiting = open.known.values.filter { $0.state == .processed || $0.state == .postProcessing }
      .sorted { $0.id.rawValue < $1.id.rawValue }
    let present = try await present(waiting)
    for known in waiting {
      let taking = try ledger.take(known.identity, in: open, policy: policy, after: transitions, now: poll.now())
      transitions = []
      guard case .processed(let id, let begun) = taking else { continue }
      let position = note(PolledMessage(uid: known.identity.uid, status: .finished), known.identity)
      // It is not read again: the ledger knows whose mail it is.
      if let record = try (ledger as? any MessageRecords)?.record(of: id) {
        report.messages[position].from = record.from
        report.messages[position].subject = record.subject
        report.messages[position].messageID = record.messageID
      }
      if present.contains(known.identity.uid) {
        await finish(id, begun, at: position)
      } else {
        // Moved or removed already, by us or by somebody else: nothing is left to do.
        report.messages[position].entry = id
        report.messages[position].reason = "it is no longer in the folder"
        transitions.append(.postProcessed(id))
      }
    }
    try await tellSource()
  }

  /// The UIDs under which the source still has these very messages.
  private func present(_ messages: [KnownSourceMessage]) async throws -> Set<String> {
    guard !messages.isEmpty else { return [] }
    let candidates = try await session.candidates(of: messages.map(\.identity.uid))
    let identities = Dictionary(candidates.map { ($0.identity.uid, $0.identity) }, uniquingKeysWith: { $1 })
    return Set(
      messages.map(\.identity).filter { known in identities[known.uid].map { !$0.contradicts(known) } ?? false }
        .map(\.uid))
  }

  /// Messages that a person wants tried again, from the copies that are kept.
  private mutating func retryKept(_ open: OpenSourceFolder) async throws {
    let wanted = try ledger.retries(in: open)
    let present = try await present(wanted)
    var lost: [SourceIdentity] = []
    for known in wanted {
      try Task.checkCancellation()
      let message: RawSourceMessage
      do {
        guard let raw = try ledger.rawMail(of: known.id) else { continue }
        message = try poll.sender.message(of: raw)
      } catch {
        if present.contains(known.identity.uid) { lost.append(known.identity) } else { noteLost(known, error) }
        continue
      }
      let taking = try ledger.take(known.id, policy: policy, after: transitions, now: poll.now())
      transitions = []
      let position = note(PolledMessage(uid: known.identity.uid, status: .skipped), known.identity)
      describe(message.content, at: position)
      try await go(
        on: taking, with: message, at: position,
        source: present.contains(known.identity.uid) ? .mayBeDone : .gone)
    }
    try await tellSource()
    // The mailbox still has what the disk has lost.
    guard !lost.isEmpty else { return }
    presentUIDs = Set(try await session.allUIDs())
    try await process(MessageBatch.batches(of: lost[...], limits: poll.limits), in: open)
  }

  /// The message alone fails: neither the disk nor the mailbox has it. It stays as it is until a person gives it up.
  private mutating func noteLost(_ known: KnownSourceMessage, _ error: any Error) {
    let number = known.id.rawValue
    let cause = (error as? any ExplainedError)?.description ?? "\(error)"
    let position = note(PolledMessage(uid: known.identity.uid, status: .failed), known.identity)
    report.messages[position].entry = known.id
    report.messages[position].reason = "message \(number) is in the mailbox no more, and its kept copy is lost"
    report.messages[position].failure = FlowFailure(
      .stepFailed, class: .permanent,
      Explanation(
        "the kept copy of message \(number) cannot be read, and the mailbox has the mail no more", cause: cause,
        hints: ["put the copy back, or give the message up: tenant messages drop \(number)"]))
  }

  // MARK: fresh messages

  private mutating func takeFresh(_ open: OpenSourceFolder) async throws {
    let uids = try await session.matches()
    let most = poll.sender.description.messagesPerPoll
    var wanted: [SourceIdentity] = []
    // What failed before takes no place from what was never tried.
    var failed: [KnownSourceMessage] = []
    var looked = 0
    while looked < uids.count, wanted.count < most {
      let chunk = uids[looked..<min(uids.count, looked + poll.limits.summaries)]
      looked += chunk.count
      let known = try ledger.known(Array(chunk), in: open)
      for candidate in try await session.candidates(of: Array(chunk)) {
        if let reason = refusal(of: candidate, known[candidate.identity.uid]) {
          guard !reason.isEmpty else { continue }
          note(PolledMessage(uid: candidate.identity.uid, status: .skipped, reason: reason), candidate.identity)
        } else if let entry = known[candidate.identity.uid], entry.state == .failed,
          !entry.identity.contradicts(candidate.identity)
        {
          failed.append(entry)
        } else {
          wanted.append(candidate.identity)
        }
      }
    }
    wanted += Self.ordered(failed, at: poll.now()).map(\.identity)
    report.left = max(0, wanted.count - most) + (try unseen(among: uids[looked...], open))
    if !wanted.isEmpty { presentUIDs = Set(try await session.allUIDs()) }
    try await process(MessageBatch.batches(of: wanted.prefix(most), limits: poll.limits), in: open)
  }

  /// How many of these are still to be taken.
  private func unseen(among uids: ArraySlice<String>, _ open: OpenSourceFolder) throws -> Int {
    var (rest, count) = (uids, 0)
    while !rest.isEmpty {
      let chunk = Array(rest.prefix(poll.limits.summaries))
      rest = rest.dropFirst(chunk.count)
      let known = try ledger.known(chunk, in: open)
      count += chunk.count { uid in known[uid].map { !$0.state.isSettled } ?? true }
    }
    return count
  }

  /// Failed messages whose time has come, then those of which it has not: a person who runs a flow does not wait.
  private static func ordered(_ failed: [KnownSourceMessage], at now: Timestamp) -> [KnownSourceMessage] {
    func isDue(_ known: KnownSourceMessage) -> Bool { known.notBefore.map { $0 <= now } ?? true }
    return failed.filter(isDue) + failed.filter { !isDue($0) }
  }

  /// Why a message that fits the selection is not taken: empty when there is nothing to say of it; nil when it is taken.
  private mutating func refusal(of candidate: SenderCandidate, _ known: KnownSourceMessage?) -> String? {
    if positions[candidate.identity.uid] != nil { return "" }
    if let known, !known.identity.contradicts(candidate.identity) {
      switch known.state {
      case .done:
        report.doneBefore += 1
        return ""
      case .quarantined: return "quarantined; to try it again: tenant messages retry \(known.id.rawValue)"
      case .held: return "held for a person: tenant messages show \(known.id.rawValue)"
      case .dropped: return "given up by a person"
      case .taken, .failed, .waiting, .processed, .postProcessing: break
      }
    }
    return candidate.refusal
  }

  private mutating func process(_ batches: [MessageBatch], in open: OpenSourceFolder) async throws {
    var rest = batches[...]
    var reading = try start(rest.popFirst())
    while let batch = reading {
      let read = await batch.result()
      // What was read is processed while the next is read.
      if read.failure == nil, !Task.isCancelled { reading = try start(rest.popFirst()) } else { reading = nil }
      do {
        try await process(read, in: open)
      } catch {
        reading?.cancel()
        _ = await reading?.result()
        report.left += (reading?.batch.identities.count ?? 0) + rest.reduce(0) { $0 + $1.identities.count }
        throw error
      }
      if let failure = read.failure {
        report.left += rest.reduce(0) { $0 + $1.identities.count }
        throw failure
      }
      // The connection is free again when the next batch is here.
      if let next = reading { _ = await next.result() }
      try await tellSource()
      try lease.renew(now: poll.now())
    }
  }

  private func start(_ batch: MessageBatch?) throws -> BatchReading? {
    guard let batch else { return nil }
    let needed = batch.byteCount * poll.limits.diskFactor + poll.limits.diskReserve
    if let free = poll.freeBytes(), free < needed {
      return BatchReading(batch, failing: Self.diskFull(needed: needed, free: free))
    }
    return BatchReading(batch, from: session)
  }

  private static func diskFull(needed: Int, free: Int) -> FlowFailure {
    FlowFailure(
      .channelFailed, class: .temporary,
      Explanation(
        "the poll stops: the disk is full",
        cause: "the next mails may need \(needed / 1024) KiB, and \(free / 1024) KiB are free",
        hints: ["make room; nothing was lost, the mails are still in the mailbox"]))
  }

  private mutating func process(_ read: BatchReading.Result, in open: OpenSourceFolder) async throws {
    var isOpen = true
    for identity in read.batch.identities {
      guard isOpen, !Task.isCancelled else {
        report.left += 1
        isOpen = false
        continue
      }
      switch read.messages[identity.uid] {
      case nil where read.failure != nil: report.left += 1
      case nil:
        let reason = read.reasons[identity.uid] ?? "the server gave no content"
        note(PolledMessage(uid: identity.uid, status: .skipped, reason: reason), identity)
      case .failure(let failure):
        report.left += 1
        if report.failure == nil { report.failure = failure }
      case .success(let message):
        let taking = try ledger.take(identity, in: open, policy: policy, after: transitions, now: poll.now())
        transitions = []
        let position = note(PolledMessage(uid: identity.uid, status: .skipped), identity)
        describe(message.content, at: position)
        try await go(on: try matched(taking, message), with: message, at: position, source: .untouched)
      }
    }
    if Task.isCancelled { throw CancellationError() }
    if let failure = report.failure { throw failure }
  }

  /// What is to be done once the content is known.
  private func matched(_ taking: SourceTaking, _ message: RawSourceMessage) throws -> SourceTaking {
    guard case .taken(let id, let attempt, let isRepeated) = taking else { return taking }
    let match = try ledger.match(
      id, with: message.content, presentUIDs: presentUIDs, policy: policy, now: poll.now())
    return switch match {
    case .same(let same): .taken(same, attempt: attempt, isRepeated: isRepeated)
    case .replaced(let other): .taken(other, attempt: 1, isRepeated: false)
    case .known(let known): known
    }
  }

  // MARK: the ledger's time

  mutating func flush() throws {
    guard !transitions.isEmpty else { return }
    try ledger.record(transitions, now: poll.now())
    transitions = []
  }

  /// Entries are forgotten when their time is over and the source has the message no more.
  private mutating func forgetExpired(_ open: OpenSourceFolder) async throws {
    let expired = try ledger.expired(in: open, now: poll.now(), limit: poll.limits.expiredEntries)
    guard !expired.isEmpty else { return }
    let present = Set(try await session.candidates(of: expired.map(\.identity.uid)).map(\.identity.uid))
    let gone = expired.filter { !present.contains($0.identity.uid) }
    if !gone.isEmpty { try ledger.forget(gone.map(\.id)) }
  }

  // MARK: the report

  @discardableResult
  mutating func note(_ message: PolledMessage, _ identity: SourceIdentity) -> Int {
    var message = message
    message.size = identity.size
    report.messages.append(message)
    positions[identity.uid] = report.messages.count - 1
    return report.messages.count - 1
  }

  private mutating func describe(_ content: SourceContent, at position: Int) {
    report.messages[position].from = content.from
    report.messages[position].subject = content.subject
    report.messages[position].messageID = content.messageID
  }
}
