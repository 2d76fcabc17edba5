import Expressions
import TenantBase

/// An exchange as its expressions see it.
package struct ExchangeView: ExpressionContext {
  let exchange: Exchange
  let run: FlowRun

  package init(of exchange: Exchange, in run: FlowRun) {
    self.exchange = exchange
    self.run = run
  }

  package func header(named name: String) -> ExpressionValue? { exchange.headers[name] }

  package func property(named name: String) throws(ExpressionError) -> ExpressionValue? {
    if let value = exchange.properties[name] { return value }
    guard let bytes = exchange.byteProperties[name] else { return nil }
    guard let text = bytes.textInMemory else {
      throw ExpressionError(
        .limitExceeded,
        detail:
          "the property '\(name)' has \(bytes.byteCount) bytes; expressions read up to \(MessageBody.memoryLimit)")
    }
    return .text(text)
  }

  package var headers: [(name: String, value: ExpressionValue)] {
    exchange.headers.names.map { ($0, exchange.headers[$0] ?? .null) }
  }

  package func body() throws(ExpressionError) -> ExpressionValue {
    guard let text = exchange.body.textInMemory else {
      throw ExpressionError(
        .limitExceeded,
        detail: "the body has \(exchange.body.byteCount) bytes; expressions read up to \(MessageBody.memoryLimit)")
    }
    return .text(text)
  }

  package var exception: CaughtException? { exchange.caught }

  package var exchangeID: String { exchange.id }
  package var messageID: String { exchange.id }
  package var flowID: String { run.flowName }
  package var now: Timestamp { run.now() }
  package var exchangeCreated: Timestamp { run.startedAt }
  package var timeZones: TimeZoneDatabase { run.timeZones }
}
