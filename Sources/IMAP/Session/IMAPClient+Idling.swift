import TenantBase
import Wire

extension IMAPClient {
  /// Waits for news of the open folder: by IDLE (RFC 2177) where the server has it, else by asking now and then.
  ///
  /// - Returns: as soon as there is news, what it is; nothing when `end` came first.
  /// - Throws: when the connection is lost, also when it died without a word: the server is asked every
  ///   ``IMAPTimeouts/idleProbe`` whether it is still there.
  package func idle(until end: Deadline) async throws(IMAPError) -> [FolderEvent] {
    try checkFolder("IDLE")
    do throws(IMAPError) {
      while !session.hasEvents, !end.hasPassed {
        if capabilities.offersIdle, !refusesIdle {
          try await idleOnce(until: end)
        } else {
          try await listen(until: Deadline.after(limits.timeouts.poll).orEarlier(end))
        }
        // Servers whose IDLE has died without a word still answer, and tell their news then.
        if !session.hasEvents, !end.hasPassed { try await run(.noop, deadline: probeDeadline) }
      }
    } catch { throw closing(error) }
    return session.takeEvents()
  }

  private var probeDeadline: Deadline { .after(limits.timeouts.command) }

  /// One IDLE, from its start to its end.
  private func idleOnce(until end: Deadline) async throws(IMAPError) {
    let tag = try await conversation.send(.idle, deadline: probeDeadline)
    var time = AnswerTime(limits.timeouts, deadline: probeDeadline)
    waiting: while true {
      switch try await conversation.next(for: "IDLE", &time) {
      case .continuation: break waiting
      case .response(let response): try take(response)
      case .completed(_, let status):
        session.receive(status)
        refusesIdle = true
        return
      case .contentBegan, .content, .contentEnded: break
      }
    }
    if !session.hasEvents { try await listen(until: Deadline.after(limits.timeouts.idleProbe).orEarlier(end)) }
    if !conversation.isUnderWay(tag) {
      // The server ended IDLE by itself: it is asked like one without.
      refusesIdle = true
      return
    }
    try await conversation.send(line: IMAPContinuation.done, command: "IDLE", deadline: probeDeadline)
    do throws(IMAPError) {
      _ = try await finish(tag, "IDLE", deadline: probeDeadline)
    } catch {
      guard error.connection == .usable else { throw error }
      refusesIdle = true
    }
  }

  /// Takes what comes until there is news, or until the time is over.
  private func listen(until end: Deadline) async throws(IMAPError) {
    var time = AnswerTime(limits.timeouts.idleProbe * 4, silence: limits.timeouts.idleProbe * 4, deadline: end)
    while !session.hasEvents {
      do throws(IMAPError) {
        switch try await conversation.next(for: "IDLE", &time) {
        case .response(let response): try take(response)
        case .completed(_, let status):
          session.receive(status)
          return
        case .continuation, .contentBegan, .content, .contentEnded: break
        }
      } catch {
        // Silence is what is hoped for here, and the stream stays open.
        if error.isTimeout { return }
        throw error
      }
    }
  }
}
