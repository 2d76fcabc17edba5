/// Encoded words (RFC 2047) in a display name that somebody typed or that came from another mail's header.
enum EncodedWordInput {
  /// The name as a person reads it, so that the writer does not encode it a second time.
  static func decoded(_ phrase: String) -> String {
    phrase.contains("=?") ? HeaderText.decode(Array(phrase.utf8)) : phrase
  }
}
