import Expressions
import FlowModel
import Foundation
import TenantBase
import Testing

private let place = SourcePlace(file: "x.iflw", line: 7)
private let zones = TimeZoneDatabase { name in
  FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).map { [UInt8]($0) }
}

private func moment(_ text: String) -> Timestamp {
  Timestamp(seconds: CivilDateTime(text)?.secondsSinceEpoch ?? 0)
}

/// The first `count` times after `start`, in UTC.
private func times(_ text: String, after start: String, count: Int = 3) throws -> [String] {
  let schedule = try Schedule(text: text, place: place)
  let zone = try #require(zones.zone(named: schedule.timeZone))
  var result: [String] = []
  var last = moment(start)
  while result.count < count, let next = schedule.next(after: last, deployed: moment(start), in: zone) {
    result.append(CivilDateTime(next).padded)
    last = next
  }
  return result
}

@Test(
  "every published form of a schedule fires when it says",
  arguments: [
    (
      "0/10+*+0-23+?+*+*+*&trigger.timeZone=Etc/GMT", "2026-11-20T09:59:40",
      ["2026-11-20T09:59:50", "2026-11-20T10:00:00"]
    ),
    ("0+0/5+0-23+?+*+*+*", "2026-11-20T09:59:40", ["2026-11-20T10:00:00", "2026-11-20T10:05:00"]),
    ("0+0/30+5-19+?+*+*+*", "2026-11-20T19:10:00", ["2026-11-20T19:30:00", "2026-11-21T05:00:00"]),
    ("0+0+1+?+*+*+*", "2026-11-20T01:00:00", ["2026-11-21T01:00:00", "2026-11-22T01:00:00"]),
    ("0+0+0,12+?+*+*+*", "2026-11-20T09:00:00", ["2026-11-20T12:00:00", "2026-11-21T00:00:00"]),
    ("0+3/10+*+?+*+*+*", "2026-11-20T09:53:00", ["2026-11-20T10:03:00", "2026-11-20T10:13:00"]),
    ("*+*+*+?+*+*+*", "2026-11-20T09:59:59", ["2026-11-20T10:00:00", "2026-11-20T10:00:01"]),
    (
      "0+30+14+?+*+MON+*&trigger.timeZone=Asia/Calcutta", "2026-11-20T00:00:00",
      ["2026-11-23T09:00:00", "2026-11-30T09:00:00"]
    ),
    ("0+0+9+?+*+MON,TUE,WED,THU,FRI+*", "2026-11-20T10:00:00", ["2026-11-23T09:00:00", "2026-11-24T09:00:00"]),
    ("0+0+8+1+*+?+*", "2026-11-20T10:00:00", ["2026-12-01T08:00:00", "2027-01-01T08:00:00"]),
    ("0+12+11+18+10+?+2032", "2026-11-20T10:00:00", ["2032-10-18T11:12:00"]),
    ("0+0/30+1+L+*+?+*", "2027-02-01T00:00:00", ["2027-02-28T01:00:00", "2027-02-28T01:30:00"]),
    ("0+0+0+29+2+?+*", "2026-01-01T00:00:00", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
    ("0+0+9+?+*+6L+*", "2026-11-20T10:00:00", ["2026-11-27T09:00:00", "2026-12-25T09:00:00"]),
    ("0+0+9+?+*+MON#2+*", "2026-11-20T10:00:00", ["2026-12-14T09:00:00", "2027-01-11T09:00:00"]),
    ("0+0+9+L-2+*+?", "2026-11-20T10:00:00", ["2026-11-28T09:00:00", "2026-12-29T09:00:00"]),
    ("0+0+22-2/2+?+*+*+*", "2026-11-20T10:00:00", ["2026-11-20T22:00:00", "2026-11-21T00:00:00"]),
    ("0+0+0+1+JAN-MAR/2+?+*", "2026-11-20T10:00:00", ["2027-01-01T00:00:00", "2027-03-01T00:00:00"]),
    (
      "simple.repeat=HOURS&simple.every=4&trigger.timeZone=America/New_York", "2026-11-20T10:00:00",
      ["2026-11-20T14:00:00", "2026-11-20T18:00:00"]
    ),
    ("simple.repeat=SECONDS&simple.every=30", "2026-11-20T10:00:00", ["2026-11-20T10:00:30", "2026-11-20T10:01:00"]),
    ("simple.repeat=MINUTES&simple.every=5", "2026-11-20T10:00:00", ["2026-11-20T10:05:00", "2026-11-20T10:10:00"]),
    (
      "simple.repeat=DAYS&simple.every=1&trigger.timeZone=CET&trigger.startAt=2026-11-24T22:00:00&trigger.endAt=2026-11-25T23:00:00",
      "2026-11-20T10:00:00", ["2026-11-24T21:00:00", "2026-11-25T21:00:00"]
    ),
    (
      "simple.repeat=NONE&trigger.timeZone=Etc/GMT&simple.runOn=2034-11-30T11:51:00", "2026-11-20T10:00:00",
      ["2034-11-30T11:51:00"]
    ),
    (
      "0+0/5+1+L+*+?+*&trigger.timeZone=Etc/GMT&trigger.startAt=2026-07-31T15:00:00&trigger.endAt=2026-07-31T23:59:00",
      "2026-07-01T00:00:00", []
    ),
    ("0+0+9+18+10+?+2020", "2026-11-20T10:00:00", []),
  ])
func fires(_ text: String, _ start: String, _ expected: [String]) throws {
  #expect(try times(text, after: start, count: 2) == expected)
}

@Test func `once at deployment is once`() throws {
  for text in ["fireNow=true", "simple.repeat=NONE&trigger.timeZone=Asia/Kolkata"] {
    let schedule = try Schedule(text: text, place: place)
    #expect(schedule.trigger == .onDeployment)
    #expect(schedule.isOnce)
    let deployed = moment("2026-11-20T10:00:00")
    #expect(schedule.next(after: Timestamp(seconds: deployed.seconds - 1), deployed: deployed, in: .utc) == deployed)
    #expect(schedule.next(after: deployed, deployed: deployed, in: .utc) == nil)
  }
}

@Test func `daylight saving follows the zone`() throws {
  let zone = "&trigger.timeZone=Europe/Berlin"
  // 2026: clocks go forward on March 29 at 02:00, back on October 25 at 03:00.
  #expect(
    try times("0+30+2+?+*+*+*" + zone, after: "2026-03-27T12:00:00")
      == ["2026-03-28T01:30:00", "2026-03-29T01:30:00", "2026-03-30T00:30:00"])
  #expect(
    try times("0+30+2+?+*+*+*" + zone, after: "2026-10-24T12:00:00")
      == ["2026-10-25T00:30:00", "2026-10-26T01:30:00", "2026-10-27T01:30:00"])
  #expect(
    try times("0+0/30+*+?+*+*+*" + zone, after: "2026-10-25T00:00:00", count: 4)
      == ["2026-10-25T00:30:00", "2026-10-25T01:00:00", "2026-10-25T01:30:00", "2026-10-25T02:00:00"])
}

