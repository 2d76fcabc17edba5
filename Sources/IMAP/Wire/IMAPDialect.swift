/// How commands are written for the server at hand.
package struct IMAPDialect: Sendable, Equatable {
  /// RFC 7888.
  package enum Literals: Sendable, Equatable {
    /// `{n}`, and nothing more before the server's `+`.
    case synchronizing
    /// LITERAL-: `{n+}` up to ``IMAPDialect/smallLiteral`` bytes.
    case smallNonSynchronizing
    /// LITERAL+: `{n+}` always.
    case nonSynchronizing
  }

  /// RFC 7888 section 5.
  package static let smallLiteral = 4096

  package var literals: Literals
  /// UTF8=ACCEPT is enabled (RFC 6855): names and quoted strings are UTF-8.
  package var isUTF8: Bool
  /// Bytes of one argument of a command; a longer one is refused.
  package var longestArgument = 16 * 1024

  package init(literals: Literals = .synchronizing, isUTF8: Bool = false) {
    self.literals = literals
    self.isUTF8 = isUTF8
  }

  /// - Parameter enabled: what ENABLE was answered with.
  package init(_ capabilities: IMAPCapabilities, enabled: Set<String> = []) {
    self.init(literals: capabilities.literals, isUTF8: enabled.contains("UTF8=ACCEPT"))
  }
}
