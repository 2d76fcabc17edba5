import TenantBase

/// Text with `${…}` in it, as channels and steps hold it: parsed once, evaluated for each message.
///
/// Outside of `${…}` the text is taken as it is, but for `\n`, `\r`, `\t` and `\}`, which Camel Simple replaces.
package struct ExpressionTemplate: Sendable, Equatable {
  package enum Segment: Sendable, Equatable {
    case literal(String)
    case expression(SimpleExpression)
  }

  /// As written.
  package let source: String
  package let segments: [Segment]

  /// - Parameter replacesEscapes: false where Camel takes `\n` as it stands: in the quoted text of a condition.
  /// - Throws: `ExpressionError` with the offset in `source`, in Unicode scalars.
  package init(_ source: String, replacesEscapes: Bool = true) throws(ExpressionError) {
    self.source = source
    do throws(ExpressionError) {
      var parser = TemplateParser(source, replacesEscapes: replacesEscapes)
      segments = try parser.parse(depth: 0)
    } catch { throw error.within(source) }
  }

  init(source: String, segments: [Segment]) {
    self.source = source
    self.segments = segments
  }

  /// Text that holds no expression, whatever it looks like: a constant.
  package init(constant: String) {
    self.init(source: constant, segments: constant.isEmpty ? [] : [.literal(constant)])
  }

  /// The text when nothing in it depends on the message.
  package var constant: String? {
    switch segments.count {
    case 0: ""
    case 1: if case .literal(let text) = segments[0] { text } else { nil }
    default: nil
    }
  }

  /// The `${…}` parts in order.
  package var expressions: [SimpleExpression] {
    segments.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
  }

  /// What parses but can never be evaluated here, for the check of a flow.
  package var problems: [ExpressionError] {
    expressions.flatMap(\.problems).map { $0.within(source) }
  }

  /// The value as text; a missing header or property is empty.
  package func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> String {
    do throws(ExpressionError) {
      var result = ""
      for segment in segments {
        switch segment {
        case .literal(let text): result += text
        case .expression(let expression): result += try expression.evaluate(in: context).text
        }
        guard result.utf8.count <= ExpressionLimits.resultLength else {
          throw ExpressionError(
            .limitExceeded, detail: "the text is longer than \(ExpressionLimits.resultLength) bytes")
        }
      }
      return result
    } catch { throw error.within(source) }
  }

  /// The value with its type when the template is one expression alone, else the text.
  package func evaluateValue(in context: some ExpressionContext) throws(ExpressionError) -> ExpressionValue {
    if segments.count == 1, case .expression(let expression) = segments[0] {
      do throws(ExpressionError) { return try expression.evaluate(in: context) } catch { throw error.within(source) }
    }
    return .text(try evaluate(in: context))
  }
}
