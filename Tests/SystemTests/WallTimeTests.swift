import Testing

@testable import System

struct WallTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z", 4), (951_782_399, "2000-02-28T23:59:59Z", 1),
      (951_782_400, "2000-02-29T00:00:00Z", 2),
      (1_795_165_923, "2026-11-20T09:12:03Z", 5), (-1, "1969-12-31T23:59:59Z", 3),
      (-62_135_596_800, "0001-01-01T00:00:00Z", 1), (253_402_300_799, "9999-12-31T00:00:00Z", 5),
      (4_107_542_400, "2100-03-01T00:00:00Z", 1),
    ] as [(Int64, String, Int)])
  func `moments have their date, time and weekday`(seconds: Int64, text: String, weekday: Int) {
    let time = WallTime(seconds: seconds)
    #expect(time.rfc3339 == text)
    #expect(time.inUTC.weekday == weekday)
    if seconds < 253_402_214_400 { #expect(WallTime(rfc3339: text) == time) }
  }

  @Test(
    arguments: [
      "", "2026-11-20", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-20T24:00:00Z",
      "2026-11-20T09:12:60Z", "2026-11-20T09:12:03+00:00", "2026-11-20 09:12:03Z", "2026-11-20T09:12:0\u{663}Z",
      "0000-00-00T00:00:00Z", "2026-11-00T00:00:00Z",
    ])
  func `what is no date in UTC is not read`(text: String) { #expect(WallTime(rfc3339: text) == nil) }

  @Test func `milliseconds are shown, and rounded down in seconds`() {
    #expect(WallTime(milliseconds: 1_250).rfc3339Milliseconds == "1970-01-01T00:00:01.250Z")
    #expect(WallTime(milliseconds: -1).rfc3339Milliseconds == "1969-12-31T23:59:59.999Z")
    #expect(WallTime(milliseconds: .min).rfc3339 == "0001-01-01T00:00:00Z")
    #expect(WallTime(seconds: .max).milliseconds == .max)
  }

  @Test func `an offset moves the date and is written with its sign`() {
    let time = CalendarTime(secondsSince1970: 1_795_165_923, offsetSeconds: -(9 * 3600 + 1800))
    #expect("\(time.date) \(time.time) \(time.offset())" == "2026-11-19 23:42:03 -0930")
    #expect(CalendarTime(secondsSince1970: 0, offsetSeconds: 3600).offset(separator: ":") == "+01:00")
  }

  @Test func `now is after this test was written`() {
    #expect(WallTime.now.rfc3339 > "2020-01-01T00:00:00Z")
    #expect(WallTime.now.local.date.count == 10)
  }
}
