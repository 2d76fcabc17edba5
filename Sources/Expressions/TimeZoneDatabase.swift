import Synchronization
import TenantBase

/// Time zones by name, read once each from the system's tzdata through a closure, so that this target touches no file.
package final class TimeZoneDatabase: Sendable {
  /// The TZif bytes of a zone such as `Europe/Berlin`; nil when there is none.
  ///
  /// The name holds only letters, digits, `_`, `+`, `-` and single `/` between parts: it is safe as a path below
  /// `/usr/share/zoneinfo`.
  package typealias ZoneReader = @Sendable (_ name: String) -> [UInt8]?

  private let read: ZoneReader
  private let known = Mutex<[String: TimeZoneRules]>([:])
  /// Zones kept; far more than any flow names.
  private static let cacheLimit = 256

  package init(read: @escaping ZoneReader) { self.read = read }

  /// Knows UTC, GMT and fixed offsets only.
  package static let withoutFiles = TimeZoneDatabase { _ in nil }

  /// The zone of an IANA name, a three-letter name as Java knows it (`IST`, `CST`), or an offset (`GMT+5:30`, `+02:00`).
  package func zone(named name: String) -> TimeZoneRules? {
    if let rules = known.withLock({ $0[name] }) { return rules }
    guard let rules = load(name) else { return nil }
    known.withLock { if $0.count < Self.cacheLimit { $0[name] = rules } }
    return rules
  }

  private func load(_ name: String) -> TimeZoneRules? {
    if ["UTC", "GMT", "Z", "UCT", "Etc/UTC", "Etc/GMT", "Universal", "Zulu"].contains(name) {
      return TimeZoneRules(fixedOffset: 0, name: name.hasSuffix("GMT") ? "GMT" : "UTC")
    }
    if let fixed = Self.fixedOffset(name) { return fixed }
    let resolved = Self.javaShortNames[name] ?? name
    guard Self.isSafe(resolved), let bytes = read(resolved) else { return nil }
    return TimeZoneRules(tzif: bytes, name: name)
  }

  /// What may stand in a file name of tzdata.
  static func isSafe(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return name.utf8.count <= 64
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "_+-".utf8.contains($0) }
      }
  }

  /// `GMT+5:30`, `GMT-03`, `UTC+2`, `+02:00`, `-0530`.
  private static func fixedOffset(_ name: String) -> TimeZoneRules? {
    var rest = Substring(name)
    if rest.hasPrefix("GMT") || rest.hasPrefix("UTC") { rest = rest.dropFirst(3) }
    guard let sign = rest.first, sign == "+" || sign == "-" else { return nil }
    rest = rest.dropFirst()
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(ASCII.isDigit) && $0.count <= 4 }) else { return nil }
    let hours: Int
    var minutes = 0
    switch (parts.count, parts.first.flatMap { Int($0) }) {
    case (1, let number?):
      hours = rest.count > 2 ? number / 100 : number
      minutes = rest.count > 2 ? number % 100 : 0
    case (2, let number?):
      hours = number
      minutes = Int(parts[1]) ?? 60
    default: return nil
    }
    guard hours < 24, minutes < 60 else { return nil }
    let seconds = (hours * 60 + minutes) * 60 * (sign == "-" ? -1 : 1)
    return TimeZoneRules(fixedOffset: seconds, name: name)
  }

  /// The three-letter names that Java's `ZoneId.SHORT_IDS` maps and tzdata does not have (or has with another meaning).
  private static let javaShortNames: [String: String] = [
    "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "EST": "America/Panama", "HST": "Pacific/Honolulu",
    "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia",
    "MST": "America/Phoenix", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
  ]
}
