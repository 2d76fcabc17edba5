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
  /// The deployed flow's version: part of what a delivery is known by. Empty for a flow that is not deployed.
  package let flowVersion: String
  /// Where deliveries that a source message causes are written down; nil when the run has no such message.
  package let journal: (any DeliveryJournal)?

  private let reports = Mutex<[ChannelReport]>([])
  private let passages = Mutex<[DeliveryPoint: Int]>([:])

  package init(
    id: String, flowName: String, timeZones: TimeZoneDatabase, flowVersion: String = "",
    journal: (any DeliveryJournal)? = nil, now: @escaping @Sendable () -> Timestamp
  ) {
    self.id = id
    self.flowName = flowName
    self.timeZones = timeZones
    self.flowVersion = flowVersion
    self.journal = journal
    self.now = now
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
