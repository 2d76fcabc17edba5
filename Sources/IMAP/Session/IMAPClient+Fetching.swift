import TenantBase

extension IMAPClient {
  /// What is known of messages before their content, one after the other; a message that is gone is left out.
  ///
  /// - Parameter receive: an error ends the connection.
  package func fetchSummaries(
    _ uids: [UInt64], deadline: Deadline, receive: (MessageSummary) async throws -> Void
  ) async throws(IMAPError) {
    throw IMAPError(.notOpen, peer: peer)
  }

  /// The content of messages, into a sink, in the order in which they arrive. Nothing becomes `\Seen`.
  ///
  /// Several commands are under way at a time, within ``IMAPLimits/fetchWindowBytes``; a message of any size costs a
  /// fixed amount of memory.
  /// - Returns: what became of each, by UID.
  /// - Throws: when the connection is lost; a message that was not ended is to be fetched again.
  package func fetchMessages(
    _ requests: [MessageRequest], into sink: any IncomingMessageSink, deadline: Deadline
  ) async throws(IMAPError) -> [UInt64: FetchOutcome] {
    throw IMAPError(.notOpen, peer: peer)
  }

  /// The MIME structure as the server reads it; nil when the message is gone or the server gives none.
  package func fetchStructure(_ uid: UInt64, deadline: Deadline) async throws(IMAPError) -> BodyStructure? {
    throw IMAPError(.notOpen, peer: peer)
  }
}
