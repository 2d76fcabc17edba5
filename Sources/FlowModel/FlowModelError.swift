import TenantBase
import XMLTree

/// Why a flow, or a file that belongs to it, cannot be read at all. What is wrong inside of a readable flow is a ``Finding``.
package struct FlowModelError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// Not XML, or XML that is refused.
    case unreadable
    /// Well-formed, but no integration flow.
    case notAFlow
    /// A table, properties file or parameter definition that cannot be read.
    case malformed
    /// A file or folder that is not there, or holds no flow or several.
    case missing
    /// Larger than ``FlowLimits`` allows.
    case limitExceeded
  }

  package let kind: Kind
  package let place: SourcePlace
  /// What failed, printable, beginning in lower case.
  package let summary: String
  package let cause: String?

  package init(_ kind: Kind, at place: SourcePlace, _ summary: String, cause: String? = nil) {
    self.kind = kind
    self.place = place
    self.summary = PrintableText.escaping(summary)
    self.cause = cause
  }

  init(_ error: XMLError, file: String) {
    let explanation = error.explanation
    self.init(
      .unreadable, at: SourcePlace(file: file, line: error.line), explanation.summary,
      cause: error.column.map { "column \($0)" })
  }

  package var failureClass: FailureClass { .badInput }

  package var explanation: Explanation { Explanation(summary, places: [place.description], cause: cause) }
}
