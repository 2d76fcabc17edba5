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
    let moment = CivilDateTime(secondsSinceEpoch: Int64(unixSeconds + offset * 60))
    let two = { (number: Int) in CivilDateTime.padding(number, to: 2) }
    let zone = offset == 0 ? "Z" : "\(offset < 0 ? "-" : "+")\(two(abs(offset) / 60)):\(two(abs(offset) % 60))"
    return moment.padded + zone
  }
}
