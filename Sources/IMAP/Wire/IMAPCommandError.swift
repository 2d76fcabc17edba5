/// Why a value cannot go into a command. Nothing was sent.
package struct IMAPCommandError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// CR, LF or NUL.
    case controlCharacter
    /// A flag, mechanism or name with a character that its place does not allow.
    case notAnAtom
    case emptySet
    /// Text that is no SEARCH program: unbalanced quotes or parentheses.
    case malformedSearch
    /// The value is longer than ``IMAPDialect/longestArgument``.
    case tooLong(limit: Int)
    case invalidDate
  }

  package let kind: Kind
  /// `folder`, `search criterion FROM`, `password`; never the value.
  package let field: String

  package init(_ kind: Kind, field: String) {
    self.kind = kind
    self.field = field
  }

  package var description: String {
    switch kind {
    case .controlCharacter: "the \(field) has a line end or a NUL character"
    case .notAnAtom: "the \(field) has a character that IMAP does not allow there"
    case .emptySet: "the \(field) names no message"
    case .malformedSearch: "the \(field) is no SEARCH program: quotes and parentheses must come in pairs"
    case .tooLong(let limit): "the \(field) is longer than \(limit) bytes"
    case .invalidDate: "the \(field) is no date"
    }
  }
}
