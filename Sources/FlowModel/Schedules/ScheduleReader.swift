import TenantBase

extension Schedule {
  /// Reads the table of `scheduleKey`; only `triggerType` and `schedule1` count, the rest restates the editor's form.
  ///
  /// - Parameter value: after parameters: the positional table.
  /// - Throws: `FlowModelError` when the table or the form of the schedule is not known.
  package init(table value: String, place: SourcePlace) throws(FlowModelError) {
    let pairs = try FlowTable(value, place: place).pairs
    guard let text = pairs["schedule1"]?.trimmed, !text.isEmpty else {
      throw FlowModelError(.malformed, at: place, "the schedule is not set", cause: "its table has no row 'schedule1'")
    }
    if let count = pairs["noOfSchedules"]?.trimmed, !count.isEmpty, count != "1" {
      throw FlowModelError(.malformed, at: place, "a table of \(count) schedules is not read")
    }
    try self.init(text: text, place: place)
  }

  /// `fireNow=true`, `simple.repeat=…&…`, or Quartz fields with `+` between them and options after `&`.
  package init(text: String, place: SourcePlace) throws(FlowModelError) {
    let parts = text.split(separator: "&", omittingEmptySubsequences: false).map { String($0) }
    var options: [String: String] = [:]
    var cron: [String]?
    for (index, part) in parts.enumerated() {
      if let equals = part.firstIndex(of: "=") {
        options[String(part[..<equals]).trimmed] = String(part[part.index(after: equals)...]).trimmed
      } else if index == 0 {
        cron = part.split(whereSeparator: { $0 == "+" || $0 == " " }).map { String($0) }
      }
    }
    func date(_ key: String) throws(FlowModelError) -> CivilDateTime? {
      guard let text = options[key], !text.isEmpty else { return nil }
      guard let date = CivilDateTime(text) else {
        throw FlowModelError(.malformed, at: place, "the schedule's '\(key)' is no date", cause: text)
      }
      return date
    }
    let trigger: Trigger
    if let cron {
      guard let expression = CronExpression(cron) else {
        throw FlowModelError(.malformed, at: place, "the schedule '\(text)' is not read")
      }
      trigger = .cron(expression)
    } else if options["fireNow"]?.lowercased() == "true" {
      trigger = .onDeployment
    } else if let unit = options["simple.repeat"] {
      let day = try date("simple.runOn")
      trigger = try Self.simple(unit, every: options["simple.every"] ?? "1", day: day, text, place)
    } else {
      throw FlowModelError(.malformed, at: place, "the schedule '\(text)' is not read")
    }
    let zone = options["trigger.timeZone"] ?? ""
    self.init(
      trigger: trigger, timeZone: zone.isEmpty ? "Etc/GMT" : zone, start: try date("trigger.startAt"),
      end: try date("trigger.endAt"), place: place)
  }

  private static func simple(
    _ unit: String, every: String, day: CivilDateTime?, _ text: String, _ place: SourcePlace
  ) throws(FlowModelError) -> Trigger {
    if unit.uppercased() == "NONE" { return day.map { .at($0) } ?? .onDeployment }
    let seconds: Int64? =
      switch unit.uppercased() {
      case "SECONDS": 1
      case "MINUTES": 60
      case "HOURS": 3600
      case "DAYS": 86_400
      default: nil
      }
    guard let seconds, let count = Int64(every), (1...10_000).contains(count) else {
      throw FlowModelError(.malformed, at: place, "the schedule '\(text)' is not read")
    }
    return .every(seconds: seconds * count)
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
