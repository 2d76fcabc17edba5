import FlowModel
import TenantBase

/// Which mails of a folder a channel wants, beside Selection: every criterion must hold.
package struct MailSearchSettings: Sendable, Equatable {
  /// Part of the From header, in any case; as the server compares. Nil, as the others: not asked.
  package var from: String?
  package var to: String?
  package var subject: String?
  /// Received on this day or later, by the server's clock.
  package var since: SearchDay?
  /// Received before this day.
  package var before: SearchDay?
  /// Bytes.
  package var larger: Int?
  package var smaller: Int?
  package var isFlagged: Bool?
  /// Keys of IMAP SEARCH as the server reads them, joined to the rest.
  package var raw: String?

  package init() {}

  package var isEmpty: Bool { self == MailSearchSettings() }
}

/// A day of a search: fixed, or counted back from today.
package enum SearchDay: Sendable, Equatable {
  case date(CivilDateTime)
  /// `-7d`: seven days ago.
  case daysAgo(Int)

  /// `2026-11-20` or `-7d`; nil for anything else.
  init?(_ text: String) {
    if text.hasPrefix("-"), text.hasSuffix("d"), let days = Int(text.dropFirst().dropLast()),
      (0...36_500).contains(days)
    {
      self = .daysAgo(days)
      return
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.count == 10, parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy(ASCII.isDigit) }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year >= 1900,
      (1...12).contains(month), (1...CivilDateTime.daysInMonth(month, of: year)).contains(day)
    else { return nil }
    self = .date(CivilDateTime(year: year, month: month, day: day))
  }

  /// The day itself, where today is known.
  package func day(today: CivilDateTime) -> CivilDateTime {
    switch self {
    case .date(let date): return date
    case .daysAgo(let days):
      let date = CivilDateTime.date(daysSinceEpoch: today.daysSinceEpoch - days)
      return CivilDateTime(year: date.year, month: date.month, day: date.day)
    }
  }
}

extension MailSearchSettings {
  init(_ reader: inout ChannelReader) {
    from = Self.text(&reader, .searchFrom)
    to = Self.text(&reader, .searchTo)
    subject = Self.text(&reader, .searchSubject)
    since = Self.day(&reader, .searchSince)
    before = Self.day(&reader, .searchBefore)
    larger = reader.byteCount(.searchLarger)
    smaller = reader.byteCount(.searchSmaller)
    if reader.text(.searchFlagged) != nil { isFlagged = reader.flag(.searchFlagged) }
    raw = Self.text(&reader, .searchRaw)
    if let raw, !raw.utf8.allSatisfy({ ASCII.isVisible($0) || $0 == 0x20 }) {
      reader.report(
        .error, .wrong, .searchRaw, "is wrong: it may hold printable ASCII only",
        remedy: "for other characters use tenant.search.subject, tenant.search.from and the like")
    }
  }

  /// Without line ends or other control characters, which no command may hold.
  private static func text(_ reader: inout ChannelReader, _ key: PropertyKey) -> String? {
    guard let text = reader.fixedText(key) else { return nil }
    if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      reader.report(.error, .wrong, key, "is wrong: it holds a line end or another control character")
      return nil
    }
    return text
  }

  private static func day(_ reader: inout ChannelReader, _ key: PropertyKey) -> SearchDay? {
    guard let text = reader.fixedText(key) else { return nil }
    let day = SearchDay(text)
    if day == nil {
      reader.report(
        .error, .wrong, key,
        "is wrong: '\(PrintableText.escaping(text))' is neither a day such as 2026-11-20 nor days ago such as -7d")
    }
    return day
  }
}

extension ChannelReader {
  /// Bytes, also with `K`, `M` or `G` (binary); nil when the key is absent.
  mutating func byteCount(_ key: PropertyKey) -> Int? {
    guard let text = fixedText(key) else { return nil }
    var digits = Substring(text)
    var factor = 1
    if let unit = digits.last?.uppercased(), let power = ["K": 10, "M": 20, "G": 30][unit] {
      digits.removeLast()
      factor = 1 << power
    }
    guard digits.utf8.allSatisfy(ASCII.isDigit), let number = Int(digits), number <= (1 << 50) / factor else {
      report(
        .error, .wrong, key,
        "is wrong: '\(PrintableText.escaping(text))' is no size: give bytes, or a number with K, M or G")
      return nil
    }
    return number * factor
  }
}
