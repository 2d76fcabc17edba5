import TenantBase

/// A pattern of Java's `SimpleDateFormat`, in English, with the weeks of the United States (they begin on Sunday, the
/// first one holds January 1), which is what SAP's runtime uses.
package struct JavaDateFormat: Sendable, Equatable {
  private enum Part: Sendable, Equatable {
    case literal(String)
    case field(Unicode.Scalar, count: Int)
  }

  private let parts: [Part]

  /// What Java's `Date.toString` gives.
  static let dateToString = JavaDateFormat(parts: [
    .field("E", count: 3), .literal(" "), .field("M", count: 3), .literal(" "), .field("d", count: 2), .literal(" "),
    .field("H", count: 2), .literal(":"), .field("m", count: 2), .literal(":"), .field("s", count: 2), .literal(" "),
    .field("z", count: 3), .literal(" "), .field("y", count: 4),
  ])

  private init(parts: [Part]) { self.parts = parts }

  /// - Throws: `malformed` with an offset in `pattern`: a letter without a meaning, an open quote.
  package init(_ pattern: String) throws(ExpressionError) {
    let scalars = Array(pattern.unicodeScalars)
    var parts: [Part] = []
    var index = 0
    func add(_ text: String) {
      if case .literal(let before)? = parts.last {
        parts[parts.count - 1] = .literal(before + text)
      } else {
        parts.append(.literal(text))
      }
    }
    while index < scalars.count {
      let scalar = scalars[index]
      if scalar == "'" {
        let (text, next) = try Self.quoted(scalars, from: index)
        add(text)
        index = next
      } else if scalar.properties.isAlphabetic && scalar.isASCII {
        let end = scalars[index...].firstIndex { $0 != scalar } ?? scalars.count
        try Self.check(scalar, count: end - index, at: index)
        parts.append(.field(scalar, count: end - index))
        index = end
      } else {
        add(String(scalar))
        index += 1
      }
    }
    self.parts = parts
  }

  /// Two quotes are one quote, inside quoted text and outside.
  private static func quoted(_ scalars: [Unicode.Scalar], from start: Int) throws(ExpressionError) -> (String, Int) {
    var text = ""
    var index = start + 1
    if index < scalars.count, scalars[index] == "'" { return ("'", index + 1) }
    while index < scalars.count {
      if scalars[index] != "'" {
        text.unicodeScalars.append(scalars[index])
        index += 1
      } else if index + 1 < scalars.count, scalars[index + 1] == "'" {
        text += "'"
        index += 2
      } else {
        return (text, index + 1)
      }
    }
    throw ExpressionError(.malformed, offset: start, detail: "the date format has a quote that is not closed")
  }

  private static func check(_ letter: Unicode.Scalar, count: Int, at offset: Int) throws(ExpressionError) {
    guard "GyYMLwWDdFEuaHkKhmsSzZX".unicodeScalars.contains(letter) else {
      throw ExpressionError(.malformed, offset: offset, detail: "the date format has no letter '\(letter)'")
    }
    guard letter != "X" || count <= 3, count <= 64 else {
      throw ExpressionError(.malformed, offset: offset, detail: "the date format repeats '\(letter)' too often")
    }
  }

  package func format(_ moment: Timestamp, in zone: TimeZoneRules) -> String {
    let period = zone.period(at: moment.seconds)
    let date = CivilDateTime(moment, offset: period.offset)
    var result = ""
    for part in parts {
      switch part {
      case .literal(let text): result += text
      case .field(let letter, let count):
        result += Field(date: date, moment: moment, period: period, count: count)[letter]
      }
    }
    return result
  }
}

extension JavaDateFormat {
  fileprivate struct Field {
    let date: CivilDateTime
    let moment: Timestamp
    let period: TimeZoneRules.Period
    let count: Int

    private func number(_ value: Int) -> String { CivilDateTime.padding(value, to: count) }

    private func year(_ value: Int) -> String {
      count == 2 ? CivilDateTime.padding(value % 100, to: 2) : number(value)
    }

    subscript(letter: Unicode.Scalar) -> String {
      switch letter {
      case "G": "AD"
      case "y": year(date.year)
      case "Y": year(weekYear.year)
      case "M", "L": month
      case "w": number(weekYear.week)
      case "W": number((date.day + Self.sundayIndex(date.year, date.month) - 1) / 7 + 1)
      case "D": number(date.dayOfYear)
      case "d": number(date.day)
      case "F": number((date.day - 1) / 7 + 1)
      case "E": count <= 3 ? String(weekdayName.prefix(3)) : weekdayName
      case "u": number(date.weekday)
      case "a": date.hour < 12 ? "AM" : "PM"
      case "H": number(date.hour)
      case "k": number(date.hour == 0 ? 24 : date.hour)
      case "K": number(date.hour % 12)
      case "h": number(date.hour % 12 == 0 ? 12 : date.hour % 12)
      case "m": number(date.minute)
      case "s": number(date.second)
      case "S": number(Int(moment.nanoseconds) / 1_000_000)
      case "z": zoneName
      case "Z": offset(separator: "")
      case "X": period.offset == 0 ? "Z" : isoOffset
      default: ""
      }
    }

    private var month: String {
      guard count >= 3 else { return number(date.month) }
      let name = Self.months[date.month - 1]
      return count == 3 ? String(name.prefix(3)) : name
    }

    private var weekdayName: String { Self.weekdays[date.weekday - 1] }

    /// Days from the Sunday on or before the first of the month to the first.
    private static func sundayIndex(_ year: Int, _ month: Int) -> Int {
      CivilDateTime(year: year, month: month, day: 1).weekday % 7
    }

    /// The week that holds January 1 is the first of its year, even when it begins in December.
    private var weekYear: (year: Int, week: Int) {
      let next = CivilDateTime(year: date.year + 1, month: 1, day: 1)
      if next.daysSinceEpoch - next.weekday % 7 <= date.daysSinceEpoch { return (date.year + 1, 1) }
      return (date.year, (date.dayOfYear - 1 + Self.sundayIndex(date.year, 1)) / 7 + 1)
    }

    private var zoneName: String {
      let name = period.abbreviation
      if count >= 4, name == "UTC" { return "Coordinated Universal Time" }
      if count >= 4, name == "GMT" { return "Greenwich Mean Time" }
      // tzdata has no long names, and for zones without letters of their own only `+03`.
      guard let first = name.first, first.isLetter else { return "GMT" + offset(separator: ":") }
      return name
    }

    private func offset(separator: String) -> String {
      let minutes = Int(period.offset.magnitude) / 60
      let pad = CivilDateTime.padding
      return (period.offset < 0 ? "-" : "+") + pad(minutes / 60, 2) + separator + pad(minutes % 60, 2)
    }

    private var isoOffset: String {
      switch count {
      case 1: String(offset(separator: "").prefix(3))
      case 2: offset(separator: "")
      default: offset(separator: ":")
      }
    }

    private static let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
  }
}
