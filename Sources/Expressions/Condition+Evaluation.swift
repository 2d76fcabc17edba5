import TenantBase

extension Condition {
  /// Whether the condition holds for a message.
  package func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> Bool {
    switch self {
    case .and(let left, let right):
      guard try left.evaluate(in: context) else { return false }
      return try right.evaluate(in: context)
    case .or(let left, let right):
      if try left.evaluate(in: context) { return true }
      return try right.evaluate(in: context)
    case .value(let operand): return Self.isTrue(try operand.evaluate(in: context))
    case .comparison(let left, let comparison, let right):
      return try Self.compare(try left.evaluate(in: context), comparison, try right.evaluate(in: context))
    }
  }

  /// Any value but false counts as true, and so does text other than `false`.
  private static func isTrue(_ value: ExpressionValue) -> Bool {
    switch value {
    case .null: false
    case .boolean(let flag): flag
    default: value.text.lowercased() != "false"
    }
  }

  private static func compare(
    _ left: ExpressionValue, _ comparison: Operator, _ right: ExpressionValue
  ) throws(ExpressionError) -> Bool {
    switch comparison {
    case .equal: return equal(left, right)
    case .notEqual: return !equal(left, right)
    case .equalIgnoringCase: return equal(.text(left.text.lowercased()), .text(right.text.lowercased()))
    case .greater: return order(left, right) > 0
    case .greaterOrEqual: return order(left, right) >= 0
    case .less: return order(left, right) < 0
    case .lessOrEqual: return order(left, right) <= 0
    case .contains: return contains(left, right)
    case .notContains: return !contains(left, right)
    case .isIn: return isIn(left, right)
    case .notIn: return !isIn(left, right)
    case .regex: return try matches(left, right)
    case .notRegex: return try !matches(left, right)
    }
  }

  /// As Camel compares: a missing value equals only a missing one; otherwise the right side is taken as the type of the
  /// left, so that text compares as text and a number with text that is a number as numbers.
  private static func equal(_ left: ExpressionValue, _ right: ExpressionValue) -> Bool {
    switch (left, right) {
    case (.null, .null): return true
    case (.null, _), (_, .null): return false
    case (.integer, _), (.decimal, _), (_, .integer), (_, .decimal):
      if let first = left.asInteger, let second = right.asInteger { return first == second }
      if let first = left.asDecimal, let second = right.asDecimal { return first == second }
    case (.boolean, _), (_, .boolean): return JavaText.equal(left.text.lowercased(), right.text.lowercased())
    case (.date(let first), .date(let second)): return first == second
    default: break
    }
    return JavaText.equal(left.text, right.text)
  }

  /// Negative, zero or positive. Numbers and text that is a number compare as numbers; a missing value is smaller than
  /// any other; all else compares as text by UTF-16 units.
  private static func order(_ left: ExpressionValue, _ right: ExpressionValue) -> Int {
    switch (left.isNull, right.isNull) {
    case (true, true): return 0
    case (true, false): return -1
    case (false, true): return 1
    case (false, false): break
    }
    if let first = left.asInteger, let second = right.asInteger { return first < second ? -1 : first > second ? 1 : 0 }
    if let first = left.asDecimal, let second = right.asDecimal { return first < second ? -1 : first > second ? 1 : 0 }
    if JavaText.equal(left.text, right.text) { return 0 }
    return left.text.utf16.lexicographicallyPrecedes(right.text.utf16) ? -1 : 1
  }

  private static func contains(_ left: ExpressionValue, _ right: ExpressionValue) -> Bool {
    if case .list(let items) = left { return items.contains { equal($0, right) } }
    guard !left.isNull, !right.isNull else { return false }
    return JavaText.contains(left.text, right.text)
  }

  /// The right side is a list, or text with commas. Lenient: blanks around the commas do not count.
  private static func isIn(_ left: ExpressionValue, _ right: ExpressionValue) -> Bool {
    if case .list(let items) = right { return items.contains { equal(left, $0) } }
    guard !right.isNull else { return left.isNull }
    return right.text.split(separator: ",", omittingEmptySubsequences: false).contains { item in
      equal(left, .text(String(item))) || equal(left, .text(String(item).trimmingBlanks()))
    }
  }

  private static func matches(_ left: ExpressionValue, _ right: ExpressionValue) throws(ExpressionError) -> Bool {
    guard !left.isNull else { return false }
    return try JavaPattern(right.text).matches(left.text)
  }
}
