import Expressions
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
  /// What the partner answered, for a request-reply; nil leaves the exchange alone.
  package let reply: ReceiverReply?

  package init(report: ChannelReport, failure: FlowFailure?, reply: ReceiverReply? = nil) {
    self.report = report
    self.failure = failure
    self.reply = reply
  }
}

/// What a partner answers.
package struct ReceiverReply: Sendable {
  /// Takes the place of the exchange's.
  package let body: MessageBody
  /// Are set in the exchange, in this order.
  package var headers: [(name: String, value: ExpressionValue)] = []
  /// Take the place of the exchange's; nil leaves them alone.
  package var attachments: [ExchangeAttachment]?

  package init(body: MessageBody) { self.body = body }

  /// Puts the answer into an exchange.
  func apply(to exchange: inout Exchange) {
    exchange.body = body
    for header in headers { exchange.headers[header.name] = header.value }
    if let attachments { exchange.attachments = attachments }
  }
}

/// Plays the partners of single receiver channels, whatever their adapter: for trying a flow.
package protocol ReceiverStandIns: Sendable {
  /// Nil for a channel that nobody plays.
  func receiver(for channel: Channel) -> (any ReceiverAdapter)?
}

/// Makes receiver channels of one adapter type.
package protocol ReceiverAdapterFactory: Sendable {
  /// What it registers for: the Mail receiver with SMTP.
  var type: AdapterType { get }

  /// Reads and checks the channel's properties; nothing is connected.
  func makeReceiver(for channel: Channel) throws(FlowFailure) -> any ReceiverAdapter
}
