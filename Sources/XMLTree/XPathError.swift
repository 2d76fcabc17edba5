import TenantBase

/// Why an XPath expression cannot be used, or failed on a document.
package struct XPathError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// Not XPath 1.0; `offset` says where.
    case malformed
    /// A function that is neither of XPath 1.0 nor given: its name as written.
    case unknownFunction(String)
    /// A prefix that the flow declares no namespace for.
    case unknownPrefix(String)
    /// XPath 2 or 3: the word or sign.
    case unsupportedSyntax(String)
    /// More than ``XPathLimits`` allows.
    case limitExceeded
    /// The arguments of a function do not fit.
    case failed
  }

  package let kind: Kind
  /// In UTF-8 bytes of the expression; nil when the place is not known.
  package let offset: Int?
  /// What is wrong, printable, beginning in lower case.
  package let detail: String
  /// As written, printable.
  package let expression: String

  package init(_ kind: Kind, offset: Int? = nil, detail: String, expression: String = "") {
    self.kind = kind
    self.offset = offset
    self.detail = PrintableText.escaping(detail)
    self.expression = PrintableText.escaping(expression, limit: 200)
  }

  func within(_ expression: String) -> XPathError {
    XPathError(kind, offset: offset, detail: detail, expression: expression)
  }

  package var failureClass: FailureClass {
    switch kind {
    case .malformed, .unknownFunction, .unknownPrefix, .unsupportedSyntax: .configuration
    case .limitExceeded, .failed: .permanent
    }
  }

  package var explanation: Explanation {
    let place = offset.map { " at offset \($0)" } ?? ""
    let subject = expression.isEmpty ? "the XPath expression" : "XPath '\(expression)'"
    return Explanation("\(subject): \(detail)\(place)")
  }
}
