import TenantBase

extension IMAPClient {
  /// What is known of messages before their content, one after the other; a message that is gone is left out.
  ///
  /// - Parameter receive: an error ends the connection.
  package func fetchSummaries(
    _ uids: [UInt64], deadline: Deadline, receive: (MessageSummary) async throws -> Void
  ) async throws(IMAPError) {
    try checkFolder("UID FETCH")
    var items: [FetchItem] = [.uid, .flags, .internalDate, .size, .section(SummaryReader.messageIDSection)]
    if capabilities.offersObjectID {
      items.append(.emailID)
    } else if capabilities.contains("X-GM-EXT-1") {
      items.append(.gmailMessageID)
    }
    for start in stride(from: 0, to: uids.count, by: max(limits.summaryBatch, 1)) {
      let batch = uids[start..<min(start + max(limits.summaryBatch, 1), uids.count)]
      for chunk in UIDSet(batch.filter { $0 > 0 }).chunks() {
        try await fetchSummaries(chunk, items, deadline: deadline, receive: receive)
      }
    }
  }

  private func fetchSummaries(
    _ uids: UIDSet, _ items: [FetchItem], deadline: Deadline, receive: (MessageSummary) async throws -> Void
  ) async throws(IMAPError) {
    let command = "UID FETCH"
    var reader = SummaryReader(uids)
    do throws(IMAPError) {
      let tag = try await conversation.send(.uidFetch(uids, items), expecting: uids.responseCount, deadline: deadline)
      var time = AnswerTime(limits.timeouts, deadline: deadline)
      while true {
        switch try await conversation.next(for: command, &time) {
        case .response(let response):
          try take(response)
          guard case .fetch(let message) = response, let summary = reader.read(message) else { continue }
          do {
            try await receive(summary)
          } catch { throw IMAPError(sinkFailure: error, peer: peer, command: command) }
        case .completed(tag, let status):
          session.receive(status)
          // NO with some messages gone (RFC 2180 section 4.1): those that are there were told.
          if status.condition == .bad || status.condition != .ok && reader.isUntouched {
            throw refusal(status, command, nil)
          }
          return
        case .completed, .continuation:
          throw IMAPError(.unexpectedResponse, peer: peer, command: command)
        case .contentBegan(_, _, let byteCount): time.extend(for: byteCount, rate: limits.timeouts.minimumRate)
        case .content, .contentEnded: break
        }
      }
    } catch { throw closing(error) }
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
    try checkFolder("UID FETCH")
    var fetch = MessageFetch(self, requests, into: sink, deadline: deadline)
    do throws(IMAPError) {
      return try await fetch.run()
    } catch { throw closing(error) }
  }

  /// The MIME structure as the server reads it; nil when the message is gone or the server gives none.
  package func fetchStructure(_ uid: UInt64, deadline: Deadline) async throws(IMAPError) -> BodyStructure? {
    try checkFolder("UID FETCH")
    var found: BodyStructure?
    try await run(.uidFetch(UIDSet(uid), [.uid, .bodyStructure]), expecting: 1, deadline: deadline) {
      response throws(IMAPError) in
      if case .fetch(let message) = response, message.uid == uid { found = message.bodyStructure ?? found }
    }
    return found
  }
}

/// Makes summaries of FETCH responses, one for each message that was asked for.
struct SummaryReader {
  static let messageIDSection = BodySection(.headerFields(["MESSAGE-ID"]))

  private let wanted: UIDSet
  private var told: Set<UInt64> = []

  init(_ uids: UIDSet) { wanted = uids }

  var isUntouched: Bool { told.isEmpty }

  /// - Returns: nil for what a server tells unasked: flags that changed, or a message told before.
  mutating func read(_ message: FetchedMessage) -> MessageSummary? {
    guard let uid = message.uid, wanted.contains(uid) else { return nil }
    let isAnswer = message.size != nil || message.internalDate != nil || !message.sections.isEmpty
    guard isAnswer, told.insert(uid).inserted else { return nil }
    var summary = MessageSummary(uid: uid, flags: message.flags ?? [])
    summary.internalDate = message.internalDate
    summary.size = message.size
    summary.emailID = message.emailID
    for section in message.sections {
      if case .bytes(let header) = section.content, let id = Self.messageID(in: header) { summary.messageID = id }
    }
    return summary
  }

  /// The value of the field, unfolded; nil when there is none, or nothing in it.
  static func messageID(in header: [UInt8]) -> String? {
    guard let colon = header.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = header[..<colon].filter { $0 != ASCII.space && $0 != ASCII.htab }
    guard ASCII.equalIgnoringCase(name, "Message-ID".utf8) else { return nil }
    var value: [UInt8] = []
    var index = colon + 1
    while index < header.count {
      let byte = header[index]
      if byte == ASCII.lf {
        // The field goes on where the next line begins with a blank.
        let next = index + 1
        guard next < header.count, header[next] == ASCII.space || header[next] == ASCII.htab else { break }
      } else if byte != ASCII.cr, byte != ASCII.space, byte != ASCII.htab {
        value.append(byte)
      }
      index += 1
    }
    return value.isEmpty ? nil : value.utf8Text
  }
}
