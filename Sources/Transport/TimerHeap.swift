import TenantBase

/// The waits of a loop that have a deadline, earliest first.
///
/// A binary heap whose elements know their place: a wait that ends early leaves at once, so that a busy connection
/// with long deadlines does not fill it.
struct TimerHeap {
  private var slots: [WaitSlot] = []

  var isEmpty: Bool { slots.isEmpty }
  var count: Int { slots.count }

  /// For `epoll_wait`: rounded up so that the deadline has passed after it; -1 for no deadline at all.
  func millisecondsToNext() -> Int32 {
    guard let deadline = slots.first?.deadline else { return -1 }
    let (seconds, attoseconds) = deadline.timeLeft.components
    guard seconds < 86_400 else { return 86_400_000 }
    return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  mutating func insert(_ slot: WaitSlot) {
    slots.append(slot)
    slot.heapIndex = slots.count - 1
    rise(slots.count - 1)
  }

  mutating func remove(_ slot: WaitSlot) {
    let index = slot.heapIndex
    guard index >= 0, index < slots.count, slots[index] === slot else { return }
    slot.heapIndex = -1
    let last = slots.removeLast()
    guard index < slots.count else { return }
    slots[index] = last
    last.heapIndex = index
    sink(index)
    rise(index)
  }

  /// Wakes every wait whose deadline has passed, in the order of their deadlines.
  mutating func fireDue() {
    guard !slots.isEmpty else { return }
    let now = ContinuousClock.now
    while let first = slots.first, let deadline = first.deadline, deadline.instant <= now {
      remove(first)
      first.wake(.timedOut)
    }
  }

  mutating func closeAll() {
    while let first = slots.first {
      remove(first)
      first.wake(.closed)
    }
  }

  private func isEarlier(_ left: Int, _ right: Int) -> Bool {
    guard let left = slots[left].deadline, let right = slots[right].deadline else { return false }
    return left < right
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    slots.swapAt(left, right)
    slots[left].heapIndex = left
    slots[right].heapIndex = right
  }

  private mutating func rise(_ start: Int) {
    var index = start
    while index > 0, isEarlier(index, (index - 1) / 2) {
      exchange(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < slots.count && isEarlier(child, least) {
        least = child
      }
      guard least != index else { return }
      exchange(index, least)
      index = least
    }
  }
}
