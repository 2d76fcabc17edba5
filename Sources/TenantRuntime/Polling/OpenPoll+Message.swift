import FlowEngine
import System
import TenantBase

/// What the source has of a message that is processed.
enum SourceCopy {
  /// As it was read.
  case untouched
  /// An earlier poll may have done a part of the post-processing.
  case mayBeDone
  /// Nothing is to be done there.
  case gone
}

/// One message on its way through a poll.
extension OpenPoll {
  private var ledger: any SourceLedger { poll.ledger }
  private var policy: SourcePolicy { poll.sender.description.policy }

  mutating func go(
    on taking: SourceTaking, with message: RawSourceMessage, at position: Int, source: SourceCopy
  ) async throws {
    report.messages[position].entry = taking.message
    switch taking {
    case .taken(let id, let attempt, _):
      report.messages[position].attempt = attempt
      try await runFlow(id, with: message, position, source)
    case .exhausted(let id, let attempts):
      try ledger.quarantine(id, raw: message.raw, now: poll.now())
      settle(.quarantined, "tried \(attempts) times, and no attempt came to its end", at: position)
    case .processed(let id, let begun):
      report.messages[position].status = .finished
      await finish(id, begun, at: position)
    case .settled(_, let state): settle(.skipped, Self.words(for: state), at: position)
    case .heldAfterCrash:
      settle(.held, "an attempt was cut off, and the channel repeats nothing (tenant.atMostOnce)", at: position)
    case .takenByOther: settle(.skipped, "another process is at it", at: position)
    }
  }

  private static func words(for state: SourceMessageState) -> String {
    switch state {
    case .done: "processed before"
    case .quarantined: "quarantined"
    case .held: "held for a person"
    case .dropped: "given up by a person"
    case .taken, .failed, .waiting, .processed, .postProcessing: "not to be taken now"
    }
  }

  private static func words(for intent: PostProcessingIntent) -> String {
    switch intent.action {
    case .markSeen: "marked as read"
    case .delete: "deleted"
    case .move, .removeOriginal: "archived in '\(PrintableText.escaping(intent.target ?? ""))'"
    }
  }

  private mutating func settle(_ status: PolledMessage.Status, _ reason: String, at position: Int) {
    report.messages[position].status = status
    report.messages[position].reason = reason
  }

  // MARK: an attempt

  private mutating func runFlow(
    _ id: SourceMessageID, with message: RawSourceMessage, _ position: Int, _ source: SourceCopy
  ) async throws {
    var exchange: Exchange
    do throws(FlowFailure) {
      exchange = try poll.sender.exchange(of: message, id: FlowRuntime.newID())
    } catch {
      report.messages[position].failure = error
      let kind: SourceFailure.Kind =
        switch error.failureClass {
        case .temporary, .unreachable: .temporary
        case .permanent: .permanent
        case .usage, .badInput, .outcomeUnknown, .refused, .configuration: .counted
        }
      return try fail(id, .init(kind, error.explanation), message, position)
    }
    exchange.sourceMessage = id
    let run = await poll.process(exchange)
    report.messages[position].run = position < poll.limits.detailedReports ? run : run.condensed
    // What an exception subprocess has dealt with is done, as far as the source is concerned.
    if let failure = run.raisedFailure {
      return try fail(id, .init(Self.kind(of: failure, in: run), failure.explanation), message, position)
    }
    report.messages[position].status = .processed
    transitions.append(.processed(id))
    await finish(id, nil, at: position, source: source)
  }

  /// Whose fault a failure is: a server that is away or a password that is wrong says nothing of the message. What a
  /// step or the composing of a mail could not do with it does, whatever it lacked.
  private static func kind(of failure: FlowFailure, in run: RunReport) -> SourceFailure.Kind {
    switch (failure.failureClass, failure.kind) {
    case (.outcomeUnknown, _): .outcomeUnknown
    case (.temporary, _), (.unreachable, _), (_, .cancelled): .temporary
    case (.refused, .channelFailed), (.configuration, .channelFailed): .temporary
    // The flow cannot run as it is, with any message.
    case (.configuration, .unsupported), (.configuration, .invalidFlow): .temporary
    case (.permanent, .channelFailed) where run.isRefusedForGood: .permanent
    default: .counted
    }
  }

  private mutating func fail(
    _ id: SourceMessageID, _ failure: SourceFailure, _ message: RawSourceMessage, _ position: Int
  ) throws {
    try flush()
    switch try ledger.fail(id, failure, policy: policy, now: poll.now()) {
    case .again(let left, _):
      let times = left == 1 ? "once more" : "up to \(left) times"
      settle(
        .failed, failure.kind == .temporary ? "tried again at the next poll" : "tried again \(times)", at: position)
    case .quarantine:
      try ledger.quarantine(id, raw: message.raw, now: poll.now())
      settle(
        .quarantined, "the mail is kept; to try it again: tenant messages retry \(id.rawValue)", at: position)
    case .held:
      settle(.held, "waits for a person: tenant messages show \(id.rawValue)", at: position)
    }
  }

  // MARK: the source

  /// Notes what is to be done at the source for a message whose outcome is, or is about to be, on disk.
  mutating func finish(
    _ id: SourceMessageID, _ begun: PostProcessingIntent?, at position: Int, source: SourceCopy = .mayBeDone
  ) async {
    let message = report.messages[position]
    report.messages[position].entry = id
    let wanted = await session.postProcessing
    guard source != .gone, let intent = begun ?? wanted else {
      transitions.append(.postProcessed(id))
      return
    }
    transitions.append(.postProcessingBegan(id, intent))
    report.messages[position].postProcessing = .init(
      intent: intent,
      failure: FlowFailure(
        .channelFailed, class: .temporary,
        Explanation("the mail is \(Self.words(for: intent)) at the next poll: this one ended before")))
    pending.append(PostProcessingTask(id: id, uid: message.uid, intent: intent, isResumed: source == .mayBeDone))
  }

  /// Tells the source of what was processed; what is on disk by then.
  mutating func tellSource() async throws {
    try flush()
    guard !pending.isEmpty else { return }
    let tasks = pending
    pending = []
    let (ledger, now) = (ledger, poll.now)
    let outcomes = await session.postProcess(tasks) { intents in
      try ledger.record(intents.map { .postProcessingBegan($0.0, $0.1) }, now: now())
    }
    for task in tasks {
      let position = positions[task.uid]
      switch outcomes[task.id] {
      case .done(let note):
        transitions.append(.postProcessed(task.id))
        if let position { report.messages[position].postProcessing?.failure = nil }
        if let note, !report.notes.contains(note) { report.notes.append(note) }
      case .open(let failure):
        if let position { report.messages[position].postProcessing?.failure = failure }
      case nil: break
      }
    }
    try flush()
  }
}
