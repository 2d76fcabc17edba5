import TenantBase

/// What may be done in a folder.
package enum FolderAccess: Sendable, Equatable {
  /// SELECT.
  case readWrite
  /// EXAMINE: nothing changes, whatever is asked.
  case readOnly
}

/// An open folder, as the server described it when it opened it.
package struct SelectedFolder: Sendable, Equatable {
  package let name: MailboxName
  /// What the server granted.
  package var access: FolderAccess
  /// Names the folder's generation: UIDs of another one mean nothing. As given, also 0 or beyond 32 bits; nil when the
  /// server names none.
  package var uidValidity: UInt64?
  /// nil also when the server says 0, which no UID can be.
  package var uidNext: UInt64?
  /// Messages in it, kept up to date by what the server tells. Never a size to allocate.
  package var messageCount: UInt64 = 0
  /// Flags that can be set for good; nil when the server does not say, and then all can be (RFC 3501 section 7.1).
  package var permanentFlags: Set<IMAPFlag>?
  /// False where the server forgets UIDs with the session (UIDNOTSTICKY, RFC 4315).
  package var keepsUIDs = true
  /// The folder wherever it is moved to (RFC 8474).
  package var mailboxID: String?

  package init(name: MailboxName, access: FolderAccess) {
    self.name = name
    self.access = access
  }

  /// Whether `flag` outlives the session when it is set.
  package func keeps(_ flag: IMAPFlag) -> Bool {
    guard access == .readWrite else { return false }
    guard let permanentFlags else { return true }
    return permanentFlags.contains(flag) || !flag.name.hasPrefix("\\") && permanentFlags.contains(.newKeywordsAllowed)
  }
}

/// What a server tells about the open folder at any time.
package enum FolderEvent: Sendable, Equatable {
  /// The number of messages, more or not.
  case exists(UInt64)
  /// One message is gone, or several.
  case removed
  /// Flags of a message changed.
  case flagsChanged
}
