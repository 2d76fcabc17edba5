/// How much one run of a flow may cost.
package struct RunLimits: Sendable {
  /// Elements passed by all messages of a run together; a flow that goes in a circle ends here.
  package var elements = 10_000_000
  /// Elements passed by one message on its way through one process.
  package var elementsOfPath = 100_000
  /// Processes that call processes.
  package var callDepth = 50
  /// Splits and multicasts within each other.
  package var forkDepth = 20
  /// Parts of one message.
  package var parts = 1_000_000
  /// Parts or branches of one split or multicast under way at the same time.
  package var concurrency = 50
  /// Branches of a parallel multicast under way at the same time.
  package var branches = 10
  /// For a run as a whole.
  package var duration: Duration = .seconds(12 * 60 * 60)
  /// Reports of handled exceptions and failed parts that are kept; more are counted.
  package var keptFailures = 100

  package init() {}
}
