import TenantBase

/// Who reads or writes what is kept beyond one run: a step of a run, at one moment.
package struct StateScope: Sendable {
  package let runID: String
  package let flowName: String
  package let now: Timestamp
  /// What is written takes effect when the run completes, all of it or nothing. Until then this run alone sees it.
  package let isTransactional: Bool

  package init(runID: String, flowName: String, now: Timestamp, isTransactional: Bool) {
    self.runID = runID
    self.flowName = flowName
    self.now = now
    self.isTransactional = isTransactional
  }
}

/// Ends what a run has begun in the stores. Whoever runs a flow calls one of the two, once, after its last step.
package protocol RunStateKeeper: Sendable {
  /// Puts into effect what the run's steps wrote as a transaction, persisted, and marked for deletion.
  ///
  /// - Throws: when an entry that the run added has meanwhile been added by another run; nothing has taken effect then.
  func completeState(ofRun runID: String, at now: Timestamp) throws

  /// Forgets all that. What was written without a transaction stays.
  func abandonState(ofRun runID: String, at now: Timestamp) throws
}

/// How long things are kept, and how large they may be.
package enum StateLimits {
  /// Of a variable, from its last successful writing.
  package static let variableDays = 400
  /// UTF-8 bytes of a variable's value.
  package static let variableBytes = 1 << 20
  /// Characters of a variable's name.
  package static let variableNameCharacters = 255
  /// Of a data store entry.
  package static let defaultExpiryDays = 30
  package static let longestExpiryDays = 180
  package static let defaultAlertDays = 2
  package static let storeNameCharacters = 40
  package static let entryIDCharacters = 255
  /// Entries that one Select reads at most.
  package static let selectedEntries = 100_000
  /// Bytes of the headers that are kept with an entry.
  package static let headerBytes = 1 << 20
  /// Of what a Persist step keeps.
  package static let persistedDays = 90
  /// Of the number that a correlation ID was given.
  package static let correlationDays = 180
  /// What a run that has not ended has taken of a data store is its own; nothing runs longer.
  package static let takenHours = 12
  /// What an interrupted run has written and not completed; SAP's longest transaction takes 12 hours.
  package static let unfinishedDays = 2
}

extension Timestamp {
  package func advanced(byDays days: Int) -> Timestamp {
    advanced(byMilliseconds: Int64(clamping: days).multipliedReportingOverflow(by: 86_400_000).partialValue)
  }
}
