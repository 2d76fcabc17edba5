import FlowEngine
import TenantBase

/// Why the ledger or the journal says no.
package struct LedgerError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// No entry of that number.
    case unknownMessage
    /// The entry's state does not allow it.
    case wrongState(SourceMessageState)
    /// The folder waits for a person.
    case heldFolder
    /// A delivery of that key is there already.
    case deliveryExists
    /// What was kept is gone, or is not what was kept.
    case contentLost
    /// More targets than ``MessageStoreLimits`` allows, or none.
    case noTargets
  }

  package let kind: Kind
  package let failureClass: FailureClass
  package let explanation: Explanation

  init(_ kind: Kind, _ failureClass: FailureClass = .permanent, _ explanation: Explanation) {
    self.kind = kind
    self.failureClass = failureClass
    self.explanation = explanation
  }

  static func unknown(_ message: SourceMessageID) -> LedgerError {
    LedgerError(
      .unknownMessage, .badInput,
      Explanation("there is no message \(message.rawValue) in the ledger", hints: ["see all: tenant messages list"]))
  }

  static func wrongState(_ message: SourceMessageID, _ state: SourceMessageState, _ action: String) -> LedgerError {
    LedgerError(
      .wrongState(state), .badInput, Explanation("message \(message.rawValue) is \(state.rawValue): cannot \(action)"))
  }

  static func held(_ folder: SourceFolder, _ reason: String) -> LedgerError {
    LedgerError(
      .heldFolder, .configuration,
      Explanation(
        "nothing is taken from '\(PrintableText.escaping(folder.folder))' of \(PrintableText.escaping(folder.account))",
        cause: reason, hints: ["see what is known of it, then: tenant messages release"]))
  }
}
