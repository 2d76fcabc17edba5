import Expressions

/// The number under which the ledger knows a message of a source.
package struct SourceMessageID: Sendable, Hashable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// One message on its way through a flow.
///
/// Headers travel with the message to its receivers; properties stay inside the flow, and their names are case-sensitive.
package struct Exchange: Sendable, Equatable {
  /// Unique: the message processing log's ID.
  package let id: String
  package var headers = HeaderMap()
  package var properties: [String: ExpressionValue] = [:]
  /// Properties whose value is bytes, in a file when they are many: a message as a channel received it. An expression
  /// reads those in memory as UTF-8. A property of the same name in ``properties`` stands before it.
  package var byteProperties: [String: MessageBody] = [:]
  package var body = MessageBody.empty
  package var attachments: [ExchangeAttachment] = []
  /// What an exception subprocess reads as `${exception.message}`.
  package var caught: CaughtException?
  /// How it came from the message that started the run: two numbers for each split or multicast that it went through, the
  /// outermost first: how many its message had passed before, and the position of this part or branch. No two exchanges
  /// of a run that do not follow one another have the same, and a repeated run makes the same.
  package var lineage: [Int] = []
  /// The message of a source that started the run, by its number in the ledger; nil when there is none.
  package var sourceMessage: SourceMessageID?

  package init(id: String) { self.id = id }
}