@Test(
  "what is not read is refused with its place",
  arguments: [
    "", "fireNow=false", "simple.repeat=YEARS", "simple.repeat=HOURS&simple.every=0",
    "simple.repeat=HOURS&simple.every=x",
    "0+0+0", "60+0+0+?+*+*+*", "0+60+0+?+*+*+*", "0+0+24+?+*+*+*", "0+0+0+32+*+?+*", "0+0+0+0+*+?+*", "0+0+0+?+13+*+*",
    "0+0+0+?+*+8+*", "0+0+0+?+*+FOO+*", "0+0/0+0+?+*+*+*", "0+1--2+0+?+*+*+*", "0+1/2/3+0+?+*+*+*", "0+,+0+?+*+*+*",
    "0+0+0+15W+*+?+*", "0+0+0+?+*+2#6+*", "0+0+9+?+*+*+*&trigger.endAt=tomorrow", "0+0+9+?+*+*+*+*", "fireNow",
  ])
func refuses(_ text: String) {
  do throws(FlowModelError) {
    _ = try Schedule(text: text, place: place)
    Issue.record("accepted")
  } catch { #expect(error.place == place) }
}

@Test func `only the rows that drive the runtime count`() throws {
  let rows = FlowFixture.table([
    ["dateType", "SIMPLE"], ["hourValue", "nonsense"], ["triggerType", "simple"], ["noOfSchedules", "1"],
    ["schedule1", "fireNow=true"],
  ])
  #expect(try Schedule(table: rows, place: place).trigger == .onDeployment)
  #expect(throws: FlowModelError.self) { try Schedule(table: "", place: place) }
  #expect(throws: FlowModelError.self) { try Schedule(table: "<row><cell>schedule1</cell>", place: place) }
  #expect(throws: FlowModelError.self) { try Schedule(table: "{{When}}", place: place) }
  let two = FlowFixture.table([["noOfSchedules", "2"], ["schedule1", "fireNow=true"]])
  #expect(throws: FlowModelError.self) { try Schedule(table: two, place: place) }
}
