import FlowEngine
import TenantBase

/// What one poll of a sender channel did.
package struct PollReport: Sendable {
  package let sender: SenderDescription
  package var facts = SenderSessionFacts()
  /// In the order in which they were looked at.
  package var messages: [PolledMessage] = []
  /// Messages that fit the selection and were done at an earlier poll: nothing is to be said of each.
  package var doneBefore = 0
  /// Messages that fit and are left to the next poll: over the most that one takes, or because this one ended early.
  package var left = 0
  package var notes: [String] = []
  /// Why the poll as a whole failed or ended early; what it did until then is done.
  package var failure: FlowFailure?

  package init(sender: SenderDescription) { self.sender = sender }

  /// Puts the home into the commands of every text: the parts that wrote them know none.
  mutating func complete(_ home: TenantHome) {
    failure = failure?.completed(home)
    notes = notes.map(home.completing)
    messages = messages.map { message in
      var message = message
      message.reason = home.completing(message.reason)
      message.failure = message.failure?.completed(home)
      if let failure = message.postProcessing?.failure { message.postProcessing?.failure = failure.completed(home) }
      return message
    }
  }

  package func count(_ status: PolledMessage.Status) -> Int { messages.count { $0.status == status } }
}

/// What became of one message at a poll.
package struct PolledMessage: Sendable {
  package enum Status: String, Sendable, CaseIterable {
    /// The flow is through with it.
    case processed
    /// The flow failed on it; it is tried again.
    case failed
    /// The flow failed on it for good or too often: the raw message is kept.
    case quarantined
    /// Nobody knows what became of it: it waits for a person.
    case held
    /// It was not taken.
    case skipped
    /// The flow had it at an earlier poll: only the source was still to be told.
    case finished
    /// A dry run: it would have been taken, and nothing is noted of it.
    case shown
  }

  package struct PostProcessing: Sendable {
    package let intent: PostProcessingIntent
    /// Nil when it is done.
    package var failure: FlowFailure?
  }

  package let uid: String
  package var status: Status
  /// Its number in the ledger, for `messages`; nil when it has none.
  package var entry: SourceMessageID?
  /// Decoded, as the message says; empty when it was not read.
  package var from = ""
  package var subject = ""
  package var messageID: String?
  /// In bytes; nil when nobody said.
  package var size: Int?
  /// Why it was skipped, or what follows of a failure; empty where the status says it all.
  package var reason = ""
  /// The attempt that this was, from 1; 0 for none.
  package var attempt = 0
  /// Why the message could not be given to the flow, or what the ledger could not note.
  package var failure: FlowFailure?
  /// The flow's run with it; nil when it did not come to that.
  package var run: RunReport?
  /// Nil when nothing is to be done at the source, or it has not come to that.
  package var postProcessing: PostProcessing?

  package init(uid: String, status: Status, reason: String = "") {
    self.uid = uid
    self.status = status
    self.reason = reason
  }

  /// Every way in which something of it went wrong.
  package var failureClasses: [FailureClass] {
    (run?.failureClasses ?? []) + [failure, postProcessing?.failure].compactMap { $0?.failureClass }
  }

  /// A partner took a message of its run.
  package var reachedSomeone: Bool { run?.reachedSomeone ?? false }
}

extension FlowFailure {
  /// With the home in the commands of its hints.
  fileprivate func completed(_ home: TenantHome) -> FlowFailure {
    var explanation = explanation
    explanation.hints = explanation.hints.map(home.completing)
    return FlowFailure(kind, class: failureClass, explanation)
  }
}
