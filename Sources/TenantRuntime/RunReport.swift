import FlowEngine
import TenantBase

/// What one run of a flow did.
package struct RunReport: Sendable {
  package enum Status: String, Sendable {
    case completed = "COMPLETED"
    case failed = "FAILED"
  }

  package let flowName: String
  package let runID: String
  package let trigger: FlowTrigger
  package let startedAt: Timestamp
  package let duration: Duration
  /// In the order in which the deliveries ended.
  package let channels: [ChannelReport]
  /// Nil when the run completed.
  package let failure: FlowFailure?
  /// What the person should know although it stops nothing: a parameter that the flow does not have.
  package var warnings: [String] = []

  /// What the sender channel's poll did, for a run that polled; each message has a report of its own.
  package var poll: PollReport?

  package var status: Status {
    failure == nil && poll?.messages.allSatisfy(\.failureClasses.isEmpty) ?? true ? .completed : .failed
  }

  package var deliveries: [ChannelReport.Delivery] { channels.flatMap(\.deliveries) }

  /// A partner took a message: repeating the run would send it again.
  package var reachedSomeone: Bool { deliveries.contains { $0.status == .accepted } }

  /// Every way in which the run failed; empty when it completed.
  package var failureClasses: [FailureClass] {
    guard let failure else { return [] }
    let ofDeliveries = deliveries.compactMap { delivery -> FailureClass? in
      switch delivery.status {
      case .accepted, .alreadySent, .notSent: nil
      case .refused: .permanent
      case .deferred: .temporary
      case .inDoubt: .outcomeUnknown
      }
    }
    return ofDeliveries + [failure.failureClass]
  }
}
