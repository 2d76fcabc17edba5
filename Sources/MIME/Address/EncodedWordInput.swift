/// Encoded words (RFC 2047) in a display name that somebody typed or that came from another mail's header.
enum EncodedWordInput {
  static func decoded(_ phrase: String) -> String { phrase }
}
