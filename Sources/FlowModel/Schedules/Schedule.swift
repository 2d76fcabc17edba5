import Expressions
import TenantBase

/// When a timer or a polling channel fires.
package struct Schedule: Sendable, Equatable {
  package enum Trigger: Sendable, Equatable {
    /// Once, when the flow is deployed.
    case onDeployment
    /// Once, at this local time.
    case at(CivilDateTime)
    /// Again and again, `seconds` apart (1 to about 30 years), from the start time or the deployment on.
    case every(seconds: Int64)
    case cron(CronExpression)
  }

  package let trigger: Trigger
  /// As written: an IANA name, or three letters; `Etc/GMT` when the schedule names none.
  package let timeZone: String
  /// Local time of ``timeZone``; nil for at once.
  package let start: CivilDateTime?
  /// Local time of ``timeZone``; nil for without end.
  package let end: CivilDateTime?
  package let place: SourcePlace

  package init(
    trigger: Trigger, timeZone: String = "Etc/GMT", start: CivilDateTime? = nil, end: CivilDateTime? = nil,
    place: SourcePlace
  ) {
    self.trigger = trigger
    self.timeZone = timeZone
    self.start = start
    self.end = end
    self.place = place
  }

  /// Whether the schedule fires once and not again after a restart.
  package var isOnce: Bool {
    switch trigger {
    case .onDeployment, .at: true
    case .every, .cron: false
    }
  }

  /// The first time after `moment` at which the schedule fires; nil when it never does again.
  ///
  /// - Parameters:
  ///   - deployed: when the flow was deployed, from which intervals count when there is no start time.
  ///   - zone: the rules of ``timeZone``.
  package func next(after moment: Timestamp, deployed: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
    var from = moment
    let first = start.map { zone.timestamp(of: $0) }
    if let first, first > from { from = Timestamp(seconds: first.seconds - 1) }
    let candidate: Timestamp?
    switch trigger {
    case .onDeployment: candidate = deployed > moment ? deployed : nil
    case .at(let date):
      let fixed = zone.timestamp(of: date)
      candidate = fixed > moment ? fixed : nil
    case .every(let seconds):
      let anchor = first ?? deployed
      let passed = from.seconds - anchor.seconds
      candidate =
        passed < 0
        ? anchor
        : Timestamp(seconds: anchor.seconds + (passed / seconds + 1) * seconds, nanoseconds: anchor.nanoseconds)
    case .cron(let expression): candidate = expression.next(after: from, in: zone)
    }
    guard let candidate, end.map({ candidate <= zone.timestamp(of: $0) }) ?? true else { return nil }
    return candidate
  }
}
