import Crypto
import TenantBase

/// A command as a value; ``encoded(tag:dialect:)`` writes it.
package enum IMAPCommand: Sendable {
  case capability
  case noop
  case logout
  case startTLS
  /// Name and value pairs, or NIL when there are none.
  case id([ServerIdentityField])
  /// Capability names.
  case enable([String])
  case namespace
  case list(reference: MailboxName, pattern: MailboxPattern)
  /// LIST with RETURN (SPECIAL-USE), RFC 6154 section 5.2.
  case listSpecialUse(reference: MailboxName, pattern: MailboxPattern)
  case lsub(reference: MailboxName, pattern: MailboxPattern)
  case select(MailboxName)
  case examine(MailboxName)
  case status(MailboxName, [MailboxStatusItem])
  case create(MailboxName)
  case delete(MailboxName)
  case subscribe(MailboxName)
  case close
  case unselect
  case expunge
  case check
  case uidExpunge(UIDSet)
  case uidSearch(SearchCriteria)
  case uidFetch(UIDSet, [FetchItem])
  case uidStore(UIDSet, FlagChange)
  case uidCopy(UIDSet, MailboxName)
  case uidMove(UIDSet, MailboxName)
  /// The message itself is written by the driver where the parts say ``IMAPCommandPart/message(byteCount:)``.
  case append(MailboxName, flags: [IMAPFlag], date: Timestamp?, byteCount: Int)
  /// Ends with ``IMAPContinuation/done``.
  case idle
  /// Only inside verified TLS; the caller sees to it.
  case login(userName: String, password: SecretBox)
  /// - Parameter initialResponse: not yet in base64; only where the server offers SASL-IR (RFC 4959).
  case authenticate(mechanism: String, initialResponse: SecretBox?)
}

/// What goes out for one command, in its order.
package enum IMAPCommandPart: Sendable {
  /// Ready to be written; what ends a command or a literal's announcement ends in CRLF.
  case bytes([UInt8])
  /// Written as a secret: the transcript shows `<secret>`.
  case secret(SecretBox)
  /// The driver waits for `+` before it goes on; a tagged answer instead ends the command.
  case awaitContinuation
  /// The driver writes exactly so many bytes of the message here.
  case message(byteCount: Int)
}

/// An encoded command.
package struct EncodedIMAPCommand: Sendable {
  package let tag: String
  /// For messages: `UID FETCH`; no argument.
  package let name: String
  package let parts: [IMAPCommandPart]

  package init(tag: String, name: String, parts: [IMAPCommandPart]) {
    self.tag = tag
    self.name = name
    self.parts = parts
  }
}

/// A name of LIST, where `*` and `%` stand for any text, `%` for one level.
package struct MailboxPattern: Sendable, Equatable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static let everything = MailboxPattern("*")
  package static let oneLevel = MailboxPattern("%")
}

package enum MailboxStatusItem: String, Sendable, Equatable {
  case messages = "MESSAGES"
  case recent = "RECENT"
  case unseen = "UNSEEN"
  case uidNext = "UIDNEXT"
  case uidValidity = "UIDVALIDITY"
  case highestModSequence = "HIGHESTMODSEQ"
  case size = "SIZE"
  case mailboxID = "MAILBOXID"
}

/// What FETCH asks for. Sections are asked for with PEEK, so that nothing becomes `\Seen` by reading.
package enum FetchItem: Sendable, Equatable {
  case uid
  case flags
  case internalDate
  case size
  case envelope
  case bodyStructure
  case modSequence
  case emailID
  /// Gmail's own id.
  case gmailMessageID
  case section(BodySection)
  case partialSection(BodySection, offset: UInt64, byteCount: UInt64)
}

/// What STORE does. Silent forms ask the server not to send the flags back.
package struct FlagChange: Sendable, Equatable {
  package enum Operation: String, Sendable, Equatable {
    case add = "+FLAGS"
    case remove = "-FLAGS"
    case replace = "FLAGS"
  }

  package var operation: Operation
  package var flags: [IMAPFlag]
  package var isSilent: Bool

  package init(_ operation: Operation, _ flags: [IMAPFlag], isSilent: Bool = true) {
    self.operation = operation
    self.flags = flags
    self.isSilent = isSilent
  }
}
