import Expressions
import TenantBase

/// What names a variable: a global one, or one of a flow.
package struct VariableName: Sendable, Hashable {
  package let text: String
  /// nil for a global variable, which every flow sees.
  package let flow: String?

  package init(_ text: String, flow: String?) {
    self.text = text
    self.flow = flow
  }
}

/// A variable as it is kept, for people.
package struct StoredVariable: Sendable, Equatable {
  package let name: VariableName
  /// The flow that wrote it last.
  package let writtenBy: String
  package let updatedOn: Timestamp
  package let expiresOn: Timestamp
  package let isEncrypted: Bool

  package init(
    name: VariableName, writtenBy: String, updatedOn: Timestamp, expiresOn: Timestamp, isEncrypted: Bool
  ) {
    self.name = name
    self.writtenBy = writtenBy
    self.updatedOn = updatedOn
    self.expiresOn = expiresOn
    self.isEncrypted = isEncrypted
  }
}

/// Where variables are kept: from one run to the next, and from flow to flow.
package protocol VariableStore: Sendable {
  /// The variable's value; nil when it was never written, or has expired.
  func value(of name: VariableName, for scope: StateScope) throws -> ExpressionValue?

  /// Writes a variable; it is kept for ``StateLimits/variableDays``.
  func write(_ value: ExpressionValue, to name: VariableName, for scope: StateScope) throws
}
