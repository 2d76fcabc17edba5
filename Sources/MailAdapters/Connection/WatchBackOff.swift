/// How long to wait before a lost mailbox is tried again: longer each time, never the same for two.
struct WatchBackOff: Sendable {
  var first: Duration = .seconds(5)
  var longest: Duration = .seconds(15 * 60)
  /// 0 up to 1: gives the part of the wait that chance decides.
  let chance: @Sendable () -> Double
  private(set) var failures = 0

  init(chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }) { self.chance = chance }

  /// The wait after one more failure: half of it sure, half by chance.
  mutating func next() -> Duration {
    var wait = first
    for _ in 0..<min(failures, 20) where wait < longest { wait = wait * 2 }
    failures += 1
    wait = min(wait, longest)
    return wait / 2 + wait / 2 * min(max(chance(), 0), 1)
  }

  mutating func succeeded() { failures = 0 }
}
