import Expressions
import TenantBase

/// An exchange with known contents, at a fixed moment.
struct FixedContext: ExpressionContext {
  var values: [String: ExpressionValue] = [
    "Subject": .text("Order 4711"), "days": .text("89"), "count": .integer(5), "CamelFileName": .text("out/a.tar.gz"),
    "long": .text("0123456789"), "empty": .text(""), "created": .date(Timestamp(seconds: 0)), "flag": .boolean(true),
    "test-mode": .text("full  load"), "name": .text("Subject"),
    "escaped": .text("a\\nb"),
  ]
  var properties: [String: ExpressionValue] = [
    "kind": .text("csv"), "a.b.c": .text("dots"), "list": .list([.text("x"), .text("y")]), "amount": .decimal(9.5),
    "Kind": .text("other"), "status": .text("Active"), "key": .text("days"),
  ]
  var bodyValue: ExpressionValue = .text("Grüße, {x}")
  var exception: CaughtException? = CaughtException(message: "it broke", stackTrace: "it broke\n at step 2")
  var exchangeID = "exchange-1"
  var messageID = "message-1"
  var flowID = "OrderMail"
  /// Saturday, 2026-01-03 13:05:09.042 UTC.
  var now = Timestamp(seconds: 1_767_445_509, nanoseconds: 42_000_000)
  var exchangeCreated = Timestamp(seconds: 1_767_445_500)
  var timeZones = TimeZoneDatabase.withoutFiles

  func header(named name: String) -> ExpressionValue? {
    values.first { $0.key.lowercased() == name.lowercased() }?.value
  }
  func property(named name: String) -> ExpressionValue? { properties[name] }
  var headers: [(name: String, value: ExpressionValue)] { [("a", .text("1")), ("b", .integer(2))] }
  func body() throws(ExpressionError) -> ExpressionValue { bodyValue }
}
