import TenantBase

/// How long the answers to one command may be waited for: until the caller's deadline, never silently for long, and not
/// for ever even when a byte comes now and then.
struct AnswerTime {
  private let deadline: Deadline
  private let silence: Duration
  /// Of the total; only waiting counts.
  private var left: Duration

  init(_ total: Duration, silence: Duration, deadline: Deadline) {
    self.deadline = deadline
    self.silence = silence
    left = total
  }

  init(_ timeouts: IMAPTimeouts, deadline: Deadline) {
    self.init(timeouts.command, silence: timeouts.silence, deadline: deadline)
  }

  var isUsedUp: Bool { left <= .zero || deadline.hasPassed }

  /// When a read that begins now has to end.
  var readDeadline: Deadline { Deadline.after(min(silence, left)).orEarlier(deadline) }

  mutating func spend(since start: ContinuousClock.Instant) { left -= start.duration(to: .now) }

  /// A command was answered: the next one has its own time.
  mutating func restart(_ total: Duration) { left = total }

  /// More time for content that was announced.
  mutating func extend(for byteCount: Int, rate: Int) { left += .seconds(byteCount / max(rate, 1)) }
}
