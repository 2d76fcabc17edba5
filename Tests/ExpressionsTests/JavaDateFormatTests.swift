import Expressions
import TenantBase
import Testing

private func moment(
  _ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ second: Int = 0, millis: Int32 = 0
) -> Timestamp {
  let date = CivilDateTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
  return Timestamp(seconds: date.secondsSinceEpoch, nanoseconds: millis * 1_000_000)
}

@Test(
  "dates are written as SimpleDateFormat writes them",
  arguments: [
    // 2026-01-03 is a Saturday, 13:05:09.042.
    ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-01-03T13:05:09.042Z"),
    ("YYYY-MM-dd'T'hh:mm:ss.SSSZ", "2026-01-03T01:05:09.042+0000"),
    ("yy y yyy yyyyy", "26 2026 2026 02026"),
    ("M MM MMM MMMM LLL", "1 01 Jan January Jan"),
    ("d dd ddd", "3 03 003"),
    ("E EEE EEEE u", "Sat Sat Saturday 6"),
    ("a H HH k K h hh", "PM 13 13 13 1 1 01"),
    ("m mm s ss sss", "5 05 9 09 009"),
    ("S SS SSS SSSS", "42 42 042 0042"),
    ("D DDD F w W", "3 003 1 1 1"),
    ("z zzzz Z X XX XXX", "UTC Coordinated Universal Time +0000 Z Z Z"),
    ("G", "AD"),
    ("'o''clock' '' 'T'", "o'clock ' T"),
    ("dd.MM.yyyy, HH Ühr", "03.01.2026, 13 Ü5r"),
    ("yyyy/MM/dd HH:mm:sss", "2026/01/03 13:05:009"),
  ])
func formats(_ pattern: String, _ expected: String) throws {
  let date = moment(2026, 1, 3, 13, 5, 9, millis: 42)
  guard pattern != "dd.MM.yyyy, HH Ühr" else {
    // `h` after a letter that is not ASCII is still the hour, and `r` means nothing.
    #expect(throws: ExpressionError.self) { try JavaDateFormat(pattern) }
    return
  }
  #expect(try JavaDateFormat(pattern).format(date, in: .utc) == expected)
}

@Test(
  "the week year turns before the year does",
  arguments: [
    (2025, 12, 27, "2025 52"), (2025, 12, 28, "2026 1"), (2025, 12, 31, "2026 1"), (2026, 1, 3, "2026 1"),
    (2026, 1, 4, "2026 2"), (2026, 12, 26, "2026 52"), (2026, 12, 27, "2027 1"), (2024, 12, 29, "2025 1"),
    (2024, 12, 28, "2024 52"), (2023, 1, 1, "2023 1"), (2022, 12, 31, "2022 53"),
  ])
func weekYear(_ year: Int, _ month: Int, _ day: Int, _ expected: String) throws {
  #expect(try JavaDateFormat("YYYY w").format(moment(year, month, day), in: .utc) == expected)
}

@Test func `midnight and noon on a clock of twelve hours`() throws {
  let format = try JavaDateFormat("h K k H a")
  #expect(format.format(moment(2026, 1, 1, 0), in: .utc) == "12 0 24 0 AM")
  #expect(format.format(moment(2026, 1, 1, 12), in: .utc) == "12 0 12 12 PM")
}

@Test(
  "offsets are written in every form",
  arguments: [
    ("Z", "-0330"), ("X", "-03"), ("XX", "-0330"), ("XXX", "-03:30"), ("z", "GMT-03:30"),
  ])
func offsets(_ pattern: String, _ expected: String) throws {
  let zone = try #require(TimeZoneDatabase.withoutFiles.zone(named: "-03:30"))
  #expect(try JavaDateFormat(pattern).format(moment(2026, 1, 3), in: zone) == expected)
}

@Test(arguments: ["b", "yyyy-MM-dd'T", "XXXX", "'", "'a''", "yyyyb", "h o'clock"])
func `a bad pattern is refused`(_ pattern: String) {
  #expect(throws: ExpressionError.self) { try JavaDateFormat(pattern) }
}
