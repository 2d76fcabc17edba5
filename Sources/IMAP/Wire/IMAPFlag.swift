/// A flag or keyword of a message (RFC 9051 section 2.3.2): `\Seen`, `$Forwarded`. An open set; case is ignored.
package struct IMAPFlag: Sendable, Hashable, CustomStringConvertible {
  /// As the server or the flow wrote it.
  package let name: String

  /// The name in lower case, which is what counts.
  private let key: String

  package init(_ name: String) {
    self.name = name
    key = name.lowercased()
  }

  package static let seen = IMAPFlag("\\Seen")
  package static let answered = IMAPFlag("\\Answered")
  package static let flagged = IMAPFlag("\\Flagged")
  package static let deleted = IMAPFlag("\\Deleted")
  package static let draft = IMAPFlag("\\Draft")
  package static let recent = IMAPFlag("\\Recent")
  /// In PERMANENTFLAGS: new keywords may be made.
  package static let newKeywordsAllowed = IMAPFlag("\\*")

  package var description: String { name }

  package static func == (left: IMAPFlag, right: IMAPFlag) -> Bool { left.key == right.key }

  package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

/// What a server says about a folder in LIST (RFC 3501 section 7.2.2, RFC 6154). An open set; case is ignored.
package struct MailboxAttribute: Sendable, Hashable, CustomStringConvertible {
  /// With its backslash, as the server wrote it.
  package let name: String

  /// The name in lower case, which is what counts.
  private let key: String

  package init(_ name: String) {
    self.name = name
    key = name.lowercased()
  }

  package static let noSelect = MailboxAttribute("\\Noselect")
  package static let nonExistent = MailboxAttribute("\\NonExistent")
  package static let noInferiors = MailboxAttribute("\\Noinferiors")
  package static let hasChildren = MailboxAttribute("\\HasChildren")
  package static let hasNoChildren = MailboxAttribute("\\HasNoChildren")
  package static let subscribed = MailboxAttribute("\\Subscribed")
  package static let all = MailboxAttribute("\\All")
  package static let archive = MailboxAttribute("\\Archive")
  package static let drafts = MailboxAttribute("\\Drafts")
  package static let flagged = MailboxAttribute("\\Flagged")
  package static let junk = MailboxAttribute("\\Junk")
  package static let sent = MailboxAttribute("\\Sent")
  package static let trash = MailboxAttribute("\\Trash")

  package var description: String { name }

  package static func == (left: MailboxAttribute, right: MailboxAttribute) -> Bool { left.key == right.key }

  package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
