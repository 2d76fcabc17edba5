import TenantBase

extension HeaderDate {
  private static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// As the Date field has it (RFC 5322 section 3.3): `Fri, 20 Nov 2026 09:59:40 +0100`; `-0000` when the offset is unknown.
  ///
  /// What lies outside the years 1900 to 9999, or a day or more from UTC, becomes the nearest that can be written.
  package var headerText: String {
    let offset = min(max(offsetMinutes ?? 0, -1439), 1439)
    let seconds = min(max(unixSeconds, -2_208_988_800), 253_402_300_799 - 86_400) + offset * 60
    let moment = CivilDateTime(secondsSinceEpoch: Int64(seconds))
    let two = { (number: Int) in CivilDateTime.padding(number, to: 2) }
    let zone = (offset < 0 || offsetMinutes == nil ? "-" : "+") + two(abs(offset) / 60) + two(abs(offset) % 60)
    return "\(Self.dayNames[moment.weekday - 1]), \(moment.day) \(Self.monthNames[moment.month - 1]) \(moment.year) "
      + "\(two(moment.hour)):\(two(moment.minute)):\(two(moment.second)) \(zone)"
  }
}
