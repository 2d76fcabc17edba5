import Synchronization
import TenantBase

/// One run of a flow: what its steps need to know, and the record of what happened.
package final class FlowRun: Sendable {
  /// Random, unique; the first characters are shown to people.
  package let id: String
  /// The flow's name: `${camelId}`.
  package let flowName: String
  /// Unix time in milliseconds at which the run began.
  package let startedAt: Int64
  /// Reads the clock: unix time in milliseconds. Fixed in tests.
  package let now: @Sendable () -> Int64

  private let reports = Mutex<[ChannelReport]>([])

  package init(id: String, flowName: String, now: @escaping @Sendable () -> Int64) {
    self.id = id
    self.flowName = flowName
    self.now = now
    startedAt = now()
  }

  /// The outcome of every delivery so far, in the order in which they ended.
  package var channelReports: [ChannelReport] { reports.withLock { $0 } }

  package func record(_ report: ChannelReport) { reports.withLock { $0.append(report) } }
}
