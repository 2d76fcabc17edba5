import TenantBase

/// Why bytes cannot be read as XML, or text cannot be written as XML.
package struct XMLError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// Not well-formed, or a namespace prefix is not declared.
    case malformed
    /// A document type declaration: it could define entities or name files, and none of our formats has one.
    case doctypeRefused
    /// Longer, deeper or with more elements than ``XMLLimits`` allows.
    case limitExceeded
    /// The bytes are in an encoding that is not read.
    case unsupportedEncoding
    /// The text holds a character that XML 1.0 cannot carry.
    case unwritableCharacter
  }

  package let kind: Kind
  /// As the caller named it; nil for text that stands in no file.
  package let file: String?
  /// From 1; nil when the place is not known.
  package let line: Int?
  /// From 1; nil when the place is not known.
  package let column: Int?
  /// The parser's own words, made printable.
  package let detail: String

  package init(_ kind: Kind, file: String? = nil, line: Int? = nil, column: Int? = nil, detail: String) {
    self.kind = kind
    self.file = file
    self.line = line
    self.column = column
    self.detail = PrintableText.escaping(detail)
  }

  package var failureClass: FailureClass { .badInput }

  package var explanation: Explanation {
    let name = file.map { "'\(PrintableText.escaping($0))'" } ?? "the text"
    let summary =
      switch kind {
      case .malformed: "\(name) is not well-formed XML (\(detail))"
      case .doctypeRefused: "\(name) has a document type declaration, which is refused"
      case .limitExceeded: "\(name) is too large to be read (\(detail))"
      case .unsupportedEncoding: "\(name) has an encoding that is not read (\(detail))"
      case .unwritableCharacter: "\(name) cannot be written as XML (\(detail))"
      }
    return Explanation(summary, places: place.map { [$0] } ?? [])
  }

  private var place: String? {
    guard let line else { return file.map { SourcePlace(file: $0).description } }
    let column = column.map { ", column \($0)" } ?? ""
    guard let file else { return "line \(line)\(column)" }
    return SourcePlace(file: file, line: line).description + column
  }
}
