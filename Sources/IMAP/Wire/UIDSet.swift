/// UIDs (or sequence numbers) as ascending ranges without overlap; as compact as the numbers allow.
///
/// Always written ascending: QQ and others refuse a set that descends. Numbers are 1 to 2^63-1; `UInt64.max` as the end
/// of the last range stands for `*`, the greatest number in the folder.
package struct UIDSet: Sendable, Equatable {
  /// Ascending; between two ranges at least one number is missing.
  package private(set) var ranges: [ClosedRange<UInt64>]

  package init() { ranges = [] }

  package init(_ uid: UInt64) { ranges = [uid...uid] }

  package init(_ range: ClosedRange<UInt64>) { ranges = [range] }

  /// `first:*`.
  ///
  /// Beware: a server takes it as `*:first` when there is no such number, so that the last message always matches.
  package init(from first: UInt64) { ranges = [first...UInt64.max] }

  /// Any order, any repetition.
  package init(_ uids: some Sequence<UInt64>) { self.init(ranges: uids.map { $0...$0 }) }

  /// Any order, any overlap.
  package init(ranges unordered: [ClosedRange<UInt64>]) {
    ranges = []
    let isAscending = zip(unordered, unordered.dropFirst()).allSatisfy { $0.lowerBound <= $1.lowerBound }
    for range in isAscending ? unordered : unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      append(range)
    }
  }

  package static let all = UIDSet(from: 1)

  package var isEmpty: Bool { ranges.isEmpty }

  /// How many numbers; `UInt64.max` when the set ends in `*` or there are more.
  package var count: UInt64 {
    var sum: UInt64 = 0
    for range in ranges {
      let (size, isEndless) = (range.upperBound - range.lowerBound).addingReportingOverflow(1)
      let (total, overflow) = sum.addingReportingOverflow(size)
      if isEndless || overflow || range.upperBound == .max { return .max }
      sum = total
    }
    return sum
  }

  package var first: UInt64? { ranges.first?.lowerBound }
  package var last: UInt64? { ranges.last?.upperBound }

  package func contains(_ uid: UInt64) -> Bool {
    let index = firstRange(endingAtOrAfter: uid)
    return index < ranges.count && ranges[index].contains(uid)
  }

  package mutating func insert(_ uid: UInt64) {
    if let last, uid > last {
      append(uid...uid)
    } else if !contains(uid) {
      self = UIDSet(ranges: ranges + [uid...uid])
    }
  }

  package mutating func formUnion(_ other: UIDSet) { self = UIDSet(ranges: ranges + other.ranges) }

  /// The numbers in ascending order, made one at a time: what a peer sent as `1:4294967295` costs no memory. A set that
  /// ends in `*` never ends.
  package var numbers: UIDSetNumbers { UIDSetNumbers(ranges: ranges) }

  /// The first `count` numbers.
  package func prefix(_ count: Int) -> UIDSet {
    var result = UIDSet()
    var rest = UInt64(max(count, 0))
    for range in ranges where rest > 0 {
      let span = min(range.upperBound - range.lowerBound, rest - 1)
      result.ranges.append(range.lowerBound...(range.lowerBound + span))
      rest -= span + 1
    }
    return result
  }

  private func firstRange(endingAtOrAfter uid: UInt64) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < uid { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// - Precondition: no range begins after `range` does.
  private mutating func append(_ range: ClosedRange<UInt64>) {
    guard let last = ranges.last else {
      ranges = [range]
      return
    }
    let touches = last.upperBound == .max || range.lowerBound <= last.upperBound + 1
    if touches {
      ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
    } else {
      ranges.append(range)
    }
  }
}

/// See ``UIDSet/numbers``.
package struct UIDSetNumbers: Sequence, IteratorProtocol, Sendable {
  private let ranges: [ClosedRange<UInt64>]
  private var index = 0
  private var upcoming: UInt64?

  init(ranges: [ClosedRange<UInt64>]) {
    self.ranges = ranges
    upcoming = ranges.first?.lowerBound
  }

  package mutating func next() -> UInt64? {
    guard let number = upcoming else { return nil }
    if number < ranges[index].upperBound {
      upcoming = number + 1
    } else {
      index += 1
      upcoming = index < ranges.count ? ranges[index].lowerBound : nil
    }
    return number
  }
}
