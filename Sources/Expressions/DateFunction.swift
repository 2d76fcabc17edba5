import TenantBase

/// `date:now-2h:yyyy-MM-dd` and `date-with-timezone:now:Europe/Berlin:HH:mm`.
package struct DateFunction: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    case now, exchangeCreated
    case header(String)
    case property(String)
  }

  package let source: Source
  /// Milliseconds to add; negative for earlier.
  package let offset: Int64
  /// nil without the zone form: UTC, as SAP's runtime has it.
  package let zone: String?
  /// nil for the date itself, which as text is Java's `Date.toString`.
  package let format: JavaDateFormat?

  /// - Parameter text: what follows `date:` or `date-with-timezone:`. Everything after the colon is format, colons too.
  init(_ text: String, hasZone: Bool) throws(ExpressionError) {
    let prefixLength = hasZone ? "date-with-timezone:".count : "date:".count
    let parts = text.split(separator: ":", maxSplits: hasZone ? 2 : 1, omittingEmptySubsequences: false)
    let command = String(parts[0]).trimmingBlanks()
    guard !hasZone || parts.count == 3 else {
      throw ExpressionError(.malformed, offset: prefixLength, detail: "a zone and a format must follow the date")
    }
    zone = hasZone ? String(parts[1]).trimmingBlanks() : nil
    let pattern = parts.count > (hasZone ? 2 : 1) ? String(parts[hasZone ? 2 : 1]) : nil
    (source, offset) = try Self.command(command, at: prefixLength)
    guard let pattern, !pattern.isEmpty else {
      format = nil
      return
    }
    do throws(ExpressionError) {
      format = try JavaDateFormat(pattern)
    } catch {
      let start = prefixLength + text.unicodeScalars.count - pattern.unicodeScalars.count
      throw ExpressionError(error.kind, offset: start + (error.offset ?? 0), detail: error.detail)
    }
  }

  /// A name may itself hold `-` or `+`: only a tail that reads as a duration is an offset.
  private static func command(_ text: String, at position: Int) throws(ExpressionError) -> (Source, Int64) {
    var base = text
    var offset: Int64 = 0
    while let sign = base.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      guard let amount = milliseconds(base[base.index(after: sign)...]) else { break }
      offset = base[sign] == "-" ? offset &- amount : offset &+ amount
      base = String(base[..<sign]).trimmingBlanks()
    }
    switch base {
    case "now": return (.now, offset)
    case "exchangeCreated": return (.exchangeCreated, offset)
    default: break
    }
    for prefix in ["in.header.", "header."] {
      if let name = base.after(prefix), !name.isEmpty { return (.header(name), offset) }
    }
    for prefix in ["exchangeProperty.", "property."] {
      if let name = base.after(prefix), !name.isEmpty { return (.property(name), offset) }
    }
    throw ExpressionError(.malformed, offset: position, detail: "there is no date '\(base)'")
  }

  /// `24h`, `1h30m`, `10s`, `2d`, or a plain number of milliseconds; nil for anything else.
  static func milliseconds(_ text: Substring) -> Int64? {
    var rest = Substring(String(text).trimmingBlanks())
    guard !rest.isEmpty else { return nil }
    var sum: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(letters.count).drop { $0 == " " }
      // Ten digits of days are 2.7 million centuries and still fit.
      guard digits.count <= 10, let number = Int64(digits), let unit = unit(letters.lowercased()) else { return nil }
      sum += number * unit
      guard sum < .max / 4 else { return nil }
    }
    return sum
  }

  private static func unit(_ name: String) -> Int64? {
    switch name {
    case "", "ms": 1
    case "s", "sec", "secs", "second", "seconds": 1000
    case "m", "min", "mins", "minute", "minutes": 60_000
    case "h", "hour", "hours": 3_600_000
    case "d", "day", "days": 86_400_000
    default: nil
    }
  }

  func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> ExpressionValue {
    let moment: Timestamp
    switch source {
    case .now: moment = context.now
    case .exchangeCreated: moment = context.exchangeCreated
    case .header(let name): moment = try Self.date(context.header(named: name), name)
    case .property(let name): moment = try Self.date(try context.property(named: name), name)
    }
    let shifted = moment.advanced(byMilliseconds: offset)
    guard let format else { return .date(shifted) }
    let rules = try zone.map { name throws(ExpressionError) in try Self.rules(name, context) } ?? .utc
    return .text(format.format(shifted, in: rules))
  }

  private static func rules(_ name: String, _ context: some ExpressionContext) throws(ExpressionError) -> TimeZoneRules
  {
    guard let rules = context.timeZones.zone(named: name) else {
      throw ExpressionError(.cannotEvaluate, detail: "the time zone '\(name)' is not known")
    }
    return rules
  }

  private static func date(_ value: ExpressionValue?, _ name: String) throws(ExpressionError) -> Timestamp {
    switch value {
    case .date(let moment)?: return moment
    case .integer(let milliseconds)?: return Timestamp(milliseconds: milliseconds)
    default: throw ExpressionError(.cannotEvaluate, detail: "'\(name)' holds no date")
    }
  }
}
