import TenantBase

/// A routing condition that is not XML: `${property.kind} = 'csv' and ${header.size} > 0`.
///
/// `and` and `or` are taken from left to right, neither binding stronger, as in Camel; parentheses group.
package indirect enum Condition: Sendable, Equatable {
  case comparison(Operand, Operator, Operand)
  /// One expression alone: true, false, or whether there is a value.
  case value(Operand)
  case and(Condition, Condition)
  case or(Condition, Condition)

  package enum Operator: String, Sendable, CaseIterable {
    case equal = "="
    case equalIgnoringCase = "=~"
    case notEqual = "!="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="
    case contains = "contains"
    case notContains = "not contains"
    case isIn = "in"
    case notIn = "not in"
    case regex = "regex"
    case notRegex = "not regex"
  }

  package enum Operand: Sendable, Equatable {
    case constant(ExpressionValue)
    /// Quoted text, which may hold `${…}`, or one expression.
    case template(ExpressionTemplate)
  }

  /// - Throws: `ExpressionError` with the offset in `text`, in Unicode scalars.
  package init(_ text: String) throws(ExpressionError) {
    do throws(ExpressionError) {
      var parser = try ConditionParser(text)
      self = try parser.parse()
    } catch { throw error.within(text) }
  }

  /// What parses but can never be evaluated here.
  package var problems: [ExpressionError] {
    switch self {
    case .comparison(let left, _, let right): left.problems + right.problems
    case .value(let operand): operand.problems
    case .and(let left, let right), .or(let left, let right): left.problems + right.problems
    }
  }
}

extension Condition.Operand {
  var problems: [ExpressionError] {
    if case .template(let template) = self { template.problems } else { [] }
  }

  func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> ExpressionValue {
    switch self {
    case .constant(let value): value
    case .template(let template): try template.evaluateValue(in: context)
    }
  }
}
