import MIME
import TenantBase
import Wire

/// Does what ``SMTPTransactionMachine`` says, with the mail's bytes.
struct SMTPTransaction {
  /// Chunks whose answers may be outstanding.
  private static let outstandingChunks = 8

  let conversation: SMTPConversation
  private var machine: SMTPTransactionMachine
  private let mail: OutgoingMail
  private let isPipelined: Bool

  init(conversation: SMTPConversation, machine: SMTPTransactionMachine, mail: OutgoingMail, isPipelined: Bool) {
    self.conversation = conversation
    self.machine = machine
    self.mail = mail
    self.isPipelined = isPipelined
  }

  var isEndSent: Bool { machine.isEndSent }
  private var limits: SMTPLimits { conversation.limits }

  mutating func run(deadline: Deadline) async throws(SMTPError) -> SMTPOutcome {
    var action = machine.start()
    while true {
      do throws(SMTPError) {
        switch action {
        case .send(let bytes):
          try await conversation.write(bytes, command: machine.command, deadline: deadline)
          action = try await receive(deadline: deadline)
        case .awaitReply: action = try await receive(deadline: deadline)
        case .sendBody:
          try await sendBody(deadline: deadline)
          action = try await receive(deadline: deadline)
        case .sendChunks: action = try await sendChunks(deadline: deadline)
        case .finish(let report): return report
        case .fail(let error): throw error
        }
      } catch {
        guard case .finish(let report) = machine.fail(with: error) else { throw error }
        return report
      }
    }
  }

  private mutating func receive(deadline: Deadline) async throws(SMTPError) -> SMTPTransactionMachine.Action {
    let reply = try await conversation.readReply(
      to: machine.command, lineLimit: limits.replyLine, timeout: machine.timeout(limits.timeouts), deadline: deadline)
    return machine.receive(reply)
  }

  private mutating func sendBody(deadline: Deadline) async throws(SMTPError) {
    var reader = mail.makeReader()
    var stuffing = DotStuffing()
    var output: [UInt8] = []
    var total = 0
    while let chunk = try nextChunk(&reader) {
      stuffing.encode(chunk, into: &output)
      guard output.count >= limits.writeSize else { continue }
      total += output.count
      try await conversation.write(block: output, deadline: deadline)
      output.removeAll(keepingCapacity: true)
    }
    stuffing.finish(into: &output)
    conversation.record(event: "mail, \(total + output.count) bytes with its final dot")
    machine.willSendEnd()
    try await conversation.write(block: output, deadline: deadline)
  }

  /// BDAT: each chunk with its command in one write. The next one leaves before the answer when the server pipelines.
  private mutating func sendChunks(deadline: Deadline) async throws(SMTPError) -> SMTPTransactionMachine.Action {
    var reader = mail.makeReader()
    var content: [UInt8] = []
    // One chunk is read ahead: the last one must be known when its command is written.
    var following = try nextChunk(&reader)
    var isAtEnd = false
    while !isAtEnd {
      while let chunk = following, content.isEmpty || content.count + chunk.count <= limits.writeSize {
        content += chunk
        following = try nextChunk(&reader)
      }
      isAtEnd = following == nil
      machine.willSendChunk(isLast: isAtEnd)
      let command = SMTPCommand.chunk(size: content.count, isLast: isAtEnd)
      conversation.record(command: command)
      try await conversation.write(block: command + content, deadline: deadline)
      content.removeAll(keepingCapacity: true)
      let allowed = isPipelined ? Self.outstandingChunks : 0
      while !isAtEnd, machine.outstandingReplies > allowed {
        if case .fail(let error) = try await receive(deadline: deadline) { throw error }
      }
      if machine.isChunkRefused, !isAtEnd { return try await drainChunks(deadline: deadline) }
    }
    return .awaitReply
  }

  private mutating func drainChunks(deadline: Deadline) async throws(SMTPError) -> SMTPTransactionMachine.Action {
    while machine.outstandingReplies > 0 {
      if case .fail(let error) = try await receive(deadline: deadline) { throw error }
    }
    return machine.finishRefusedChunks()
  }

  private func nextChunk(_ reader: inout OutgoingMail.Reader) throws(SMTPError) -> [UInt8]? {
    do {
      return try reader.nextChunk()
    } catch {
      // A mail cannot be broken off: only the end of the connection keeps the server from taking half of it.
      throw SMTPError(.bodyUnreadable, peer: conversation.peer, command: "DATA", cause: error)
    }
  }
}
