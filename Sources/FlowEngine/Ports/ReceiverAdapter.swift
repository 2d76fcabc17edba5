import FlowModel

/// A receiver channel, ready to deliver: its properties are read and checked.
package protocol ReceiverAdapter: Sendable {
  /// Hands the exchange to the channel's partner and waits for the outcome.
  ///
  /// Failures are part of the outcome: some targets may have been reached all the same.
  ///
  /// - Parameter point: which delivery of the run this is, the same in a repeated run.
  func deliver(_ exchange: Exchange, at point: DeliveryPoint, in run: FlowRun) async -> ReceiverOutcome
}

/// Which of a run's deliveries one is: a run of the same flow with the same source message comes to the same points.
package struct DeliveryPoint: Sendable, Hashable {
  /// The element's id: a Send step, a Request Reply, an end event.
  package let elementID: String
  /// The exchange's ``Exchange/lineage``.
  package let lineage: [Int]
  /// How often an exchange of this lineage has passed the element before, from 0: in the turns of a loop.
  package let ordinal: Int

  package init(elementID: String, lineage: [Int] = [], ordinal: Int = 0) {
    self.elementID = elementID
    self.lineage = lineage
    self.ordinal = ordinal
  }
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
