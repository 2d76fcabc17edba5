import ArgumentParsing
import TenantBase

/// How an error reads on standard error: every line begins with the program's name, so that it can be found in a log.
package enum ErrorText {
  /// ```
  /// tenant: error: cannot deploy 'x': ...
  /// tenant:   at: iflows/x.iflw:12
  /// tenant:   cause: ...
  /// tenant:   hint: ...
  /// ```
  package static func lines(of explanation: Explanation, severity: String = "error") -> String {
    var text = "tenant: \(severity): \(printable(explanation.summary))\n"
    if !explanation.places.isEmpty {
      text += "tenant:   at: \(explanation.places.map(printable).joined(separator: ", "))\n"
    }
    if let cause = explanation.cause { text += "tenant:   cause: \(printable(cause))\n" }
    for hint in explanation.hints { text += "tenant:   hint: \(printable(hint))\n" }
    return text
  }

  package static func lines(of error: UsageError) -> String {
    var text = "tenant: error: \(printable(error.problem))\n"
    if let suggestion = error.suggestion { text += "tenant:   did you mean: \(suggestion)\n" }
    if let usage = error.usage { text += "tenant:   usage: \(usage)\n" }
    if let example = error.example { text += "tenant:   example: \(example)\n" }
    return text
  }

  /// Our own texts are printable already; a path or a name inside may not be.
  private static func printable(_ text: String) -> String { PrintableText.escaping(text, limit: 2_000) }
}
