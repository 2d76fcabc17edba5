import TenantBase

/// What UID SEARCH looks for (RFC 9051 section 6.4.4): messages that match every key.
package struct SearchCriteria: Sendable, Equatable {
  package indirect enum Key: Sendable, Equatable {
    case all
    case seen
    case unseen
    case flagged
    case unflagged
    case deleted
    case undeleted
    case answered
    case unanswered
    case keyword(IMAPFlag)
    case unkeyword(IMAPFlag)
    /// These match a substring; case is ignored.
    case from(String)
    case to(String)
    case subject(String)
    case body(String)
    case header(name: String, value: String)
    /// By the day the server got the message, in its own zone; the time of day is not looked at.
    case since(CivilDateTime)
    case before(CivilDateTime)
    /// Bytes; the bound itself matches neither.
    case larger(UInt64)
    case smaller(UInt64)
    case uid(UIDSet)
    case not(Key)
    case raw(RawSearchText)
  }

  package var keys: [Key]

  /// No key at all means every message.
  package init(_ keys: [Key] = []) { self.keys = keys }
}
