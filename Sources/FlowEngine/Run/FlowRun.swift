import Expressions
import Synchronization
import TenantBase

/// One run of a flow: what its steps need to know, and the record of what happened.
package final class FlowRun: Sendable {
  /// Random, unique; the first characters are shown to people.
  package let id: String
  /// The flow's name: `${camelId}`.
  package let flowName: String
  package let startedAt: Timestamp
  /// Reads the wall clock; fixed in tests.
  package let now: @Sendable () -> Timestamp
  package let timeZones: TimeZoneDatabase
  /// A digest of the flow's contents: part of what a delivery is known by. A called flow has that of its caller.
  package let flowVersion: String
  /// Where deliveries that a source message causes are written down; nil when the run has no such message.
  package let journal: (any DeliveryJournal)?
  /// Where steps put large bodies that they make; nil keeps them in memory.
  package let spool: BodySpool?
  /// Waits; ends at once in tests.
  package let sleep: @Sendable (Duration) async throws -> Void
  /// By how many flows that call one another this one is called.
  package let callDepth: Int

  private let record = Mutex(RunRecord())

  package init(
    id: String, flowName: String, timeZones: TimeZoneDatabase, flowVersion: String = "",
    journal: (any DeliveryJournal)? = nil, now: @escaping @Sendable () -> Timestamp, spool: BodySpool? = nil,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }, callDepth: Int = 0
  ) {
    self.callDepth = callDepth
    self.id = id
    self.flowName = flowName
    self.timeZones = timeZones
    self.flowVersion = flowVersion
    self.journal = journal
    self.now = now
    self.spool = spool
    self.sleep = sleep
    startedAt = now()
  }

  /// The outcome of the deliveries so far, in the order in which they ended; at most ``RunRecord/reportLimit``.
  package var channelReports: [ChannelReport] { record.withLock { $0.reports } }

  /// The deliveries of reports that were not kept, by their status: a run of many parts costs no more memory for it.
  package var furtherDeliveries: [ChannelReport.Delivery.Status: Int] { record.withLock { $0.further } }

  /// What somebody should know although it stopped nothing.
  package var warnings: [String] { record.withLock { $0.warnings } }

  /// What failed in flows that this one called and that went on without it.
  package var leftOutFailures: [FlowFailure] { record.withLock { $0.leftOut } }

  /// The run of a flow that this one calls: a record of its own until ``adopt(_:)``.
  package func called(_ flowName: String, id: String) -> FlowRun {
    FlowRun(
      id: id, flowName: flowName, timeZones: timeZones, flowVersion: flowVersion, journal: journal, now: now,
      spool: spool, sleep: sleep, callDepth: callDepth + 1)
  }

  /// Puts the record of a called flow's run to this one's.
  package func adopt(_ called: FlowRun) {
    let other = called.record.withLock { $0 }
    record.withLock { record in
      for report in other.reports { record.add(report) }
      for (status, count) in other.further { record.further[status, default: 0] += count }
      for warning in other.warnings { record.add(warning: warning) }
    }
  }

  package func record(_ report: ChannelReport) { record.withLock { $0.add(report) } }

  /// A failure that stops nothing here, but with which the run has failed for its source.
  package func recordLeftOut(_ failure: FlowFailure) { record.withLock { $0.add(leftOut: failure) } }

  /// - Parameter text: one sentence, printable; the same one is kept once.
  package func warn(_ text: String) { record.withLock { $0.add(warning: text) } }
}

/// What is kept of a run.
package struct RunRecord: Sendable {
  package static let reportLimit = 1_000
  package static let warningLimit = 100
  package static let leftOutLimit = 100

  fileprivate var reports: [ChannelReport] = []
  fileprivate var further: [ChannelReport.Delivery.Status: Int] = [:]
  fileprivate var warnings: [String] = []
  fileprivate var leftOut: [FlowFailure] = []

  fileprivate mutating func add(_ report: ChannelReport) {
    if reports.count < Self.reportLimit {
      reports.append(report)
    } else {
      for delivery in report.deliveries { further[delivery.status, default: 0] += 1 }
    }
  }

  fileprivate mutating func add(leftOut failure: FlowFailure) {
    if leftOut.count < Self.leftOutLimit { leftOut.append(failure) }
  }

  fileprivate mutating func add(warning: String) {
    guard warnings.count < Self.warningLimit, !warnings.contains(warning) else { return }
    warnings.append(warning)
  }
}
