/// How much of one response is taken. ``IMAPLimits`` has the session's.
package struct IMAPParserLimits: Sendable, Equatable {
  /// Bytes of one line without its literals.
  package var line = 64 * 1024
  /// Bytes of one FETCH line: the structure of a mail with thousands of parts stands on one.
  package var fetchLine = 1024 * 1024
  /// Bytes of one SEARCH or ESEARCH line: each of a folder's messages can be named.
  package var searchLine = 8 * 1024 * 1024
  /// A body section above this many bytes goes out piece by piece and is never held.
  package var heldLiteral = 64 * 1024
  /// Bytes of lines and literals held for one response.
  package var heldResponse = 9 * 1024 * 1024
  /// The greatest message, in bytes.
  package var message = 512 * 1024 * 1024
  /// Literals of one response.
  package var literals = 1000
  /// Values and lists of one response, SEARCH's numbers not counted.
  package var values = 200_000
  /// Ranges of numbers of one SEARCH.
  package var searchRanges = 1_000_000
  /// Parentheses inside parentheses.
  package var nesting = 64

  package init() {}
}
