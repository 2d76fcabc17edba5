import FlowModel

/// A receiver channel, ready to deliver: its properties are read and checked.
package protocol ReceiverAdapter: Sendable {
  /// Hands the exchange to the channel's partner and waits for the outcome.
  ///
  /// Failures are part of the outcome: some targets may have been reached all the same.
  func deliver(_ exchange: Exchange, in run: FlowRun) async -> ReceiverOutcome
}

/// What came of one delivery.
package struct ReceiverOutcome: Sendable {
  package let report: ChannelReport
  /// Nil when every target accepted.
  package let failure: FlowFailure?
  /// Replaces the body in a request-reply; nil leaves it alone.
  package let reply: MessageBody?

  package init(report: ChannelReport, failure: FlowFailure?, reply: MessageBody? = nil) {
    self.report = report
    self.failure = failure
    self.reply = reply
  }
}

/// Makes receiver channels of one adapter type.
package protocol ReceiverAdapterFactory: Sendable {
  /// What it registers for: the Mail receiver with SMTP.
  var type: AdapterType { get }

  /// Reads and checks the channel's properties; nothing is connected.
  func makeReceiver(for channel: Channel) throws(FlowFailure) -> any ReceiverAdapter
}
