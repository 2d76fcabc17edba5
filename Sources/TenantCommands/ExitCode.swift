import TenantBase
import TenantRuntime

/// The exit codes of `tenant`; scripts decide by them, so they never change their meaning.
package enum ExitCode: Int32, Sendable, CaseIterable {
  case done = 0
  case failed = 1
  case usage = 64
  case badInput = 65
  case unreachable = 69
  case temporary = 75
  case outcomeUnknown = 76
  case refused = 77
  case configuration = 78

  package init(_ failure: FailureClass) {
    self =
      switch failure {
      case .permanent: .failed
      case .usage: .usage
      case .badInput: .badInput
      case .unreachable: .unreachable
      case .temporary: .temporary
      case .outcomeUnknown: .outcomeUnknown
      case .refused: .refused
      case .configuration: .configuration
      }
  }

  /// Of several outcomes the first of these decides.
  private static let precedence: [ExitCode] = [
    .outcomeUnknown, .refused, .configuration, .badInput, .failed, .unreachable, .temporary, .usage, .done,
  ]

  /// The code of a command with several outcomes; `done` when there is none.
  /// - Parameter reachedSomeone: a mail reached a recipient, so "try again" would send it twice: then never 69 or 75.
  package static func deciding(among codes: [ExitCode], reachedSomeone: Bool) -> ExitCode {
    let code = precedence.first(where: codes.contains) ?? .done
    return reachedSomeone && (code == .unreachable || code == .temporary) ? .failed : code
  }

  /// The code of a run. Of a poll each message counts for itself: one that reached some of its recipients is never 69 or 75,
  /// one of which only the source is still to be told may be.
  package static func deciding(for report: RunReport) -> ExitCode {
    let own = deciding(among: report.failureClasses.map(ExitCode.init), reachedSomeone: report.reachedSomeone)
    let ofMessages = (report.poll?.messages ?? []).map { message in
      deciding(
        among: message.failureClasses.map(ExitCode.init),
        reachedSomeone: message.reachedSomeone && message.run?.failureClasses.isEmpty == false)
    }
    return deciding(among: [own] + ofMessages, reachedSomeone: false)
  }
}
