import TenantBase

extension HeaderDate {
  /// Reads a date in the form of RFC 5322 sections 3.3 and 4.3, and in those that are sent instead: RFC 850, asctime,
  /// ISO 8601, without seconds, without a zone, with two-digit years, comments, month before day, AM and PM.
  ///
  /// - Returns: nil when there is no day, month and year in it, or a number is out of range.
  package static func parse(_ value: [UInt8]) -> HeaderDate? {
    var fields = DateFields()
    for token in DateTokens.of(value.prefix(DateTokens.longest)) where !fields.take(token) { return nil }
    return fields.date
  }
}

/// Divides a date into words, numbers and signed zones, without comments.
private enum DateTokens {
  /// No date is longer; what stands behind is not looked at.
  static let longest = 300

  static func of(_ value: ArraySlice<UInt8>) -> [[UInt8]] {
    var tokens: [[UInt8]] = []
    var token: [UInt8] = []
    var depth = 0
    func isSeparator(_ byte: UInt8) -> Bool { byte <= ASCII.space || byte == 0x2C || byte == 0x22 || byte >= 0x80 }
    // Blanks and comments around a colon do not divide: `09 (local) : 55` is one time.
    var isBehindColon = false
    for byte in value {
      if byte == 0x28 { depth += 1 }
      if depth > 0 || isSeparator(byte) {
        if byte == 0x29, depth > 0 { depth -= 1 }
        guard !token.isEmpty, !isBehindColon else { continue }
        tokens.append(token)
        token = []
      } else {
        if byte == 0x3A, token.isEmpty { token = tokens.popLast() ?? [] }
        isBehindColon = byte == 0x3A
        token.append(byte)
      }
    }
    if !token.isEmpty { tokens.append(token) }
    return tokens
  }
}

/// What has been read of a date so far.
private struct DateFields {
  private var day: Int?
  private var month: Int?
  private var year: Int?
  private var hour: Int?
  private var minute = 0
  private var second = 0
  private var offset: Int?
  private var hasZone = false

