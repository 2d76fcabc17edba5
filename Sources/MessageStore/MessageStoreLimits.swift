/// How much the store keeps, and how long it waits.
package struct MessageStoreLimits: Sendable {
  /// How long another process may hold the database before we give up.
  package var busyTimeout: Duration = .seconds(10)
  /// Bytes of one value; SQLite refuses longer ones.
  package var valueLength = 64 * 1024 * 1024
  /// Bytes of all files of one flow.
  package var flowLength = 64 * 1024 * 1024
  /// Files of one flow.
  package var flowFiles = 10_000
  /// Findings that are kept with a flow; the first ones are.
  package var findings = 1_000

  /// Bytes of a mail that is kept in the database itself; larger ones are files.
  package var contentInDatabase = 64 * 1024
  /// Characters of a sender or subject in the ledger.
  package var summaryLength = 500
  /// Characters of a partner's answer.
  package var answerLength = 2_000
  /// How long final entries of the ledger stay.
  package var retention: Duration = .seconds(90 * 24 * 60 * 60)
  /// The first and the longest wait after a failure for now.
  package var shortestBackOff: Duration = .seconds(60)
  package var longestBackOff: Duration = .seconds(60 * 60)
  /// Failures for now that there must have been before their time limit counts: a clock that jumps is no failure.
  package var leastTemporaryFailures = 10
  /// Attempts beyond the budget at fetching a message for its quarantine, before it is put aside without its bytes.
  package var quarantineAttempts = 3

  package init() {}
}
