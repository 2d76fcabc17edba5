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
  /// Where steps put what is too large for memory; without one it stays in memory.
  package let spool: BodySpool?

  private let reports = Mutex<[ChannelReport]>([])
  private let passages = Mutex<[DeliveryPoint: Int]>([:])

  package init(
    id: String, flowName: String, timeZones: TimeZoneDatabase, now: @escaping @Sendable () -> Timestamp,
    spool: BodySpool? = nil
  ) {
    self.id = id
    self.flowName = flowName
    self.timeZones = timeZones
    self.now = now
    self.spool = spool
    startedAt = now()
  }

  /// The outcome of every delivery so far, in the order in which they ended.
  package var channelReports: [ChannelReport] { reports.withLock { $0 } }

  /// The point of the next delivery of an exchange at an element; each call counts one more.
  func nextDelivery(of exchange: Exchange, at elementID: String) -> DeliveryPoint {
    let first = DeliveryPoint(elementID: elementID, lineage: exchange.lineage)
    let ordinal = passages.withLock { passages -> Int in
      defer { passages[first, default: 0] += 1 }
      return passages[first, default: 0]
    }
    return DeliveryPoint(elementID: elementID, lineage: exchange.lineage, ordinal: ordinal)
  }

  package func record(_ report: ChannelReport) { reports.withLock { $0.append(report) } }
}
