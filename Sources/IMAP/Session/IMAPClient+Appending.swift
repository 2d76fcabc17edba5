import MIME
import TenantBase

extension IMAPClient {
  /// Stores a message in a folder.
  ///
  /// - Parameter byteCount: exactly what `nextChunk` will yield in all.
  /// - Parameter nextChunk: the message's next bytes; nil at its end. An error ends the connection, and then nothing was
  ///   stored.
  /// - Throws: `.folderMissing` where the server says that it could be created.
  package func append(
    to folder: MailboxName, flags: [IMAPFlag] = [], date: Timestamp? = nil, byteCount: Int, deadline: Deadline,
    nextChunk: () async throws -> [UInt8]?
  ) async throws(IMAPError) -> AppendedMessage {
    try checkOpen("APPEND")
    try checkName(folder, "APPEND")
    var dialect = conversation.dialect
    // What a server refuses would have been sent for nothing.
    if dialect.literals == .nonSynchronizing, byteCount > limits.unaskedLiteral { dialect.literals = .synchronizing }
    do throws(IMAPError) {
      let tag = try await conversation.send(
        .append(folder, flags: flags, date: date, byteCount: byteCount), dialect: dialect, deadline: deadline)
      if let status = try await awaitTurn(folder, deadline: deadline) {
        throw refusal(status, "APPEND", folder)
      }
      if let size = conversation.takeMessagePart() {
        try await write(size, deadline: deadline, nextChunk)
      }
      try await conversation.sendPendingParts("APPEND", deadline: deadline)
      let status = try await finish(tag, "APPEND", about: folder, deadline: deadline)
      guard case .appendUID(let uidValidity, let uids)? = status.code else { return AppendedMessage() }
      return AppendedMessage(uidValidity: uidValidity, uid: uids.count == 1 ? uids.first : nil)
    } catch { throw closing(error) }
  }

  /// Stores a built mail in a folder.
  package func append(
    _ mail: OutgoingMail, to folder: MailboxName, flags: [IMAPFlag] = [.seen], date: Timestamp? = nil,
    deadline: Deadline
  ) async throws(IMAPError) -> AppendedMessage {
    let size: Int
    do throws(MIMEError) {
      if let known = mail.size { size = known } else { size = try mail.countedSize() }
    } catch {
      throw IMAPError(.sourceUnreadable, peer: peer, command: "APPEND", cause: error, connection: .usable)
    }
    var reader = mail.makeReader()
    return try await append(to: folder, flags: flags, date: date, byteCount: size, deadline: deadline) {
      try reader.nextChunk()
    }
  }

  /// Waits until the message may be sent.
  /// - Returns: the server's refusal, where it has one.
  private func awaitTurn(_ folder: MailboxName, deadline: Deadline) async throws(IMAPError) -> IMAPStatus? {
    var time = AnswerTime(limits.timeouts, deadline: deadline)
    while !conversation.isMessageDue {
      switch try await conversation.next(for: "APPEND", &time) {
      case .continuation: break
      case .completed(_, let status): return status
      case .response(let response): try take(response)
      case .contentBegan, .content, .contentEnded: break
      }
    }
    return nil
  }

  private func write(_ byteCount: Int, deadline: Deadline, _ nextChunk: () async throws -> [UInt8]?)
    async throws(IMAPError)
  {
    var left = byteCount
    while true {
      let chunk: [UInt8]?
      do {
        chunk = try await nextChunk()
      } catch {
        let explained = error as? any ExplainedError
        throw IMAPError(
          .sourceUnreadable, peer: peer, command: "APPEND",
          detail: explained == nil ? PrintableText.escaping(String(describing: error)) : nil, cause: explained)
      }
      guard let chunk else { break }
      left -= chunk.count
      if left < 0 { break }
      if !chunk.isEmpty { try await conversation.send(content: chunk, deadline: deadline) }
    }
    guard left == 0 else {
      throw IMAPError(
        .sourceUnreadable, peer: peer, command: "APPEND",
        detail: "it has not the \(byteCount) bytes that were announced")
    }
  }
}

extension OutgoingMail {
  /// Reads the mail once to count it.
  fileprivate func countedSize() throws(MIMEError) -> Int {
    var reader = makeReader()
    var count = 0
    while let chunk = try reader.nextChunk() { count += chunk.count }
    return count
  }
}
