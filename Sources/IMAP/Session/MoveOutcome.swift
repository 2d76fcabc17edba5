/// What became of messages that were to move to another folder.
package struct MoveOutcome: Sendable, Equatable {
  package enum Removal: Sendable, Equatable {
    /// They are no longer in the folder.
    case removed
    /// They are copied and marked as deleted, and stay until somebody expunges the folder: the server can only expunge
    /// everybody's deleted messages at once, which is never done.
    case markedOnly
    /// They are copied, and the originals stay unmarked.
    case notRemoved(IMAPAnswer)
  }

  /// Where they are now; nil when the server does not say.
  package var mapping: UIDMapping?
  package var removal: Removal

  package init(mapping: UIDMapping?, removal: Removal) {
    self.mapping = mapping
    self.removal = removal
  }
}

/// A message that was stored in a folder (RFC 4315).
package struct AppendedMessage: Sendable, Equatable {
  /// Both nil when the server does not say.
  package var uidValidity: UInt64?
  package var uid: UInt64?

  package init(uidValidity: UInt64? = nil, uid: UInt64? = nil) {
    self.uidValidity = uidValidity
    self.uid = uid
  }
}
