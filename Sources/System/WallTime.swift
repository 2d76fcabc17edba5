import CLinux
import Glibc
import TenantBase

/// A moment on the wall clock: milliseconds since 1970-01-01T00:00:00Z.
///
/// For dates that people and mails read. Waits are measured with `Deadline`, which no clock change disturbs.
package struct WallTime: Sendable, Hashable, Comparable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Seconds outside the years -290 million to +290 million are cut to them.
  package init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  package static var now: WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// Whole seconds since 1970, rounded down.
  package var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds + 1) / 1000 - 1 }

  package static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }

  /// The date and time in UTC.
  package var inUTC: CalendarTime { CalendarTime(secondsSince1970: seconds, offsetSeconds: 0) }

  /// The date and time where this machine says it is (TZ, /etc/localtime).
  package var local: CalendarTime {
    var moment = time_t(clamping: seconds)
    var fields = tm()
    guard localtime_r(&moment, &fields) != nil else { return inUTC }
    return CalendarTime(secondsSince1970: seconds, offsetSeconds: Int(fields.tm_gmtoff))
  }

  /// RFC 3339 in UTC, whole seconds: `2026-11-20T09:12:03Z`.
  package var rfc3339: String { inUTC.date + "T" + inUTC.time + "Z" }

  /// RFC 3339 in UTC with milliseconds: `2026-11-20T09:12:03.250Z`.
  package var rfc3339Milliseconds: String {
    let fraction = (milliseconds % 1000 + 1000) % 1000
    return inUTC.date + "T" + inUTC.time + "." + CalendarTime.padded(Int(fraction), 3) + "Z"
  }

  /// For people: `2026-11-20 10:12:03 +01:00`.
  package var localText: String {
    let time = local
    return "\(time.date) \(time.time) \(time.offset(separator: ":"))"
  }
}

/// A date and time of day at an offset from UTC, in the Gregorian calendar.
package struct CalendarTime: Sendable, Equatable {
  package let year: Int
  /// 1 to 12.
  package let month: Int
  /// 1 to 31.
  package let day: Int
  package let hour: Int
  package let minute: Int
  package let second: Int
  /// 0 is Sunday.
  package let weekday: Int
  /// East of UTC is positive.
  package let offsetSeconds: Int

  package init(secondsSince1970 seconds: Int64, offsetSeconds: Int) {
    // Years beyond 9999 have no text form in the standards; they are shown as the last moment that has one.
    let shifted = min(max(seconds, -62_135_596_800), 253_402_214_400) + Int64(offsetSeconds)
    let moment = CivilDateTime(secondsSinceEpoch: shifted)
    year = moment.year
    month = moment.month
    day = moment.day
    hour = moment.hour
    minute = moment.minute
    second = moment.second
    weekday = moment.weekday % 7
    self.offsetSeconds = offsetSeconds
  }

  /// `2026-11-20`.
  package var date: String { "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))" }

  /// `09:12:03`.
  package var time: String { "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))" }

  /// `+0100`, or `+01:00` with a colon between.
  package func offset(separator: String = "") -> String {
    let minutes = abs(offsetSeconds) / 60
    return (offsetSeconds < 0 ? "-" : "+") + Self.padded(minutes / 60, 2) + separator + Self.padded(minutes % 60, 2)
  }

  static func padded(_ number: Int, _ width: Int) -> String { CivilDateTime.padding(number, to: width) }
}
