import TenantBase

/// Splits text into literals and `${…}`. Positions are Unicode scalars from the start of the whole text.
struct TemplateParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0

  private let replacesEscapes: Bool

  init(_ text: String, replacesEscapes: Bool = true) {
    scalars = Array(text.unicodeScalars)
    self.replacesEscapes = replacesEscapes
  }

  mutating func parse(depth: Int) throws(ExpressionError) -> [ExpressionTemplate.Segment] {
    guard scalars.count <= ExpressionLimits.expressionLength else {
      throw ExpressionError(
        .limitExceeded, offset: 0, detail: "longer than \(ExpressionLimits.expressionLength) characters")
    }
    var segments: [ExpressionTemplate.Segment] = []
    var literal = String.UnicodeScalarView()
    func flush() {
      if !literal.isEmpty { segments.append(.literal(String(literal))) }
      literal = .init()
    }
    while index < scalars.count {
      if let length = startLength(at: index) {
        flush()
        segments.append(.expression(try expression(startLength: length, depth: depth)))
      } else if replacesEscapes, let escaped = Self.escape(scalars, at: index) {
        literal.append(escaped)
        index += 2
      } else {
        literal.append(scalars[index])
        index += 1
      }
    }
    flush()
    return segments
  }

  /// `${` or `$simple{`.
  private func startLength(at index: Int) -> Int? {
    guard scalars[index] == "$" else { return nil }
    for start in ["${", "$simple{"] where scalars[index...].starts(with: start.unicodeScalars) {
      return start.unicodeScalars.count
    }
    return nil
  }

  static func escape(_ scalars: [Unicode.Scalar], at index: Int) -> Unicode.Scalar? {
    guard scalars[index] == "\\", index + 1 < scalars.count else { return nil }
    switch scalars[index + 1] {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "}": return "}"
    default: return nil
    }
  }

  /// The expression whose start is at `index`, up to the brace that closes it; inner `${…}` are skipped over.
  private mutating func expression(startLength: Int, depth: Int) throws(ExpressionError) -> SimpleExpression {
    guard depth < ExpressionLimits.depth else {
      throw ExpressionError(.limitExceeded, offset: index, detail: "functions are nested too deep")
    }
    let start = index
    let contentStart = index + startLength
    var open = 1
    var at = contentStart
    while at < scalars.count {
      if let inner = self.startLength(at: at) {
        open += 1
        at += inner
        continue
      }
      if scalars[at] == "}" {
        open -= 1
        if open == 0 { break }
      }
      at += 1
    }
    guard at < scalars.count else {
      throw ExpressionError(.malformed, offset: start, detail: "'${' is not closed by '}'")
    }
    var content = String.UnicodeScalarView()
    content.append(contentsOf: scalars[contentStart..<at])
    index = at + 1
    do throws(ExpressionError) {
      return try SimpleExpression(content: String(content), at: contentStart, depth: depth)
    } catch {
      throw ExpressionError(
        error.kind, expression: error.expression, offset: (error.offset ?? 0) + contentStart, detail: error.detail)
    }
  }
}
