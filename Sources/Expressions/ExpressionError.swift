import TenantBase

/// Why an expression cannot be read or evaluated.
package struct ExpressionError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// It does not follow the grammar.
    case malformed
    /// A function of Camel Simple that is known but not available here.
    case unsupported
    /// A function that would give secrets of the machine to the flow: environment and system properties.
    case refused
    /// The values do not allow it: an index outside the text, text that is not a number, a missing body.
    case cannotEvaluate
    /// Longer, deeper or costlier than ``ExpressionLimits`` allows.
    case limitExceeded
  }

  package let kind: Kind
  /// The whole expression as written; empty when it is not known.
  package var expression: String
  /// Unicode scalars from the start of `expression`; nil when it concerns the whole.
  package var offset: Int?
  /// What is wrong, printable.
  package let detail: String

  package init(_ kind: Kind, expression: String = "", offset: Int? = nil, detail: String) {
    self.kind = kind
    self.expression = expression
    self.offset = offset
    self.detail = PrintableText.escaping(detail)
  }

  package var failureClass: FailureClass {
    switch kind {
    case .malformed, .unsupported, .refused: .configuration
    case .cannotEvaluate, .limitExceeded: .permanent
    }
  }

  package var explanation: Explanation {
    let quoted = expression.isEmpty ? "the expression" : "'\(PrintableText.escaping(expression, limit: 120))'"
    let summary =
      switch kind {
      case .malformed: "\(quoted) cannot be read as an expression"
      case .unsupported, .refused, .cannotEvaluate, .limitExceeded: "\(quoted) cannot be evaluated"
      }
    let position = offset.map { " at character \($0 + 1)" } ?? ""
    return Explanation(summary, cause: detail + position)
  }

  func within(_ expression: String, offset base: Int = 0) -> ExpressionError {
    var result = self
    if result.expression.isEmpty {
      result.expression = expression
      result.offset = (offset ?? 0) + base
    }
    return result
  }
}
