/// Why bytes of a server are no IMAP response. `IMAPError` wraps it with the server's name.
package struct IMAPSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    case malformed
    /// A literal's size that is no number, negative, or beyond 2^63-1.
    case malformedLiteral
    case lineTooLong(limit: Int)
    /// The announced size is over the limit of a message, or of what is held in memory.
    case literalTooLarge(byteCount: UInt64, limit: Int)
    case tooManyLiterals(limit: Int)
    case tooManyValues(limit: Int)
    case nestedTooDeep(limit: Int)
  }

  package let kind: Kind
  /// Bytes from the start of the response, without the contents of literals.
  package let offset: Int
  /// What was found, in words; holds nothing of the server's bytes.
  package let detail: String

  package init(_ kind: Kind, offset: Int, _ detail: String) {
    self.kind = kind
    self.offset = offset
    self.detail = detail
  }

  package var description: String { "\(detail) at byte \(offset) of a response" }
}
