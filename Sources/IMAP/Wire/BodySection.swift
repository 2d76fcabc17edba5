/// A part of a message as FETCH names it: `[]`, `[HEADER]`, `[1.2.MIME]` (RFC 3501 section 6.4.5).
package struct BodySection: Sendable, Equatable, Hashable {
  package enum Text: Sendable, Equatable, Hashable {
    /// All of the message or part.
    case whole
    case header
    /// Field names in capitals.
    case headerFields([String])
    case headerFieldsNot([String])
    case text
    case mime
  }

  /// The part's number; empty for the message itself.
  package var part: [Int]
  package var text: Text

  package init(part: [Int] = [], _ text: Text = .whole) {
    self.part = part
    self.text = text
  }

  package static let wholeMessage = BodySection()
  package static let header = BodySection(.header)
}
