/// How an operation ended, as far as the caller must know to decide what to do next.
///
/// Code decides by this value; `TenantCommands` alone turns it into an exit code.
package enum FailureClass: Sendable, Equatable, CaseIterable {
  /// Failed for good: repeating it changes nothing.
  case permanent
  /// The command line is wrong.
  case usage
  /// An input file cannot be read as what it should be.
  case badInput
  /// The peer cannot be reached: unknown host, refused connection, no answer.
  case unreachable
  /// Failed for now: the same attempt may succeed later.
  case temporary
  /// Nobody knows whether it happened (the answer to the final dot was lost): it must not simply be repeated.
  case outcomeUnknown
  /// Somebody said no: authentication, permission, untrusted certificate.
  case refused
  /// Something that the work needs is missing or contradictory: credential, certificate, parameter.
  case configuration
}

/// An error that a person can act upon.
///
/// Each target has one such type: a `struct` with a `kind` for code, and an explanation for a person. Verdicts (is this
/// chain trusted?) are return values, not errors.
package protocol ExplainedError: Error, Sendable, CustomStringConvertible {
  var failureClass: FailureClass { get }
  var explanation: Explanation { get }
}

extension ExplainedError {
  /// The summary and cause on one line, for logs and test failures.
  package var description: String {
    explanation.cause.map { "\(explanation.summary): \($0)" } ?? explanation.summary
  }
}

/// What a person reads of a failure: what failed, in the peer's own words, where, why, and the command that mends it.
///
/// Texts are lower case, without a full stop, and hold no secret. Text from a peer or a file goes through
/// ``PrintableText`` first.
package struct Explanation: Sendable, Equatable {
  /// What failed, with the object in single quotes and the peer's words in parentheses:
  /// `smtp.example.com:587 refused the login (535 5.7.8 credentials invalid)`.
  package var summary: String
  /// Where, from the outermost to the innermost: file and line, flow, channel, credential.
  package var places: [String]
  /// The one known cause, when it is known. Never a guess beside a known cause.
  package var cause: String?
  /// What to do about it, each a whole command that works or one plain sentence.
  package var hints: [String]

  package init(
    _ summary: String, places: [String] = [], cause: String? = nil, hints: [String] = []
  ) {
    self.summary = summary
    self.places = places
    self.cause = cause
    self.hints = hints
  }

  /// The same failure seen from further out: `cannot send 'X': ` goes before the summary, the places before the places.
  package func within(_ prefix: String? = nil, places outer: [String] = []) -> Explanation {
    var result = self
    if let prefix { result.summary = "\(prefix): \(summary)" }
    result.places = outer + places
    return result
  }
}
