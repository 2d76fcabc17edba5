/// Blanks around what a person or a program wrote.
enum BlankText {
  /// Without blanks, tabs and line ends at both ends.
  static func trimmed(_ text: some StringProtocol) -> String {
    trimmed(text) { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" }
  }

  /// Without blanks and tabs at both ends: line ends of a message's own values are refused later, not dropped.
  static func trimmedBlanks(_ text: some StringProtocol) -> String { trimmed(text) { $0 == " " || $0 == "\t" } }

  private static func trimmed(_ text: some StringProtocol, _ isBlank: (Unicode.Scalar) -> Bool) -> String {
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return String(Substring(scalars))
  }
}
