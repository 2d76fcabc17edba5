/// One response of a server (RFC 9051 section 7).
///
/// Numbers are at most 2^63-1: what is greater, negative or no number counts as absent where an answer can do without.
package enum IMAPResponse: Sendable, Equatable {
  /// The end of a command.
  case tagged(tag: String, IMAPStatus)
  /// OK, NO, BAD, BYE or PREAUTH without a tag: the greeting, a warning, a response code of SELECT.
  case status(IMAPStatus)
  /// What follows `+`, without the blank: a challenge in base64, or a text.
  case continuation([UInt8])
  case capability(IMAPCapabilities)
  /// FLAGS of SELECT.
  case flags([IMAPFlag])
  /// Also XLIST.
  case list(ListedMailbox)
  case lsub(ListedMailbox)
  case mailboxStatus(MailboxStatus)
  /// SEARCH and ESEARCH.
  case search(SearchResult)
  case exists(UInt64)
  case recent(UInt64)
  /// The sequence number that is gone.
  case expunge(UInt64)
  /// RFC 7162: UIDs that are gone.
  case vanished(UIDSet, isEarlier: Bool)
  case fetch(FetchedMessage)
  case namespace(MailboxNamespaces)
  /// Name and value pairs in the server's order (RFC 2971).
  case id([ServerIdentityField])
  /// In capitals (RFC 5161).
  case enabled([String])
  /// What this client makes no use of: QUOTA, METADATA, SORT, THREAD and what others invent. `name` is in capitals;
  /// `text` is what follows it, without literals' contents.
  case other(name: String, text: [UInt8])
}

/// OK, NO, BAD, BYE or PREAUTH with its response code and text.
package struct IMAPStatus: Sendable, Equatable {
  package enum Condition: String, Sendable, Equatable {
    case ok = "OK"
    case no = "NO"
    case bad = "BAD"
    case bye = "BYE"
    case preAuthenticated = "PREAUTH"
  }

  package var condition: Condition
  package var code: IMAPResponseCode?
  /// For people; often empty. Goes through `PrintableText` before anyone sees it.
  package var text: String

  package init(_ condition: Condition, code: IMAPResponseCode? = nil, text: String = "") {
    self.condition = condition
    self.code = code
    self.text = text
  }
}

/// One field of ID (RFC 2971).
package struct ServerIdentityField: Sendable, Equatable {
  package var name: String
  package var value: String?

  package init(name: String, value: String?) {
    self.name = name
    self.value = value
  }
}
