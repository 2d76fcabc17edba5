/// Dates of certificates as text. No calendar of the system is asked: UTC, proleptic Gregorian.
package enum CertificateDate {
  /// `2025-01-02` for Unix seconds.
  package static func day(_ seconds: Int64) -> String {
    let (year, month, day) = civil(days: floorDivide(seconds, 86_400))
    return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
  }

  /// `2025-01-02T03:04:05Z` for Unix seconds.
  package static func timestamp(_ seconds: Int64) -> String {
    let days = floorDivide(seconds, 86_400)
    let rest = seconds - days * 86_400
    let time = [rest / 3600, rest / 60 % 60, rest % 60].map { padded($0, to: 2) }
    return "\(day(seconds))T\(time.joined(separator: ":"))Z"
  }

  /// Days since 1970-01-01 as year, month and day, by eras of 400 years that begin on 1 March.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  private static func padded(_ value: Int64, to width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
