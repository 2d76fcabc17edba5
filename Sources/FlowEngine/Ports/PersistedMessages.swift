import TenantBase

/// A message that a Persist step keeps for a later look.
package struct PersistedMessage: Sendable, Equatable {
  package let number: Int64
  package let runID: String
  package let flowName: String
  /// As the step names itself.
  package let stepID: String
  package let storedOn: Timestamp
  package let expiresOn: Timestamp
  package let byteCount: Int
  package let isEncrypted: Bool

  package init(
    number: Int64, runID: String, flowName: String, stepID: String, storedOn: Timestamp, expiresOn: Timestamp,
    byteCount: Int, isEncrypted: Bool
  ) {
    self.number = number
    self.runID = runID
    self.flowName = flowName
    self.stepID = stepID
    self.storedOn = storedOn
    self.expiresOn = expiresOn
    self.byteCount = byteCount
    self.isEncrypted = isEncrypted
  }
}

/// Where Persist steps keep messages.
package protocol MessageArchive: Sendable {
  /// Keeps a message from when the run completes, for ``StateLimits/persistedDays``.
  func persist(
    _ message: StoredMessage, stepID: String, isEncrypted: Bool, for scope: StateScope
  ) throws
}
