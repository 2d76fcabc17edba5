import TenantBase

/// Dates of the protocol (RFC 9051 section 9): `1-Feb-1994` and `"17-Jul-1996 02:44:25 -0700"`.
enum IMAPDate {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  private static let monthNumbers = Dictionary(
    uniqueKeysWithValues: months.enumerated().map { ($1.uppercased(), $0 + 1) })

  /// - Precondition: the date is valid.
  static func day(_ date: CivilDateTime) -> String {
    "\(date.day)-\(months[date.month - 1])-\(CivilDateTime.padding(date.year, to: 4))"
  }

  /// In quotes and in UTC.
  static func dateTime(_ moment: Timestamp) -> String {
    let date = CivilDateTime(moment)
    let pad = { CivilDateTime.padding($0, to: 2) }
    let time = "\(pad(date.hour)):\(pad(date.minute)):\(pad(date.second))"
    // The day has two places (date-day-fixed).
    return "\"\(date.day < 10 ? " " : "")\(day(date)) \(time) +0000\""
  }

  /// Reads INTERNALDATE, with a day of one or two digits; nil when it is no date.
  static func parse(_ text: [UInt8]) -> Timestamp? {
    let words = text.split(separator: ASCII.space)
    guard words.count == 2 || words.count == 3 else { return nil }
    let date = words[0].split(separator: UInt8(ascii: "-"))
    let time = words[1].split(separator: UInt8(ascii: ":"))
    guard date.count == 3, time.count == 3, let month = month(date[1]), let day = number(date[0], 1...2),
      let year = number(date[2], 4...4), let hour = number(time[0], 1...2), let minute = number(time[1], 2...2),
      let second = number(time[2], 2...2), let offset = words.count == 3 ? offset(words[2]) : 0
    else { return nil }
    // A leap second is the last one before it.
    let civil = CivilDateTime(
      year: year, month: month, day: day, hour: hour, minute: minute, second: min(second, 59))
    guard second <= 60, civil.isValid else { return nil }
    return Timestamp(seconds: civil.secondsSinceEpoch - Int64(offset))
  }

  private static func month(_ name: ArraySlice<UInt8>) -> Int? {
    monthNumbers[IMAPCharacter.capitals(name)]
  }

  private static func number(_ digits: ArraySlice<UInt8>, _ length: ClosedRange<Int>) -> Int? {
    guard length.contains(digits.count), let number = IMAPNumber.parse(digits) else { return nil }
    return Int(number)
  }

  /// Seconds east of Greenwich, of `-0700`.
  private static func offset(_ text: ArraySlice<UInt8>) -> Int? {
    guard text.count == 5, let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let digits = number(text.dropFirst(), 4...4), digits % 100 < 60
    else { return nil }
    let seconds = digits / 100 * 3600 + digits % 100 * 60
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }
}
