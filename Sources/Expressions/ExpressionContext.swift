import TenantBase

/// What an expression sees of an exchange. The engine's exchange conforms to it.
package protocol ExpressionContext {
  /// The value of a header, found without regard to case as in Camel; nil when there is none.
  func header(named name: String) -> ExpressionValue?
  /// The value of an exchange property, found by its exact name; nil when there is none.
  /// - Throws: when it is too large to be held in memory.
  func property(named name: String) throws(ExpressionError) -> ExpressionValue?
  /// All headers, for `${headers}`.
  var headers: [(name: String, value: ExpressionValue)] { get }
  /// The body as text; `.null` when there is none.
  /// - Throws: when it is too large to be held in memory, or is not text.
  func body() throws(ExpressionError) -> ExpressionValue
  /// The exception that an exception subprocess handles.
  var exception: CaughtException? { get }
  var exchangeID: String { get }
  var messageID: String { get }
  /// What `${camelId}` gives: SAP's runtime gives the artifact's id.
  var flowID: String { get }
  var now: Timestamp { get }
  var exchangeCreated: Timestamp { get }
  var timeZones: TimeZoneDatabase { get }
  /// The value of `${xpath.…}`, which occurs in entry ids of data stores.
  func xpath(_ expression: String) throws(ExpressionError) -> ExpressionValue
}

extension ExpressionContext {
  package func xpath(_ expression: String) throws(ExpressionError) -> ExpressionValue {
    throw ExpressionError(.unsupported, detail: "xpath is not available here")
  }
}

/// What `${exception.message}` and `${exception.stacktrace}` give.
package struct CaughtException: Sendable, Equatable {
  package var message: String
  package var stackTrace: String

  package init(message: String, stackTrace: String) {
    self.message = message
    self.stackTrace = stackTrace
  }
}
