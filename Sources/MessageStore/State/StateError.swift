import FlowEngine
import TenantBase

/// Why something cannot be kept, or what is kept cannot be read.
package struct StateError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// There is an entry of that id already.
    case duplicateEntry
    /// It is to be encrypted, and the tenant has no keystore.
    case noKeystore
    /// The key that it was encrypted with is not in the keystore.
    case keyMissing(id: String)
    /// It does not open: it was changed, or belongs elsewhere.
    case damaged
    /// The number range gave its last number.
    case exhausted
    case tooLarge(limit: Int)
  }

  package let kind: Kind
  /// `entry 'a' of the data store 'b'`.
  package let subject: String

  package init(_ kind: Kind, _ subject: String) {
    self.kind = kind
    self.subject = subject
  }

  package var failureClass: FailureClass {
    switch kind {
    case .duplicateEntry, .damaged, .exhausted, .tooLarge: .permanent
    case .noKeystore, .keyMissing: .configuration
    }
  }

  package var explanation: Explanation {
    switch kind {
    case .duplicateEntry:
      Explanation(
        "\(subject) exists already (DuplicateEntryException)",
        hints: ["select Overwrite Existing Message in the step, or use another entry ID"])
    case .noKeystore:
      Explanation(
        "\(subject) cannot be encrypted", cause: "the tenant has no keystore", hints: ["make it: tenant init"])
    case .keyMissing(let id):
      Explanation(
        "\(subject) cannot be read", cause: "it was encrypted with the key \(id), which this keystore does not have",
        hints: ["put back the keystore that was there when it was stored"])
    case .damaged: Explanation("\(subject) cannot be read", cause: "it was changed after it was stored")
    case .exhausted:
      Explanation("\(subject) is used up", cause: "its last number was given, and it does not rotate")
    case .tooLarge(let limit): Explanation("\(subject) is larger than \(limit) bytes")
    }
  }
}

extension VariableName {
  /// `global variable 'x'`, `variable 'x' of the flow 'y'`.
  package var title: String {
    let name = PrintableText.escaping(text, limit: 200)
    return flow.map { "variable '\(name)' of the flow '\(PrintableText.escaping($0))'" } ?? "global variable '\(name)'"
  }
}

extension DataStoreName {
  /// `the global data store 'x'`, `the data store 'x' of the flow 'y'`.
  package var title: String {
    let name = PrintableText.escaping(text, limit: 200)
    return flow.map { "the data store '\(name)' of the flow '\(PrintableText.escaping($0))'" }
      ?? "the global data store '\(name)'"
  }
}
