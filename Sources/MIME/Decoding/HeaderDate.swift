import TenantBase

/// A moment as a mail names it, with the offset from UTC that it was written in.
package struct HeaderDate: Sendable, Equatable {
  /// Seconds since 1970-01-01 00:00 UTC.
  package var unixSeconds: Int
  /// Minutes east of UTC; nil when the mail does not say (`-0000`, no zone, an unknown name): taken as UTC.
  package var offsetMinutes: Int?

  package init(unixSeconds: Int, offsetMinutes: Int?) {
    self.unixSeconds = unixSeconds
    self.offsetMinutes = offsetMinutes
  }

  /// ISO 8601 with the offset of the mail: `1996-04-11T01:10:30-05:00`; `Z` for UTC or an unknown offset.
  package var iso8601: String {
    let offset = offsetMinutes ?? 0
    let local = unixSeconds + offset * 60
    let days = Calendar.floorDivide(local, 86_400)
    let seconds = local - days * 86_400
    let (year, month, day) = Calendar.civil(days)
    let time = "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    let zone = offset == 0 ? "Z" : "\(offset < 0 ? "-" : "+")\(two(abs(offset) / 60)):\(two(abs(offset) % 60))"
    return "\(padded(year, 4))-\(two(month))-\(two(day))T\(time)\(zone)"
  }

  private func two(_ value: Int) -> String { padded(value, 2) }

  private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }
}

/// The Gregorian calendar, from days since 1970-01-01 and back.
enum Calendar {
  static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  /// - Parameter month: 1 to 12; a day beyond the month's end counts on into the next.
  static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  static func length(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
