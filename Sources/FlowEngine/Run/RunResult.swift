import TenantBase

/// How a run ended: SAP's words.
package enum RunStatus: String, Sendable, CaseIterable {
  case completed = "COMPLETED"
  /// Something failed, also where an exception subprocess has dealt with it.
  case failed = "FAILED"
  /// An escalation end was reached.
  case escalated = "ESCALATED"
  /// Somebody stopped it.
  case cancelled = "CANCELLED"
}

/// What a run came to.
package struct RunResult: Sendable {
  package let status: RunStatus
  /// As the flow left it: what the caller gets, also from an exception subprocess.
  package let exchange: Exchange
  /// Nil when the run completed.
  package let failure: FlowFailure?
  /// What ended the run: what a caller of the flow gets instead of its result. Nil where the flow went on to its end.
  package let uncaughtFailure: FlowFailure?
  /// That which nothing in the flow dealt with, also where the flow went on without it (parts that were left out): the
  /// message has failed for its source. Nil where an exception subprocess ended the processing.
  package let raisedFailure: FlowFailure?
  /// What else failed: other parts of a split, an exception subprocess itself. At most ``RunLimits/keptFailures``.
  package let furtherFailures: [FlowFailure]
  /// What exception subprocesses did, in the order of the messages. At most ``RunLimits/keptFailures``.
  package let handledExceptions: [HandledException]
}

extension RunResult {
  /// The same of a run whose end failed after its flow.
  package func failing(_ failure: FlowFailure) -> RunResult {
    RunResult(
      status: .failed, exchange: exchange, failure: self.failure ?? failure,
      uncaughtFailure: uncaughtFailure ?? failure, raisedFailure: raisedFailure ?? failure,
      furtherFailures: self.failure == nil ? furtherFailures : furtherFailures + [failure],
      handledExceptions: handledExceptions)
  }
}

/// An exception that an exception subprocess took.
package struct HandledException: Sendable {
  package enum Outcome: Sendable {
    /// It came to its message end: what it made is the message now.
    case finished
    /// An error end: the exception went on.
    case rethrown
    /// An escalation end.
    case escalated
    /// It failed itself.
    case failed(FlowFailure)
  }

  /// The exception subprocess's.
  package let elementID: String
  package let name: String
  package let processName: String
  package let failure: FlowFailure
  package let outcome: Outcome
}
