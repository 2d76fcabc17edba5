import TenantBase

/// What is known of a message before its content is fetched.
package struct MessageSummary: Sendable, Equatable {
  package let uid: UInt64
  package var flags: Set<IMAPFlag>
  package var internalDate: Timestamp?
  /// Bytes as the server counts them; some count wrongly. nil when it does not say.
  package var size: UInt64?
  /// RFC 8474, or Gmail's.
  package var emailID: String?
  /// The Message-ID field as it stands in the mail, with its angle brackets; nil without one.
  package var messageID: String?

  package init(uid: UInt64, flags: Set<IMAPFlag> = []) {
    self.uid = uid
    self.flags = flags
  }
}

/// A message whose content is wanted.
package struct MessageRequest: Sendable, Equatable {
  package let uid: UInt64
  /// From its summary; decides how many are asked for at a time.
  package let expectedSize: UInt64?

  package init(uid: UInt64, expectedSize: UInt64? = nil) {
    self.uid = uid
    self.expectedSize = expectedSize
  }

  package init(_ summary: MessageSummary) { self.init(uid: summary.uid, expectedSize: summary.size) }
}

/// A message whose content begins to arrive.
package struct IncomingMessage: Sendable, Equatable {
  package let uid: UInt64
  /// Bytes that will follow.
  package let size: UInt64

  package init(uid: UInt64, size: UInt64) {
    self.uid = uid
    self.size = size
  }
}

/// Takes the content of messages as it arrives, one message after the other.
///
/// The client waits for each call, so that a slow receiver slows the server down and nothing piles up. An error ends the
/// fetch and the connection.
package protocol IncomingMessageSink: AnyObject {
  /// - Returns: whether the content is wanted; `receive` and `end` are not called when not.
  func begin(_ message: IncomingMessage) async throws -> Bool
  /// The next bytes of the message, at least one.
  func receive(_ bytes: [UInt8]) async throws
  /// The message is complete: exactly its size has been received.
  func end() async throws
  /// The message is cut off and what was received of it is worth nothing. Called in place of `end`.
  func abandon() async
}

/// What became of one requested message.
package enum FetchOutcome: Sendable, Equatable {
  /// The sink got it whole.
  case delivered
  /// The sink did not want it.
  case declined
  /// The server has no such message any more.
  case gone
  /// The server has the message and gave no content for it, though it has some.
  case withoutContent
  /// Over ``IMAPLimits/message``; not read.
  case tooLarge(UInt64)
  /// The server would not give it.
  case refused(IMAPAnswer)
}
