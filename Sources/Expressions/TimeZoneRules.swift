import TenantBase

/// When a place's clocks are how far from UTC.
package struct TimeZoneRules: Sendable, Equatable {
  /// One setting of the clocks.
  package struct Period: Sendable, Equatable {
    /// Seconds ahead of UTC.
    package var offset: Int
    package var isDaylightSaving: Bool
    /// `CET`, `+03`.
    package var abbreviation: String

    package init(offset: Int, isDaylightSaving: Bool, abbreviation: String) {
      self.offset = offset
      self.isDaylightSaving = isDaylightSaving
      self.abbreviation = abbreviation
    }
  }

  /// As asked for: `Europe/Berlin`, `IST`.
  package let name: String
  /// In rising order: from this second on, the period with this index holds.
  private let transitions: [(from: Int64, period: Int)]
  private let periods: [Period]
  /// What holds after the last transition.
  private let rule: PosixTimeZoneRule?

  package static let utc = TimeZoneRules(fixedOffset: 0, name: "UTC")

  package init(fixedOffset: Int, name: String) {
    self.name = name
    transitions = []
    periods = [Period(offset: fixedOffset, isDaylightSaving: false, abbreviation: name)]
    rule = nil
  }

  /// Reads a TZif file (RFC 8536); nil when it is not one.
  package init?(tzif bytes: [UInt8], name: String) {
    guard let file = TZifFile(bytes) else { return nil }
    self.name = name
    transitions = file.transitions
    periods = file.periods
    rule = PosixTimeZoneRule(file.footer)
  }

  package func period(at seconds: Int64) -> Period {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].from <= seconds { low = middle + 1 } else { high = middle }
    }
    if low == transitions.count, let rule { return rule.period(at: seconds) }
    return low == 0 ? periods[0] : periods[transitions[low - 1].period]
  }

  package func offset(at seconds: Int64) -> Int { period(at: seconds).offset }

  /// The moment at which the clocks there show `local`.
  ///
  /// When they show it twice, the first one; when they skip it, the moment that is as long after the jump as `local` is
  /// after the clock reading at which the jump happens (as Java's and Quartz's calendars do it).
  package func timestamp(of local: CivilDateTime) -> Timestamp {
    let wall = local.secondsSinceEpoch
    let before = offset(at: wall - 86_400)
    let after = offset(at: wall + 86_400)
    for candidate in [max(before, after), min(before, after)] {
      let seconds = wall - Int64(candidate)
      if offset(at: seconds) == candidate { return Timestamp(seconds: seconds) }
    }
    return Timestamp(seconds: wall - Int64(before))
  }

  package static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool {
    left.name == right.name && left.periods == right.periods && left.rule == right.rule
      && left.transitions.elementsEqual(right.transitions) { $0 == $1 }
  }
}
