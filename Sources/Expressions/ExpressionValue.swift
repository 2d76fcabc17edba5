import TenantBase

/// What an expression, a header or a property can be.
///
/// Only what Camel's comparisons and conversions tell apart; the engine maps its own values to these.
package enum ExpressionValue: Sendable, Equatable {
  case null
  case text(String)
  case integer(Int64)
  case decimal(Double)
  case boolean(Bool)
  case date(Timestamp)
  case list([ExpressionValue])

  package var isNull: Bool { self == .null }

  /// As text: null is empty, a date as Java's `Date.toString`, a list as Java writes one.
  package var text: String {
    switch self {
    case .null: ""
    case .text(let text): text
    case .integer(let number): String(number)
    case .decimal(let number): Self.javaText(number)
    case .boolean(let flag): flag ? "true" : "false"
    case .date(let moment): JavaDateFormat.dateToString.format(moment, in: .utc)
    case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
    }
  }

  /// As a whole number, when it is one or text that is nothing but one.
  var asInteger: Int64? {
    switch self {
    case .integer(let number): number
    case .text(let text): Int64(text.hasPrefix("+") ? String(text.dropFirst()) : text)
    case .date(let moment): moment.milliseconds
    default: nil
    }
  }

  var asDecimal: Double? {
    switch self {
    case .integer(let number): return Double(number)
    case .decimal(let number): return number
    case .text(let text):
      // Double(_:) also takes `nan`, `inf` and hexadecimal, which no header means as a number.
      guard text.utf8.allSatisfy({ ASCII.isDigit($0) || "+-.eE".utf8.contains($0) }) else { return nil }
      return Double(text)
    default: return nil
    }
  }

  /// Java writes 5.0 for five, and 1.0E7 from ten million on.
  private static func javaText(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return "\(number)".replacing("e+", with: "E").replacing("e", with: "E")
  }
}
