/// How much an expression may cost.
package enum ExpressionLimits {
  /// Unicode scalars of an expression as written. SAP refuses an expression body over 256 KB.
  package static let expressionLength = 1024 * 1024
  /// Functions inside functions, and parentheses inside parentheses.
  package static let depth = 16
  /// UTF-8 bytes of an evaluated text.
  package static let resultLength = 64 * 1024 * 1024
  /// Unicode scalars of a regular expression.
  package static let patternLength = 4096
  /// Steps of one regular expression match; a second at most, also for patterns that backtrack without end.
  package static let matchSteps = 2_000_000
  /// Items of a list made by `split` or read by `in`.
  package static let listItems = 100_000
}
