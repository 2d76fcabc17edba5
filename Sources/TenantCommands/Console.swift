import Synchronization
import System
import TenantBase

/// Where a command prints: results on standard output, everything else on standard error.
///
/// What could not be written is remembered, and the command then does not end as done: a full disk must not look like an
/// empty result. A reader that went away (a closed pipe) has what it wanted.
final class Console: Sendable {
  private let failure = Mutex<SystemError?>(nil)

  /// The first failure to write a result; nil when all was written.
  var lostOutput: SystemError? { failure.withLock { $0 } }

  /// Results. The text brings its own line feeds.
  func print(_ text: String) {
    do throws(SystemError) { try StandardStream.output.write(text) } catch {
      if error.kind != Self.closedPipe { failure.withLock { $0 = $0 ?? error } }
    }
  }

  /// EPIPE.
  private static let closedPipe = SystemError.Kind.failed(errno: 32)

  /// Messages for a person, and errors. Where they cannot be written there is nobody to tell.
  func printError(_ text: String) { try? StandardStream.error.write(text) }

  /// One warning on standard error.
  func warn(_ text: String, hints: [String] = []) {
    printError(ErrorText.lines(of: Explanation(text, hints: hints), severity: "warning"))
  }
}
