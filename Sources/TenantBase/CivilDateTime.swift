/// A date and time of day as a calendar and clock on the wall show them: proleptic Gregorian, no zone.
package struct CivilDateTime: Sendable, Hashable {
  package var year: Int
  /// 1 to 12.
  package var month: Int
  /// 1 to 31.
  package var day: Int
  package var hour: Int
  package var minute: Int
  package var second: Int

  package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The wall clock's date where it is `offset` seconds ahead of UTC.
  package init(_ moment: Timestamp, offset: Int = 0) {
    self.init(secondsSinceEpoch: moment.seconds + Int64(offset))
  }

  /// The inverse of ``secondsSinceEpoch``.
  package init(secondsSinceEpoch seconds: Int64) {
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let time = Int(seconds - day * 86_400)
    let date = Self.date(daysSinceEpoch: Int(day))
    self.init(
      year: date.year, month: date.month, day: date.day, hour: time / 3600, minute: time / 60 % 60,
      second: time % 60)
  }

  /// Seconds from 1970-01-01T00:00:00 on the same wall clock.
  package var secondsSinceEpoch: Int64 {
    Int64(daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
  }

  /// Days from 1970-01-01. By Howard Hinnant's algorithm: years begin in March, so that the leap day is the last.
  package var daysSinceEpoch: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  package static func date(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  /// 1 Monday to 7 Sunday, as ISO 8601 counts.
  package var weekday: Int {
    let days = daysSinceEpoch
    return ((days + 3) % 7 + 7) % 7 + 1
  }

  /// From 1.
  package var dayOfYear: Int { daysSinceEpoch - CivilDateTime(year: year, month: 1, day: 1).daysSinceEpoch + 1 }

  package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  /// 28 to 31; 0 for a month that does not exist.
  package static func daysInMonth(_ month: Int, of year: Int) -> Int {
    switch month {
    case 1, 3, 5, 7, 8, 10, 12: 31
    case 4, 6, 9, 11: 30
    case 2: isLeap(year) ? 29 : 28
    default: 0
    }
  }

  /// Whether such a day and time exist; a second of 60 does not.
  package var isValid: Bool {
    (1...9999).contains(year) && day >= 1 && day <= Self.daysInMonth(month, of: year) && (0..<24).contains(hour)
      && (0..<60).contains(minute) && (0..<60).contains(second)
  }

  /// `2026-11-20T09:59:40`.
  package var padded: String {
    let pad = Self.padding
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))"
  }

  /// `number` with leading zeros to at least `width` digits.
  package static func padding(_ number: Int, to width: Int) -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }

  /// Reads `2034-11-30T11:51:00`, also without seconds or time; nil when it is not such a date.
  package init?(_ text: some StringProtocol) {
    let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let date = halves.first.map({ Self.numbers(in: $0, separator: "-") }), date.count == 3 else { return nil }
    var time: [Int] = []
    if halves.count == 2 {
      time = Self.numbers(in: halves[1], separator: ":")
      guard time.count == 2 || time.count == 3 else { return nil }
    }
    self.init(
      year: date[0], month: date[1], day: date[2], hour: time.first ?? 0, minute: time.dropFirst().first ?? 0,
      second: time.dropFirst(2).first ?? 0)
    guard isValid else { return nil }
  }

  /// Empty when any part is not a plain number of at most four digits.
  private static func numbers(in text: some StringProtocol, separator: Character) -> [Int] {
    var result: [Int] = []
    for part in text.split(separator: separator, omittingEmptySubsequences: false) {
      guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(ASCII.isDigit), let number = Int(part) else {
        return []
      }
      result.append(number)
    }
    return result
  }
}
