import Expressions

/// One message on its way through a flow.
///
/// Headers travel with the message to its receivers; properties stay inside the flow, and their names are case-sensitive.
package struct Exchange: Sendable, Equatable {
  /// Unique: the message processing log's ID.
  package let id: String
  package var headers = HeaderMap()
  package var properties: [String: ExpressionValue] = [:]
  package var body = MessageBody.empty
  package var attachments: [ExchangeAttachment] = []
  /// What an exception subprocess reads as `${exception.message}`.
  package var failureMessage: String?

  package init(id: String) { self.id = id }
}
