/// Text as a shell takes it as one word, for the commands that our messages give.
package enum ShellText {
  /// The word itself when nothing in it is special; else in double quotes, or in single quotes when `$`, a backquote, a
  /// backslash, a double quote or an exclamation mark is inside.
  package static func quoted(_ word: String) -> String {
    if !word.isEmpty, word.utf8.allSatisfy(isPlain) { return word }
    if word.contains(where: { "$`\\\"!".contains($0) }) || word.isEmpty {
      return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
    return "\"\(word)\""
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x25, 0x2B...0x2F, 0x3A, 0x3D, 0x40, 0x5F, 0x80...: true
    default: false
    }
  }
}
