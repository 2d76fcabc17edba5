import Expressions
import TenantBase

/// Quartz's seven fields: second, minute, hour, day of month, month, day of week, year.
///
/// `*`, `?`, lists, ranges (also over the end: `22-2`), steps, names of months and days, `L`, `L-3`, `6L` and `6#3`.
/// `W` is not read.
package struct CronExpression: Sendable, Equatable {
  /// Days of the month.
  enum DayOfMonth: Sendable, Equatable {
    case set(Set<Int>)
    /// The last day, or so many before it.
    case last(minus: Int)
  }

  /// Days of the week as Quartz counts: 1 Sunday to 7 Saturday.
  enum DayOfWeek: Sendable, Equatable {
    case set(Set<Int>)
    case lastInMonth(Int)
    case occurrence(day: Int, number: Int)
  }

  /// As written, blanks between the fields.
  package let source: String
  let seconds: [Int]
  let minutes: [Int]
  let hours: [Int]
  let days: DayOfMonth
  let months: Set<Int>
  let weekdays: DayOfWeek
  /// nil for every year.
  let years: Set<Int>?

  /// - Parameter fields: six or seven fields.
  /// - Returns: nil when a field does not follow the grammar or nothing can ever match.
  package init?(_ fields: [String]) {
    guard fields.count == 6 || fields.count == 7 else { return nil }
    source = fields.joined(separator: " ")
    guard let seconds = CronField.set(fields[0], 0...59), let minutes = CronField.set(fields[1], 0...59),
      let hours = CronField.set(fields[2], 0...23), let days = Self.dayOfMonth(fields[3]),
      let months = CronField.set(fields[4], 1...12, names: CronField.months),
      let weekdays = Self.dayOfWeek(fields[5])
    else { return nil }
    self.seconds = seconds.sorted()
    self.minutes = minutes.sorted()
    self.hours = hours.sorted()
    (self.days, self.months, self.weekdays) = (days, months, weekdays)
    if fields.count == 7, !["*", "?", ""].contains(fields[6]) {
      guard let years = CronField.set(fields[6], 1970...2199) else { return nil }
      self.years = years
    } else {
      years = nil
    }
  }

  private static func dayOfMonth(_ field: String) -> DayOfMonth? {
    let upper = field.uppercased()
    if upper == "L" { return .last(minus: 0) }
    if upper.hasPrefix("L-"), let back = Int(upper.dropFirst(2)), (0...30).contains(back) { return .last(minus: back) }
    return CronField.set(field, 1...31).map { .set($0) }
  }

  private static func dayOfWeek(_ field: String) -> DayOfWeek? {
    let upper = field.uppercased()
    // Quartz reads `L` alone as Saturday.
    if upper == "L" { return .set([7]) }
    if upper.hasSuffix("L"), let day = CronField.number(String(upper.dropLast()), names: CronField.days),
      (1...7).contains(day)
    {
      return .lastInMonth(day)
    }
    let parts = upper.split(separator: "#", omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let day = CronField.number(String(parts[0]), names: CronField.days), (1...7).contains(day),
        let number = Int(parts[1]), (1...5).contains(number)
      else { return nil }
      return .occurrence(day: day, number: number)
    }
    return CronField.set(field, 1...7, names: CronField.days).map { .set($0) }
  }

  /// The first match after `moment`; nil when there is none within forty years.
  ///
  /// A local time that the clocks skip fires as long after the jump; one that comes twice fires the first time only.
  /// Where every hour is named, none of the hours that pass is left out or taken twice.
  package func next(after moment: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
    if hours.count == 24 { return nextOfEveryHour(after: moment, in: zone) }
    var local = CivilDateTime(secondsSinceEpoch: moment.seconds + 1 + Int64(zone.offset(at: moment.seconds)))
    let lastYear = local.year + 40
    while local.year <= lastYear, let date = nextLocal(from: local) {
      let found = zone.timestamp(of: date)
      if found > moment { return found }
      local = CivilDateTime(secondsSinceEpoch: date.secondsSinceEpoch + 1)
    }
    return nil
  }

  /// Counts on with the offset of the moment; where the clocks change on the way, from the change on with the new one.
  private func nextOfEveryHour(after moment: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
    let start = moment.seconds + 1
    let offset = zone.offset(at: start)
    guard let date = nextLocal(from: CivilDateTime(secondsSinceEpoch: start + Int64(offset))) else { return nil }
    let candidate = date.secondsSinceEpoch - Int64(offset)
    guard zone.offset(at: candidate) != offset else { return Timestamp(seconds: candidate) }
    guard candidate - start < 2 * 86_400 else { return zone.timestamp(of: date) }
    var (low, high) = (start, candidate)
    while high - low > 1 {
      let middle = (low + high) / 2
      if zone.offset(at: middle) == offset { low = middle } else { high = middle }
    }
    let changed = zone.offset(at: high)
    return nextLocal(from: CivilDateTime(secondsSinceEpoch: high + Int64(changed))).map {
      Timestamp(seconds: $0.secondsSinceEpoch - Int64(changed))
    }
  }

  /// The first matching local time at or after `start`.
  private func nextLocal(from start: CivilDateTime) -> CivilDateTime? {
    var days = start.daysSinceEpoch
    var time: (Int, Int, Int)? = (start.hour, start.minute, start.second)
    let limit = days + 366 * 41
    while days < limit {
      let date = CivilDateTime.date(daysSinceEpoch: days)
      let day = CivilDateTime(year: date.year, month: date.month, day: date.day)
      if matches(day), let found = nextTime(from: time ?? (0, 0, 0)) {
        return CivilDateTime(
          year: day.year, month: day.month, day: day.day, hour: found.0, minute: found.1, second: found.2)
      }
      time = nil
      days += 1
    }
    return nil
  }

  private func nextTime(from start: (Int, Int, Int)) -> (Int, Int, Int)? {
    guard let firstMinute = minutes.first, let firstSecond = seconds.first else { return nil }
    if hours.contains(start.0) {
      if minutes.contains(start.1), let second = seconds.first(where: { $0 >= start.2 }) {
        return (start.0, start.1, second)
      }
      if let minute = minutes.first(where: { $0 > start.1 }) { return (start.0, minute, firstSecond) }
    }
    return hours.first { $0 > start.0 }.map { ($0, firstMinute, firstSecond) }
  }

  private func matches(_ day: CivilDateTime) -> Bool {
    guard months.contains(day.month), years?.contains(day.year) ?? true else { return false }
    let length = CivilDateTime.daysInMonth(day.month, of: day.year)
    switch days {
    case .set(let set): guard set.contains(day.day) else { return false }
    case .last(let minus): guard day.day == length - minus else { return false }
    }
    let weekday = day.weekday % 7 + 1
    switch weekdays {
    case .set(let set): return set.contains(weekday)
    case .lastInMonth(let wanted): return weekday == wanted && day.day > length - 7
    case .occurrence(let wanted, let number): return weekday == wanted && (day.day - 1) / 7 + 1 == number
    }
  }
}

