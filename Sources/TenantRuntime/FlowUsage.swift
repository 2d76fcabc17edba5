import TenantBase

/// Which flows of a home refer to which credentials.
package protocol FlowUsage: Sendable {
  /// For each Credential Name that a flow refers to, the names of those flows, sorted.
  ///
  /// A flow that cannot be read is left out: nothing is deployed or removed because of it.
  func flowsByCredential() -> [String: [String]]
}

/// For a home without flows, and for tests.
package struct NoFlowUsage: FlowUsage {
  package init() {}

  package func flowsByCredential() -> [String: [String]] { [:] }
}
