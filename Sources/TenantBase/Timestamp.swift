/// A moment of the wall clock, for what people and files see. Waits use ``Deadline``.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Since 1970-01-01T00:00:00Z without leap seconds; always within the years 1 to 9999.
  package let seconds: Int64
  /// 0 to 999,999,999.
  package let nanoseconds: Int32

  package static let earliest: Int64 = -62_135_596_800
  package static let latest: Int64 = 253_402_300_799

  /// What lies outside the years 1 to 9999 becomes the nearest moment inside.
  package init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = min(max(seconds, Self.earliest), Self.latest)
    self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
  }

  /// From milliseconds since 1970, as Java counts.
  package init(milliseconds: Int64) {
    let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    let borrow: Int64 = rest < 0 ? 1 : 0
    self.init(seconds: whole - borrow, nanoseconds: Int32(rest + borrow * 1000) * 1_000_000)
  }

  package var milliseconds: Int64 { seconds * 1000 + Int64(nanoseconds) / 1_000_000 }

  /// Later by `milliseconds`, or earlier when negative; stays within the years 1 to 9999.
  package func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
    let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
    guard !overflow else { return Timestamp(seconds: milliseconds < 0 ? Self.earliest : Self.latest) }
    let moved = Timestamp(milliseconds: sum)
    return Timestamp(seconds: moved.seconds, nanoseconds: moved.nanoseconds + nanoseconds % 1_000_000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// RFC 3339 in UTC with milliseconds: `2026-11-20T09:59:40.123Z`.
  package var description: String {
    let date = CivilDateTime(self)
    let millisecond = Int(nanoseconds) / 1_000_000
    return "\(date.padded).\(CivilDateTime.padding(millisecond, to: 3))Z"
  }
}