/// One field of a cron expression.
enum CronField {
  static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
  static let days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

  static func number(_ text: String, names: [String]) -> Int? {
    if let index = names.firstIndex(of: text.uppercased()) { return index + 1 }
    guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
    return Int(text)
  }

  /// The numbers that a field names; nil when it does not follow the grammar.
  static func set(_ field: String, _ range: ClosedRange<Int>, names: [String] = []) -> Set<Int>? {
    var result: Set<Int> = []
    for item in field.split(separator: ",", omittingEmptySubsequences: false) {
      guard let numbers = numbers(String(item), range, names) else { return nil }
      result.formUnion(numbers)
    }
    return result
  }

  private static func numbers(_ item: String, _ range: ClosedRange<Int>, _ names: [String]) -> [Int]? {
    let parts = item.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count <= 2 else { return nil }
    var step = 1
    if parts.count == 2 {
      guard let given = number(parts[1], names: []), given > 0 else { return nil }
      step = given
    }
    if parts[0] == "*" || parts[0] == "?" || (parts[0].isEmpty && parts.count == 2) {
      return Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
    }
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { String($0) }
    guard ends.count <= 2, let low = number(ends[0], names: names), range.contains(low) else { return nil }
    var high = parts.count == 2 ? range.upperBound : low
    if ends.count == 2 {
      guard let given = number(ends[1], names: names), range.contains(given) else { return nil }
      high = given
    }
    if low <= high { return Array(stride(from: low, through: high, by: step)) }
    // `22-2` goes over the end.
    let size = range.count
    return stride(from: low, through: high + size, by: step).map { ($0 - range.lowerBound) % size + range.lowerBound }
  }
}
