import MIME
import TenantBase

extension IMAPClient {
  /// Stores a message in a folder.
  ///
  /// - Parameter byteCount: exactly what `nextChunk` will yield in all.
  /// - Parameter nextChunk: the message's next bytes; nil at its end.
  /// - Throws: `.folderMissing` where the server says that it could be created.
  package func append(
    to folder: MailboxName, flags: [IMAPFlag] = [], date: Timestamp? = nil, byteCount: Int, deadline: Deadline,
    nextChunk: () async throws -> [UInt8]?
  ) async throws(IMAPError) -> AppendedMessage {
    throw IMAPError(.notOpen, peer: peer)
  }

  /// Stores a built mail in a folder.
  package func append(
    _ mail: OutgoingMail, to folder: MailboxName, flags: [IMAPFlag] = [.seen], date: Timestamp? = nil,
    deadline: Deadline
  ) async throws(IMAPError) -> AppendedMessage {
    throw IMAPError(.notOpen, peer: peer)
  }
}
