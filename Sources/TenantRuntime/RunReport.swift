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
  private let outcome: RunStatus
  /// In the order in which the deliveries ended.
  package private(set) var channels: [ChannelReport]
  /// The deliveries of channel reports that were not kept, by their status.
  package private(set) var furtherDeliveries: [ChannelReport.Delivery.Status: Int]
  /// Nil when the run completed. It stands also when an exception subprocess has dealt with it.
  package let failure: FlowFailure?
  /// That which nothing in the flow dealt with, also where the flow went on without it: the message has failed for its
  /// source. Nil where an exception subprocess ended the processing.
  package let raisedFailure: FlowFailure?
  /// The elements of the flow that were passed; of flows that it called, those are not told.
  package var path = RunPath.empty
  /// Other parts that failed, and exception subprocesses that failed themselves.
  package let furtherFailures: [FlowFailure]
  /// What exception subprocesses did.
  package let handledExceptions: [HandledException]
  /// What the person should know although it stops nothing: a parameter that the flow does not have.
  package var warnings: [String] = []

  /// What the sender channel's poll did, for a run that polled; each message has a report of its own.
  package var poll: PollReport?

  init(
    _ run: FlowRun, _ result: RunResult, from start: FlowStart, duration: Duration, home: TenantHome
  ) {
    flowName = run.flowName
    runID = run.id
    trigger = start.trigger
    startedAt = run.startedAt
    self.duration = duration
    outcome = result.status
    channels = run.channelReports
    furtherDeliveries = run.furtherDeliveries
    furtherFailures = result.furtherFailures
    handledExceptions = result.handledExceptions
    raisedFailure = result.raisedFailure
    warnings = run.warnings
    failure = result.failure.map { failure in
      let action = failure.kind == .channelFailed ? "cannot send" : "cannot run"
      var explanation = failure.explanation.within("\(action) '\(PrintableText.escaping(run.flowName))'")
      explanation.hints = explanation.hints.map { home.completing($0) }
      return FlowFailure(failure.kind, class: failure.failureClass, explanation)
    }
  }

  /// Of a run that polled, or that came to no message.
  package init(
    flowName: String, runID: String, trigger: FlowTrigger, startedAt: Timestamp, duration: Duration,
    failure: FlowFailure?, poll: PollReport? = nil
  ) {
    self.flowName = flowName
    self.runID = runID
    self.trigger = trigger
    self.startedAt = startedAt
    self.duration = duration
    self.failure = failure
    self.poll = poll
    outcome = failure == nil ? .completed : .failed
    raisedFailure = failure
    channels = []
    furtherDeliveries = [:]
    furtherFailures = []
    handledExceptions = []
  }

  package var status: RunStatus {
    outcome == .completed && poll?.messages.allSatisfy(\.failureClasses.isEmpty) == false ? .failed : outcome
  }

  /// The outcome alone, with deliveries counted and not told: for runs of which there are many.
  var condensed: RunReport {
    var report = self
    for delivery in deliveries { report.countFurther(delivery.status, 1) }
    report.channels = []
    report.path = .empty
    report.warnings = []
    return report
  }

  /// Counts deliveries of channel reports that are not kept.
  mutating func countFurther(_ status: ChannelReport.Delivery.Status, _ count: Int) {
    furtherDeliveries[status, default: 0] += count
  }

  /// There is something to be shown beside the error.
  package var hasMoreThanAFailure: Bool {
    failure == nil || !channels.flatMap(\.deliveries).isEmpty || !handledExceptions.isEmpty
      || poll?.messages.isEmpty == false
  }

  package var deliveries: [ChannelReport.Delivery] { channels.flatMap(\.deliveries) }

  /// How many deliveries have this status, those of reports that were not kept too.
  package func deliveryCount(_ status: ChannelReport.Delivery.Status) -> Int {
    deliveries.count { $0.status == status } + furtherDeliveries[status, default: 0]
  }

  /// A partner took a message: repeating the run would send it again.
  package var reachedSomeone: Bool { deliveryCount(.accepted) > 0 }

  /// A server has refused recipients for good, and none is left that may take the mail later.
  var isRefusedForGood: Bool {
    deliveryCount(.refused) > 0 && deliveryCount(.deferred) == 0 && deliveryCount(.inDoubt) == 0
  }

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
