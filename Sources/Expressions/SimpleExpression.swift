import TenantBase

/// One `${…}`: a function and the methods called on its value.
package struct SimpleExpression: Sendable, Equatable {
  package let function: SimpleFunction
  package let calls: [MethodCall]
  /// What stands between the braces.
  package let content: String
  /// Where `content` begins, in Unicode scalars from the start of the template.
  package let offset: Int

  /// - Throws: `ExpressionError` with the offset in `content`.
  init(content: String, at offset: Int, depth: Int) throws(ExpressionError) {
    self.content = content
    self.offset = offset
    if content.contains("${") {
      // An inner expression makes part of the name: evaluated first, then the whole is read.
      var parser = TemplateParser(content)
      let segments = try parser.parse(depth: depth + 1)
      if let nested = try Self.methodArguments(content, segments, depth: depth) {
        (function, calls) = nested
      } else {
        function = .computed(ExpressionTemplate(source: content, segments: segments))
        calls = []
      }
      return
    }
    let (head, calls) = try MethodCallParser.split(content, depth: depth)
    self.function = try SimpleFunction(head)
    self.calls = calls
  }

  /// When the inner expressions stand in the arguments of a method only, the function itself is fixed.
  private static func methodArguments(
    _ content: String, _ segments: [ExpressionTemplate.Segment], depth: Int
  ) throws(ExpressionError) -> (SimpleFunction, [MethodCall])? {
    guard case .literal(let first)? = segments.first, first.contains("(") else { return nil }
    let (head, calls) = try MethodCallParser.split(content, depth: depth)
    guard !calls.isEmpty, !head.contains("${") else { return nil }
    return (try SimpleFunction(head), calls)
  }

  /// What can never be evaluated here.
  package var problems: [ExpressionError] {
    var result: [ExpressionError] = []
    switch function {
    case .unsupported(let name):
      result.append(ExpressionError(.unsupported, offset: nil, detail: "'\(name)' is not available"))
    case .refused(let name):
      result.append(ExpressionError(.refused, detail: SimpleFunction.refusal(name)))
    case .computed(let template): result += template.problems
    default: break
    }
    for call in calls where !JavaStringMethod.names.contains(call.name) {
      result.append(ExpressionError(.unsupported, detail: "the method '\(call.name)' is not available"))
    }
    return result.map {
      ExpressionError($0.kind, expression: $0.expression, offset: offset, detail: $0.detail)
    }
  }

  package func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> ExpressionValue {
    do throws(ExpressionError) {
      var value = try function.evaluate(in: context)
      for call in calls { value = try call.apply(to: value, in: context) }
      return value
    } catch {
      guard error.expression.isEmpty else { throw error }
      throw ExpressionError(error.kind, offset: offset, detail: error.detail)
    }
  }
}
