import TenantBase

extension UIDSet {
  /// What old servers (UW, Yahoo) take of one command line, in bytes, less what stands around the set.
  package static let chunkLength = 900

  /// `1:4,7,9:*`; empty for the empty set, which no command can name.
  package var wireText: String { ranges.map(Self.text).joined(separator: ",") }

  /// The set in pieces whose text is at most `length` bytes each, in ascending order.
  ///
  /// - Parameter length: at least one range always goes into a piece.
  package func chunks(length: Int = UIDSet.chunkLength) -> [UIDSet] {
    var chunks: [UIDSet] = []
    var current: [ClosedRange<UInt64>] = []
    var used = 0
    for range in ranges {
      let needed = Self.text(range).utf8.count + 1
      if !current.isEmpty, used + needed > length + 1 {
        chunks.append(UIDSet(ranges: current))
        current = []
        used = 0
      }
      current.append(range)
      used += needed
    }
    if !current.isEmpty { chunks.append(UIDSet(ranges: current)) }
    return chunks
  }

  /// Reads `1:4,9:7,12`; nil when it is no such set. `*` is `UInt64.max`.
  package init?(wire text: some Collection<UInt8>) {
    guard let ranges = Self.parseRanges(text) else { return nil }
    self.init(ranges: ranges)
  }

  /// The ranges in the order they are written, each turned the right way round.
  static func parseRanges(_ text: some Collection<UInt8>) -> [ClosedRange<UInt64>]? {
    var ranges: [ClosedRange<UInt64>] = []
    var bounds: [UInt64] = []
    var number: UInt64?
    for byte in text {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard let grown = IMAPNumber.appending(byte, to: number ?? 0) else { return nil }
        number = grown
      case UInt8(ascii: "*") where number == nil: number = .max
      case UInt8(ascii: ":") where bounds.isEmpty:
        guard let lower = number else { return nil }
        bounds = [lower]
        number = nil
      case UInt8(ascii: ","):
        guard let upper = number else { return nil }
        ranges.append(Self.range(bounds.first ?? upper, upper))
        bounds = []
        number = nil
      default: return nil
      }
    }
    guard let upper = number else { return nil }
    ranges.append(Self.range(bounds.first ?? upper, upper))
    return ranges
  }

  private static func range(_ one: UInt64, _ other: UInt64) -> ClosedRange<UInt64> { min(one, other)...max(one, other) }

  private static func text(_ range: ClosedRange<UInt64>) -> String {
    let upper = range.upperBound == .max ? "*" : String(range.upperBound)
    return range.lowerBound == range.upperBound ? upper : "\(range.lowerBound):\(upper)"
  }
}
