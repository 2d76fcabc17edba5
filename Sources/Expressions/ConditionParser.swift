import TenantBase

/// Reads a condition. Positions are Unicode scalars from its start.
struct ConditionParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0

  init(_ text: String) throws(ExpressionError) {
    scalars = Array(text.unicodeScalars)
    guard scalars.count <= ExpressionLimits.expressionLength else {
      throw ExpressionError(.limitExceeded, offset: 0, detail: "the condition is too long")
    }
  }

  mutating func parse() throws(ExpressionError) -> Condition {
    let condition = try chain()
    skipBlanks()
    guard index == scalars.count else { throw unexpected() }
    return condition
  }

  private mutating func chain() throws(ExpressionError) -> Condition {
    var condition = try term()
    while true {
      skipBlanks()
      if take(word: "and") || take("&&") {
        condition = .and(condition, try term())
      } else if take(word: "or") || take("||") {
        condition = .or(condition, try term())
      } else {
        return condition
      }
    }
  }

  private mutating func term() throws(ExpressionError) -> Condition {
    skipBlanks()
    if take("(") {
      depth += 1
      guard depth <= ExpressionLimits.depth else {
        throw ExpressionError(.limitExceeded, offset: index, detail: "parentheses are nested too deep")
      }
      let inner = try chain()
      skipBlanks()
      guard take(")") else { throw ExpressionError(.malformed, offset: index, detail: "')' is missing") }
      depth -= 1
      return inner
    }
    let left = try operand()
    skipBlanks()
    let start = index
    guard let comparison = takeOperator() else { return .value(left) }
    skipBlanks()
    guard index < scalars.count else {
      throw ExpressionError(.malformed, offset: index, detail: "nothing follows '\(comparison.rawValue)'")
    }
    let right = try operand()
    if comparison == .regex || comparison == .notRegex { try checkPattern(right, at: start) }
    return .comparison(left, comparison, right)
  }

  /// A fixed pattern is read now, so that a bad one is known before a message comes.
  private func checkPattern(_ operand: Condition.Operand, at offset: Int) throws(ExpressionError) {
    guard case .template(let template) = operand, let pattern = template.constant else { return }
    do throws(ExpressionError) { _ = try JavaPattern(pattern) } catch {
      throw ExpressionError(error.kind, offset: offset, detail: error.detail)
    }
  }

  private mutating func operand() throws(ExpressionError) -> Condition.Operand {
    guard index < scalars.count else {
      throw ExpressionError(.malformed, offset: index, detail: "a value is missing")
    }
    let first = scalars[index]
    if first == "'" || first == "\"" { return try quoted(first) }
    if first == "$" { return .template(try function()) }
    let start = index
    while index < scalars.count, !Self.endsWord(scalars[index]) { index += 1 }
    let word = text(start..<index)
    switch word {
    case "null": return .constant(.null)
    case "true": return .constant(.boolean(true))
    case "false": return .constant(.boolean(false))
    default: break
    }
    if let number = Int64(word) { return .constant(.integer(number)) }
    if let number = ExpressionValue.text(word).asDecimal { return .constant(.decimal(number)) }
    index = start
    throw ExpressionError(
      .malformed, offset: start,
      detail: word.isEmpty ? "a value is missing" : "'\(word)' needs quotes around it")
  }

  private static func endsWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || "()'\"=!<>&|$".unicodeScalars.contains(scalar)
  }

  private mutating func quoted(_ quote: Unicode.Scalar) throws(ExpressionError) -> Condition.Operand {
    let start = index + 1
    var end = start
    var braces = 0
    while end < scalars.count {
      // A quote inside of `${…}` belongs to the function.
      if scalars[end] == "$", end + 1 < scalars.count, scalars[end + 1] == "{" { braces += 1 }
      if scalars[end] == "}", braces > 0 { braces -= 1 }
      if scalars[end] == quote, braces == 0 { break }
      end += 1
    }
    guard end < scalars.count else {
      throw ExpressionError(.malformed, offset: index, detail: "the quote is not closed")
    }
    index = end + 1
    return .template(try template(start..<end))
  }

  private mutating func function() throws(ExpressionError) -> ExpressionTemplate {
    let start = index
    var open = 0
    while index < scalars.count {
      if scalars[index] == "{" { open += 1 }
      if scalars[index] == "}" {
        open -= 1
        if open == 0 { break }
      }
      if open == 0, index > start, scalars[index].properties.isWhitespace { break }
      index += 1
    }
    guard index < scalars.count, scalars[index] == "}" else {
      throw ExpressionError(.malformed, offset: start, detail: "'${' is not closed by '}'")
    }
    index += 1
    return try template(start..<index)
  }

  private func template(_ range: Range<Int>) throws(ExpressionError) -> ExpressionTemplate {
    do throws(ExpressionError) {
      return try ExpressionTemplate(text(range), replacesEscapes: false)
    } catch {
      throw ExpressionError(error.kind, offset: range.lowerBound + (error.offset ?? 0), detail: error.detail)
    }
  }

  private mutating func takeOperator() -> Condition.Operator? {
    for (symbol, meaning) in Self.symbols where take(symbol) { return meaning }
    for (words, meaning) in Self.words {
      let start = index
      var isThere = true
      for word in words where isThere {
        skipBlanks()
        isThere = take(word: word)
      }
      if isThere { return meaning }
      index = start
    }
    return nil
  }

  /// Longer ones first.
  private static let symbols: [(String, Condition.Operator)] = [
    ("==", .equal), ("=~", .equalIgnoringCase), ("=", .equal), ("!=", .notEqual), (">=", .greaterOrEqual),
    ("<=", .lessOrEqual), (">", .greater), ("<", .less),
  ]
  private static let words: [([String], Condition.Operator)] = [
    (["not", "contains"], .notContains), (["not", "in"], .notIn), (["not", "regex"], .notRegex),
    (["contains"], .contains), (["in"], .isIn), (["regex"], .regex),
  ]

  private mutating func take(_ symbol: String) -> Bool {
    guard scalars[index...].starts(with: symbol.unicodeScalars) else { return false }
    index += symbol.unicodeScalars.count
    return true
  }

  /// A whole word, whatever its case.
  private mutating func take(word: String) -> Bool {
    let end = index + word.unicodeScalars.count
    guard end <= scalars.count, text(index..<end).lowercased() == word,
      end == scalars.count || !scalars[end].properties.isAlphabetic
    else { return false }
    index = end
    return true
  }

  private mutating func skipBlanks() {
    while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
  }

  private func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  private func unexpected() -> ExpressionError {
    ExpressionError(.malformed, offset: index, detail: "'\(scalars[index])' is not expected here")
  }
}