  /// The moment, when all of it is there and in range.
  var date: HeaderDate? {
    guard let day, let month, let year, (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDateTime.daysInMonth(month, of: year), (0...24).contains(hour ?? 0), (0...59).contains(minute),
      (0...60).contains(second)
    else { return nil }
    let days = CivilDateTime(year: year, month: month, day: day).daysSinceEpoch
    let local = days * 86_400 + (hour ?? 0) * 3_600 + minute * 60 + second
    return HeaderDate(unixSeconds: local - (offset ?? 0) * 60, offsetMinutes: offset)
  }

  /// - Returns: false when the token makes the whole no date.
  mutating func take(_ token: [UInt8]) -> Bool {
    guard let first = token.first else { return true }
    if first == 0x2B || first == 0x2D { return takeZone(token) }
    if ASCII.isDigit(first) { return takeNumber(token) }
    return takeWord(token)
  }

  private mutating func takeNumber(_ token: [UInt8]) -> Bool {
    if token.contains(0x3A) { return takeDateAndTime(token) }
    if token.contains(0x2D) || token.contains(0x2F) { return takeDate(token) }
    let numbers = token.split(separator: ASCII.dot, omittingEmptySubsequences: false)
    if numbers.count >= 2, day != nil, month != nil, hour == nil { return takeTime(numbers) }
    if numbers.count == 3, day == nil { return takeDayMonthYear(numbers) }
    let digits = token.prefix(while: ASCII.isDigit)
    guard let value = Self.number(digits) else { return false }
    let rest = token.dropFirst(digits.count)
    // `6th`, `6.`, and `06Nov2010`
    if rest.count >= 3, let known = Self.month(Array(rest)) { month = known }
    if day == nil, digits.count <= 2, (1...31).contains(value) {
      day = value
    } else if year == nil {
      year = Self.fullYear(value, digits: digits.count)
    } else if !hasZone, digits.count == 4, hour != nil {
      // Lenient: a zone whose sign is missing.
      return takeZone([0x2B] + token)
    }
    return true
  }

  /// `06-Nov-94`, `2010-11-06`, `6/11/2010`, `11/06/2010`.
  private mutating func takeDate(_ token: [UInt8]) -> Bool {
    let pieces = token.split { $0 == 0x2D || $0 == 0x2F }
    guard pieces.count == 3 else { return takeDateAndTime(token) }
    if let known = Self.month(Array(pieces[1])) {
      guard let dayValue = Self.number(pieces[0]), let yearValue = Self.number(pieces[2]) else { return false }
      (day, month, year) = (dayValue, known, Self.fullYear(yearValue, digits: pieces[2].count))
      return true
    }
    return takeDayMonthYear(pieces)
  }

  private mutating func takeDayMonthYear(_ pieces: [ArraySlice<UInt8>]) -> Bool {
    guard let first = Self.number(pieces[0]), let second = Self.number(pieces[1]), let third = Self.number(pieces[2])
    else { return false }
    if pieces[0].count == 4 {
      (year, month, day) = (first, second, third)
    } else {
      year = Self.fullYear(third, digits: pieces[2].count)
      // American order only where the other one is impossible.
      (day, month) = second > 12 ? (second, first) : (first, second)
    }
    return true
  }

  /// A time, with what is written close to it: `2010-11-06T08:49:37.5+02:00`, `08:49:37GMT`, `8:49PM`.
  private mutating func takeDateAndTime(_ token: [UInt8]) -> Bool {
    var rest = token[...]
    if let letter = rest.firstIndex(where: { $0 | 0x20 == 0x74 }), rest[..<letter].contains(0x2D) {
      guard takeDate(Array(rest[..<letter])) else { return false }
      rest = rest[(letter + 1)...]
    }
    let time = rest.prefix { ASCII.isDigit($0) || $0 == 0x3A || $0 == ASCII.dot }
    rest = rest.dropFirst(time.count)
    let whole = time.prefix { $0 != ASCII.dot || !time.contains(0x3A) }
    guard takeTime(whole.split(separator: 0x3A, omittingEmptySubsequences: false)) else { return false }
    return rest.isEmpty ? true : take(Array(rest))
  }

  private mutating func takeTime(_ pieces: [ArraySlice<UInt8>]) -> Bool {
    guard hour == nil, (1...3).contains(pieces.count), let hours = Self.number(pieces[0]) else { return hour != nil }
    hour = hours
    if pieces.count > 1 {
      guard let value = Self.number(pieces[1]) else { return false }
      minute = value
    }
    if pieces.count > 2 {
      guard let value = Self.number(pieces[2]) else { return false }
      second = value
    }
    return true
  }

  private mutating func takeWord(_ token: [UInt8]) -> Bool {
    let word = token.map(ASCII.lowercased)
    let text = word.utf8Text
    if month == nil, let known = Self.month(word) {
      month = known
      // `Nov-06-2010`
      if let dash = token.firstIndex(of: 0x2D) {
        for piece in token[dash...].split(separator: 0x2D) { _ = take(Array(piece)) }
      }
    } else if text == "pm", let value = hour, value < 12 {
      hour = value + 12
    } else if text == "am", hour == 12 {
      hour = 0
    } else if hour != nil, !hasZone {
      takeZoneName(word)
    }
    return true
  }

  private mutating func takeZoneName(_ word: [UInt8]) {
    let letters = word.prefix(while: ASCII.isLetter)
    if let minutes = Self.zones[letters.utf8Text] {
      hasZone = true
      offset = minutes
    }
    // `GMT+2`, `UTC+0200`
    let rest = word.dropFirst(letters.count)
    if let sign = rest.first, sign == 0x2B || sign == 0x2D {
      hasZone = false
      _ = takeZone(Array(rest))
    }
  }

  /// `+0200`, `-05:00`, `+2`. `-0000` says that the zone is unknown (RFC 5322 section 3.3).
  private mutating func takeZone(_ token: [UInt8]) -> Bool {
    guard hour != nil, !hasZone else { return true }
    let digits = token.dropFirst().filter { $0 != 0x3A }.prefix(while: ASCII.isDigit)
    guard let value = Self.number(digits[...]), digits.count <= 4 else { return true }
    let minutes = digits.count <= 2 ? value * 60 : value / 100 * 60 + value % 100
    guard minutes < 24 * 60 else { return true }
    hasZone = true
    let isUnknown = minutes == 0 && token.first == 0x2D
    offset = isUnknown ? nil : (token.first == 0x2D ? -minutes : minutes)
    return true
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy(ASCII.isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// RFC 5322 section 4.3: two digits below 50 are of this century, other short years count from 1900.
  private static func fullYear(_ value: Int, digits: Int) -> Int {
    switch digits {
    case ...2: value < 50 ? 2000 + value : 1900 + value
    case 3: 1900 + value
    default: value
    }
  }

  private static func month(_ word: [UInt8]) -> Int? {
    guard word.count >= 3 else { return nil }
    return months[word.prefix(3).map(ASCII.lowercased).utf8Text]
  }

  private static let months: [String: Int] = [
    "jan": 1, "feb": 2, "mar": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9,
    "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
  ]

  /// RFC 5322 section 4.3, and names that mail programs add. The military letters say nothing.
  private static let zones: [String: Int] = [
    "gmt": 0, "ut": 0, "utc": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "wet": 0, "west": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60,
    "mesz": 120, "bst": 60, "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540, "hkt": 480, "nzst": 720,
    "nzdt": 780, "aest": 600, "aedt": 660, "akst": -540, "akdt": -480, "hst": -600,
  ]
}
