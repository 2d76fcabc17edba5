/// The moment at which a wait ends. Every wait has one.
///
/// Measured on the continuous clock, which goes on while the machine sleeps and does not jump when the date is set.
package struct Deadline: Sendable, Comparable {
  package let instant: ContinuousClock.Instant

  package init(at instant: ContinuousClock.Instant) { self.instant = instant }

  /// The moment `duration` from now.
  package static func after(_ duration: Duration) -> Deadline {
    Deadline(at: ContinuousClock.now.advanced(by: duration))
  }

  package var hasPassed: Bool { ContinuousClock.now >= instant }

  /// Never negative.
  package var timeLeft: Duration {
    let left = ContinuousClock.now.duration(to: instant)
    return left < .zero ? .zero : left
  }

  /// The earlier of the two: a step's own time limit within that of the whole command.
  package func orEarlier(_ other: Deadline) -> Deadline { min(self, other) }

  package static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }
}
