import TenantBase

/// Does what ``MessageFetchMachine`` says, and carries content to the sink as it comes.
struct MessageFetch {
  private let client: IMAPClient
  private let sink: any IncomingMessageSink
  private let deadline: Deadline
  private var machine: MessageFetchMachine
  private var time: AnswerTime
  /// The message whose content is arriving.
  private var current: Current?

  private struct Current {
    let uid: UInt64
    /// The sink wants it.
    let isWanted: Bool
    let byteCount: Int
    var received = 0
  }

  private static let command = "UID FETCH"
  private static let items: [FetchItem] = [.uid, .section(.wholeMessage)]

  init(_ client: IMAPClient, _ requests: [MessageRequest], into sink: any IncomingMessageSink, deadline: Deadline) {
    self.client = client
    self.sink = sink
    self.deadline = deadline
    machine = MessageFetchMachine(requests, limits: client.limits)
    time = AnswerTime(client.limits.timeouts, deadline: deadline)
  }

  mutating func run() async throws(IMAPError) -> [UInt64: FetchOutcome] {
    do {
      try await fetchAll()
    } catch {
      if current?.isWanted == true { await sink.abandon() }
      throw error
    }
    return machine.outcomes
  }

  private mutating func fetchAll() async throws(IMAPError) {
    while true {
      while let batch = machine.nextBatch() {
        let tag = try await client.conversation.send(
          .uidFetch(batch.uids, Self.items), expecting: batch.requests.count, deadline: deadline)
        machine.sent(batch, tag: tag)
      }
      if machine.isFinished { return }
      switch try await client.conversation.next(for: Self.command, &time) {
      case .contentBegan(let message, let section, let byteCount):
        try await begin(message, section, byteCount)
      case .content(let bytes): try await receive(bytes)
      case .contentEnded: break  // the message ends with its response, which says whose it was
      case .response(let response):
        try client.take(response)
        if case .fetch(let message) = response { try await receive(message) }
      case .completed(let tag, let status):
        client.session.receive(status)
        machine.completed(tag: tag, refusal: status.condition == .ok ? nil : IMAPAnswer(status))
        time.restart(client.limits.timeouts.command)
      case .continuation:
        throw IMAPError(.unexpectedResponse, peer: client.peer, command: Self.command, detail: "a continuation")
      }
    }
  }

  // MARK: content that is streamed

  private mutating func begin(_ message: FetchedMessage, _ section: BodySection, _ byteCount: Int)
    async throws(IMAPError)
  {
    time.extend(for: byteCount, rate: client.limits.timeouts.minimumRate)
    // Two contents in one response: the second is none of ours.
    guard current == nil, section == .wholeMessage, case .take(let uid) = machine.begin(uid: message.uid) else {
      return
    }
    let isWanted = try await offer(uid, byteCount)
    current = Current(uid: uid, isWanted: isWanted, byteCount: byteCount)
  }

  private mutating func receive(_ bytes: [UInt8]) async throws(IMAPError) {
    guard let message = current, message.received < message.byteCount else { return }
    current?.received += bytes.count
    if message.isWanted { try await give(bytes) }
  }

  // MARK: responses

  private mutating func receive(_ message: FetchedMessage) async throws(IMAPError) {
    if let ended = current {
      current = nil
      guard message.uid == nil || message.uid == ended.uid, ended.received == ended.byteCount else {
        if ended.isWanted { await sink.abandon() }
        throw IMAPError(
          .unexpectedResponse, peer: client.peer, command: Self.command, detail: "the content of another message")
      }
      if ended.isWanted { try await finish() }
      machine.settle(ended.uid, ended.isWanted ? .delivered : .declined)
      return
    }
    guard let section = message.sections.first(where: { $0.section == .wholeMessage && $0.origin ?? 0 == 0 }) else {
      return
    }
    switch section.content {
    case .absent: machine.noteEmpty(uid: message.uid)
    case .streamed: break  // thrown away
    case .bytes(let bytes): try await receive(bytes, of: message)
    }
  }

  private mutating func receive(_ bytes: [UInt8], of message: FetchedMessage) async throws(IMAPError) {
    guard case .take(let uid) = machine.begin(uid: message.uid) else { return }
    if bytes.isEmpty, !machine.expectsNothing(of: uid) {
      machine.noteEmpty(uid: uid)
      return
    }
    guard try await offer(uid, bytes.count) else {
      machine.settle(uid, .declined)
      return
    }
    current = Current(uid: uid, isWanted: true, byteCount: bytes.count)
    if !bytes.isEmpty { try await give(bytes) }
    try await finish()
    current = nil
    machine.settle(uid, .delivered)
  }

  // MARK: the sink

  private func offer(_ uid: UInt64, _ byteCount: Int) async throws(IMAPError) -> Bool {
    do {
      return try await sink.begin(IncomingMessage(uid: uid, size: UInt64(byteCount)))
    } catch { throw failure(error) }
  }

  private func give(_ bytes: [UInt8]) async throws(IMAPError) {
    do {
      try await sink.receive(bytes)
    } catch { throw failure(error) }
  }

  private func finish() async throws(IMAPError) {
    do {
      try await sink.end()
    } catch { throw failure(error) }
  }

  private func failure(_ error: any Error) -> IMAPError {
    IMAPError(sinkFailure: error, peer: client.peer, command: Self.command)
  }
}

extension IMAPError {
  /// What the receiver of messages says went wrong on its side.
  init(sinkFailure error: any Error, peer: String, command: String) {
    let explained = error as? any ExplainedError
    self.init(
      .sinkFailed, peer: peer, command: command,
      detail: explained == nil ? PrintableText.escaping(String(describing: error)) : nil, cause: explained)
  }
}
