import FlowEngine
import TenantBase

/// What one run of a flow did.
package struct RunReport: Sendable {
  package typealias Status = RunStatus

  package let flowName: String
  package let runID: String
  package let trigger: FlowTrigger
  package let startedAt: Timestamp
  package let duration: Duration
  package let status: RunStatus
  /// In the order in which the deliveries ended.
  package let channels: [ChannelReport]
  /// The deliveries of channel reports that were not kept, by their status.
  package let furtherDeliveries: [ChannelReport.Delivery.Status: Int]
  /// Nil when the run completed. It stands also when an exception subprocess has dealt with it.
  package let failure: FlowFailure?
  /// Other parts that failed, and exception subprocesses that failed themselves.
  package let furtherFailures: [FlowFailure]
  /// What exception subprocesses did.
  package let handledExceptions: [HandledException]
  /// The elements of the flow that were passed; of flows that it called, those are not told.
  package var path = RunPath.empty
  /// What the person should know although it stops nothing: a parameter that the flow does not have.
  package var warnings: [String] = []

  package init(_ run: FlowRun, _ result: RunResult, from start: FlowStart, duration: Duration) {
    flowName = run.flowName
    runID = run.id
    trigger = start.trigger
    startedAt = run.startedAt
    self.duration = duration
    status = result.status
    channels = run.channelReports
    furtherDeliveries = run.furtherDeliveries
    furtherFailures = result.furtherFailures
    handledExceptions = result.handledExceptions
    warnings = run.warnings
    failure = result.failure.map { failure in
      let action = failure.kind == .channelFailed ? "cannot send" : "cannot run"
      return FlowFailure(
        failure.kind, class: failure.failureClass,
        failure.explanation.within("\(action) '\(PrintableText.escaping(run.flowName))'"))
    }
  }

  package var deliveries: [ChannelReport.Delivery] { channels.flatMap(\.deliveries) }

  /// How many deliveries have this status, those of reports that were not kept too.
  package func deliveryCount(_ status: ChannelReport.Delivery.Status) -> Int {
    deliveries.count { $0.status == status } + furtherDeliveries[status, default: 0]
  }

  /// A partner took a message: repeating the run would send it again.
  package var reachedSomeone: Bool { deliveryCount(.accepted) > 0 }

  /// Every way in which the run failed; empty when it completed. What an exception subprocess has dealt with counts too.
  package var failureClasses: [FailureClass] {
    guard let failure else { return [] }
    let ofDeliveries = ChannelReport.Delivery.Status.allCases.compactMap { status -> FailureClass? in
      guard deliveryCount(status) > 0 else { return nil }
      return switch status {
      case .accepted, .alreadySent, .notSent: nil
      case .refused: .permanent
      case .deferred: .temporary
      case .inDoubt: .outcomeUnknown
      }
    }
    return ofDeliveries + [failure.failureClass] + furtherFailures.map(\.failureClass)
  }
}
