import Expressions
import Foundation
import TenantBase
import Testing

private let system = TimeZoneDatabase { name in
  FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).map { [UInt8]($0) }
}

private func big(_ number: Int64, _ width: Int) -> [UInt8] {
  (0..<width).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * Int64($0))) }
}

/// A version 2 file with one change, from +1h `AAA` to +2h `BBB` at 1000, and a rule for what follows.
private func sampleFile(footer: String = "AAA-1BBB,M3.5.0,M10.5.0/3") -> [UInt8] {
  func header(_ times: Int64, _ types: Int64, _ names: Int64) -> [UInt8] {
    Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + big(0, 4) + big(0, 4) + big(0, 4) + big(times, 4)
      + big(types, 4) + big(names, 4)
  }
  let types = big(3600, 4) + [0, 0] + big(7200, 4) + [1, 4]
  return header(0, 1, 4) + types.prefix(6) + Array("AAA\0".utf8) + header(1, 2, 8) + big(1000, 8) + [1] + types
    + Array("AAA\0BBB\0".utf8) + Array("\n\(footer)\n".utf8)
}

@Test func `a zone file gives offsets before, at and after its changes`() throws {
  let zone = try #require(TimeZoneRules(tzif: sampleFile(), name: "Test/Zone"))
  #expect(zone.period(at: 999) == .init(offset: 3600, isDaylightSaving: false, abbreviation: "AAA"))
  // After the last change the rule holds; 1000 is in January.
  #expect(zone.offset(at: 1000) == 3600)
  let july = CivilDateTime(year: 2030, month: 7, day: 1).secondsSinceEpoch
  #expect(zone.period(at: july) == .init(offset: 7200, isDaylightSaving: true, abbreviation: "BBB"))
  // The last Sunday of March 2030 is the 31st: clocks change at 01:00 UTC.
  let change = CivilDateTime(year: 2030, month: 3, day: 31, hour: 1).secondsSinceEpoch
  #expect(zone.offset(at: change - 1) == 3600)
  #expect(zone.offset(at: change) == 7200)
  let without = try #require(TimeZoneRules(tzif: sampleFile(footer: ""), name: "Test/Zone"))
  #expect(without.offset(at: july) == 7200)
}

@Test func `local times that come twice or never have one answer`() throws {
  let zone = try #require(TimeZoneRules(tzif: sampleFile(), name: "Test/Zone"))
  func utc(_ local: CivilDateTime) -> String { CivilDateTime(zone.timestamp(of: local)).padded }
  #expect(utc(CivilDateTime(year: 2030, month: 7, day: 1, hour: 12)) == "2030-07-01T10:00:00")
  #expect(utc(CivilDateTime(year: 2030, month: 1, day: 1, hour: 12)) == "2030-01-01T11:00:00")
  // Skipped: 02:30 becomes 03:30 daylight time. Twice: the first of both.
  #expect(utc(CivilDateTime(year: 2030, month: 3, day: 31, hour: 2, minute: 30)) == "2030-03-31T01:30:00")
  #expect(utc(CivilDateTime(year: 2030, month: 10, day: 27, hour: 2, minute: 30)) == "2030-10-27T00:30:00")
}

@Test func `a cut or damaged zone file is refused and never crashes`() {
  let bytes = sampleFile()
  for length in 0..<bytes.count { _ = TimeZoneRules(tzif: Array(bytes.prefix(length)), name: "x") }
  for index in bytes.indices {
    for value: UInt8 in [0, 1, 0x7F, 0xFF] {
      var mutant = bytes
      mutant[index] = value
      if let zone = TimeZoneRules(tzif: mutant, name: "x") { _ = zone.offset(at: 2_000_000_000) }
    }
  }
  #expect(TimeZoneRules(tzif: Array("TZif2".utf8), name: "x") == nil)
}

@Test(
  "fixed offsets are zones",
  arguments: [
    ("UTC", 0), ("GMT", 0), ("Z", 0), ("GMT+5:30", 19800), ("GMT-3", -10800), ("+02:00", 7200), ("-0530", -19800),
    ("UTC+2", 7200),
  ])
func fixedOffset(_ name: String, _ offset: Int) {
  #expect(TimeZoneDatabase.withoutFiles.zone(named: name)?.offset(at: 0) == offset)
}

@Test(arguments: [
  "", "Mars/Olympus", "../../../etc/passwd", "/etc/passwd", "Europe//Berlin", "a\u{0}b", "GMT+99", "+1:2:3", "+",
])
func `names that are no zone are refused`(_ name: String) {
  let database = TimeZoneDatabase { name in name == "Mars/Olympus" ? nil : [] }
  #expect(database.zone(named: name) == nil)
}

@Test(
  "the system's zones are read",
  .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Berlin")),
  arguments: [
    ("Europe/Berlin", 2026, 7, 7200, "CEST"), ("Europe/Berlin", 2026, 1, 3600, "CET"), ("CET", 2026, 7, 7200, "CEST"),
    ("Europe/Berlin", 2070, 7, 7200, "CEST"), ("IST", 2026, 1, 19800, "IST"), ("CST", 2026, 7, -18000, "CDT"),
    ("America/New_York", 2026, 12, -18000, "EST"), ("Etc/GMT+2", 2026, 1, -7200, "-02"),
    ("Asia/Calcutta", 2026, 1, 19800, "IST"),
    ("Australia/Sydney", 2060, 1, 39600, "AEDT"), ("Europe/Berlin", 1900, 1, 3600, "CET"),
  ])
func systemZone(_ name: String, _ year: Int, _ month: Int, _ offset: Int, _ abbreviation: String) throws {
  let zone = try #require(system.zone(named: name))
  let period = zone.period(at: CivilDateTime(year: year, month: month, day: 15).secondsSinceEpoch)
  #expect(period.offset == offset)
  #expect(period.abbreviation == abbreviation)
}

@Test func `calendar days and moments convert both ways`() {
  for days in stride(from: -800_000, through: 3_000_000, by: 12_347) {
    let date = CivilDateTime(secondsSinceEpoch: Int64(days) * 86_400 + 3661)
    #expect(date.daysSinceEpoch == days)
    #expect((date.hour, date.minute, date.second) == (1, 1, 1))
  }
  #expect(CivilDateTime(year: 2026, month: 11, day: 20).weekday == 5)
  #expect(CivilDateTime("2034-11-30T11:51:00")?.padded == "2034-11-30T11:51:00")
  for text in ["", "2034-13-01", "2034-02-30", "2034-1", "2034-11-30T25:00:00", "x-y-z", "2034-11-30T", "-1-1-1"] {
    #expect(CivilDateTime(text) == nil)
  }
  #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
  #expect(Timestamp(seconds: .max).description == "9999-12-31T23:59:59.000Z")
  #expect(Timestamp(seconds: 0).advanced(byMilliseconds: .min).seconds == Timestamp.earliest)
  #expect(Timestamp(seconds: 1).advanced(byMilliseconds: -1500).milliseconds == -500)
}
