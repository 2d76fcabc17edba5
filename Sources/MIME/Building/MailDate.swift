/// A moment with its zone, as the Date field has it (RFC 5322 section 3.3).
package struct MailDate: Sendable, Equatable {
  /// Seconds since 1970-01-01 00:00 UTC; outside the years 1900 to 9999 the nearest of these is written.
  package var unixSeconds: Int
  /// Minutes east of UTC, -1439 to 1439.
  package var offsetMinutes: Int

  package init(unixSeconds: Int, offsetMinutes: Int = 0) {
    self.unixSeconds = unixSeconds
    self.offsetMinutes = offsetMinutes
  }

  private static let dayNames = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Fri, 20 Nov 2026 09:59:40 +0100`.
  package var headerText: String {
    let offset = min(max(offsetMinutes, -1439), 1439)
    let local = min(max(unixSeconds, -2_208_988_800), 253_402_300_799 - 86_400) + offset * 60
    let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    let second = local - day * 86_400
    let (year, month, dayOfMonth) = Self.civilDate(daysSince1970: day)
    let dayName = Self.dayNames[((day % 7) + 7) % 7]
    let clock = [second / 3600, second / 60 % 60, second % 60].map(Self.twoDigits).joined(separator: ":")
    let magnitude = abs(offset)
    let zone = (offset < 0 ? "-" : "+") + Self.twoDigits(magnitude / 60) + Self.twoDigits(magnitude % 60)
    return "\(dayName), \(dayOfMonth) \(Self.monthNames[month - 1]) \(year) \(clock) \(zone)"
  }

  /// The proleptic Gregorian date of a day number; eras of 400 years begin on 1 March.
  private static func civilDate(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468  // days since 0000-03-01
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
