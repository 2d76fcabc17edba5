import System
import TenantBase

/// Where a command prints: results on standard output, everything else on standard error.
///
/// A closed pipe is not an error of ours: what nobody reads need not be written.
struct Console: Sendable {
  /// Results. The text brings its own line feeds.
  func print(_ text: String) { try? StandardStream.output.write(text) }

  /// Messages for a person, and errors.
  func printError(_ text: String) { try? StandardStream.error.write(text) }

  /// One warning on standard error.
  func warn(_ text: String, hints: [String] = []) {
    printError(ErrorText.lines(of: Explanation(text, hints: hints), severity: "warning"))
  }
}
