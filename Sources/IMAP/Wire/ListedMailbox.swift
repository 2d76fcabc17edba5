/// A folder as LIST or LSUB shows it (RFC 3501 section 7.2.2).
package struct ListedMailbox: Sendable, Equatable {
  package var attributes: Set<MailboxAttribute>
  /// What separates the levels of a name; nil where there are none (NIL, or an empty string as some servers send).
  package var delimiter: Character?
  package var name: MailboxName

  package init(attributes: Set<MailboxAttribute> = [], delimiter: Character?, name: MailboxName) {
    self.attributes = attributes
    self.delimiter = delimiter
    self.name = name
  }

  package var isSelectable: Bool { !attributes.contains(.noSelect) && !attributes.contains(.nonExistent) }
}

/// An answer to STATUS (RFC 3501 section 7.2.4). What the server left out is nil; 163.com leaves out all.
package struct MailboxStatus: Sendable, Equatable {
  package var name: MailboxName
  package var messages: UInt64?
  package var recent: UInt64?
  package var unseen: UInt64?
  package var uidNext: UInt64?
  package var uidValidity: UInt64?
  package var highestModSequence: UInt64?
  /// Bytes of all messages (RFC 8438).
  package var size: UInt64?
  /// RFC 8474.
  package var mailboxID: String?

  package init(name: MailboxName) { self.name = name }
}

/// Where folders live (RFC 2342).
package struct MailboxNamespaces: Sendable, Equatable {
  package struct Namespace: Sendable, Equatable {
    /// What names of this namespace begin with: `INBOX.`, or empty.
    package var prefix: MailboxName
    package var delimiter: Character?

    package init(prefix: MailboxName, delimiter: Character?) {
      self.prefix = prefix
      self.delimiter = delimiter
    }
  }

  package var personal: [Namespace] = []
  package var otherUsers: [Namespace] = []
  package var shared: [Namespace] = []

  package init() {}
}
