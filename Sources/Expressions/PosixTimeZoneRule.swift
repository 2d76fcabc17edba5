import TenantBase

/// The TZ string at the end of a TZif file: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX, with RFC 8536's hours from -167 to 167).
struct PosixTimeZoneRule: Sendable, Equatable {
  private enum Day: Sendable, Equatable {
    /// `Jn`: 1 to 365, February 29 is never counted.
    case withoutLeapDay(Int)
    /// `n`: 0 to 365.
    case fromZero(Int)
    /// `Mm.w.d`: the w-th (5: the last) weekday d (0 Sunday) of month m.
    case weekday(month: Int, week: Int, day: Int)
  }

  private struct Change: Sendable, Equatable {
    var day: Day
    /// Seconds after local midnight.
    var time: Int
  }

  private var standard: TimeZoneRules.Period
  private var daylight: TimeZoneRules.Period?
  private var start: Change?
  private var end: Change?

  /// nil when the text is empty or not such a rule.
  init?(_ text: String) {
    var reader = Reader(rest: Substring(text))
    guard let name = reader.name(), let offset = reader.offset() else { return nil }
    standard = .init(offset: -offset, isDaylightSaving: false, abbreviation: name)
    guard !reader.rest.isEmpty else { return }
    guard let daylightName = reader.name() else { return nil }
    let daylightOffset = reader.rest.first == "," ? offset - 3600 : reader.offset()
    guard let daylightOffset, let start = reader.change(), let end = reader.change(), reader.rest.isEmpty else {
      return nil
    }
    daylight = .init(offset: -daylightOffset, isDaylightSaving: true, abbreviation: daylightName)
    (self.start, self.end) = (start, end)
  }

  func period(at seconds: Int64) -> TimeZoneRules.Period {
    guard let daylight, let start, let end else { return standard }
    let year = CivilDateTime(secondsSinceEpoch: seconds + Int64(standard.offset)).year
    let from = Self.moment(of: start, year: year) - Int64(standard.offset)
    let to = Self.moment(of: end, year: year) - Int64(daylight.offset)
    let isDaylight = from < to ? from <= seconds && seconds < to : seconds < to || from <= seconds
    return isDaylight ? daylight : standard
  }

  private static func moment(of change: Change, year: Int) -> Int64 {
    let first = CivilDateTime(year: year, month: 1, day: 1).daysSinceEpoch
    let days: Int
    switch change.day {
    case .withoutLeapDay(let number):
      days = first + number - 1 + (CivilDateTime.isLeap(year) && number >= 60 ? 1 : 0)
    case .fromZero(let number): days = first + number
    case .weekday(let month, let week, let day):
      let monthStart = CivilDateTime(year: year, month: month, day: 1)
      var offset = (day - monthStart.weekday % 7 + 7) % 7 + (week - 1) * 7
      if offset >= CivilDateTime.daysInMonth(month, of: year) { offset -= 7 }
      days = monthStart.daysSinceEpoch + offset
    }
    return Int64(days) * 86_400 + Int64(change.time)
  }

  private struct Reader {
    var rest: Substring

    /// Three letters or more, or anything between `<` and `>`.
    mutating func name() -> String? {
      if rest.first == "<" {
        guard let end = rest.firstIndex(of: ">") else { return nil }
        let name = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        return String(name)
      }
      let name = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(name.count)
      return name.count >= 3 ? String(name) : nil
    }

    mutating func number(upTo limit: Int) -> Int? {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      guard digits.count <= 3, let number = Int(digits), number <= limit else { return nil }
      return number
    }

    mutating func take(_ character: Character) -> Bool {
      guard rest.first == character else { return false }
      rest = rest.dropFirst()
      return true
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func offset() -> Int? {
      let isNegative = take("-")
      if !isNegative { _ = take("+") }
      guard let hours = number(upTo: 167) else { return nil }
      var seconds = hours * 3600
      for unit in [60, 1] where take(":") {
        guard let part = number(upTo: 59) else { return nil }
        seconds += part * unit
      }
      return isNegative ? -seconds : seconds
    }

    mutating func change() -> Change? {
      guard take(",") else { return nil }
      let day: Day
      if take("M") {
        guard let month = number(upTo: 12), month >= 1, take("."), let week = number(upTo: 5), week >= 1, take("."),
          let weekday = number(upTo: 6)
        else { return nil }
        day = .weekday(month: month, week: week, day: weekday)
      } else if take("J") {
        guard let number = number(upTo: 365), number >= 1 else { return nil }
        day = .withoutLeapDay(number)
      } else {
        guard let number = number(upTo: 365) else { return nil }
        day = .fromZero(number)
      }
      var time = 7200
      if take("/") {
        guard let given = offset() else { return nil }
        time = given
      }
      return Change(day: day, time: time)
    }
  }
}
