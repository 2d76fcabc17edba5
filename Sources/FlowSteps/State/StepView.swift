import Expressions
import FlowEngine
import TenantBase
import XMLTree

/// An exchange as the expressions of one step see it: with `${xpath.…}`, for which the body is parsed once, when it is needed.
struct StepView: ExpressionContext {
  private let view: ExchangeView
  private let run: FlowRun
  private let paths: BodyPaths

  init(of exchange: Exchange, in run: FlowRun, paths: BodyPaths) {
    view = ExchangeView(of: exchange, in: run)
    self.run = run
    self.paths = paths
  }

  func header(named name: String) -> ExpressionValue? { view.header(named: name) }
  func property(named name: String) throws(ExpressionError) -> ExpressionValue? { try view.property(named: name) }
  var headers: [(name: String, value: ExpressionValue)] { view.headers }
  func body() throws(ExpressionError) -> ExpressionValue { try view.body() }
  var exception: CaughtException? { view.exception }
  var exchangeID: String { view.exchangeID }
  var messageID: String { view.messageID }
  var flowID: String { view.flowID }
  var now: Timestamp { view.now }
  var exchangeCreated: Timestamp { view.exchangeCreated }
  var timeZones: TimeZoneDatabase { view.timeZones }

  func xpath(_ expression: String) throws(ExpressionError) -> ExpressionValue {
    do throws(FlowFailure) {
      return .text(try value(of: paths.expression(expression)).stringValue)
    } catch {
      throw ExpressionError(.cannotEvaluate, detail: error.description)
    }
  }

  func value(of expression: XPathExpression) throws(FlowFailure) -> XPathValue {
    let variables: [String: XPathValue]
    do throws(ExpressionError) {
      variables = try self.variables(of: expression)
    } catch { throw FlowFailure(.stepFailed, from: error) }
    return try paths.evaluate(expression, variables: variables, now: now)
  }

  /// `$header.x` and `$property.x` by their kind, any other name as a header, else as a property.
  private func variables(of expression: XPathExpression) throws(ExpressionError) -> [String: XPathValue] {
    var values: [String: XPathValue] = [:]
    for name in expression.variableNames {
      let value: ExpressionValue? =
        if name.hasPrefix("header.") {
          header(named: String(name.dropFirst(7)))
        } else if name.hasPrefix("property.") {
          try property(named: String(name.dropFirst(9)))
        } else if let header = header(named: name) {
          header
        } else {
          try property(named: name)
        }
      if let value { values[name] = .string(value.text) }
    }
    return values
  }
}

/// XPath on the body of one message. The body is parsed at the first evaluation.
final class BodyPaths {
  private let body: MessageBody
  private let namespaces: [(prefix: String, uri: String)]
  private var document: XPathDocument?

  init(_ body: MessageBody, namespaces: [(prefix: String, uri: String)]) {
    self.body = body
    self.namespaces = namespaces
  }

  func expression(_ text: String) throws(FlowFailure) -> XPathExpression {
    do throws(XPathError) {
      return try XPathExpression(text, namespaces: namespaces, functions: FlowXPath.functions)
    } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
  }

  func evaluate(
    _ expression: XPathExpression, variables: [String: XPathValue], now: Timestamp
  ) throws(FlowFailure) -> XPathValue {
    let environment = XPathExpression.Environment(variables: variables, currentDateTime: now.description)
    let document = try parsed()
    do throws(XPathError) { return try expression.evaluate(on: document, in: environment) } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
  }

  private func parsed() throws(FlowFailure) -> XPathDocument {
    if let document { return document }
    let bytes = try body.bytes(atMost: XMLLimits.message.bytes, for: "XPath")
    do throws(XMLError) {
      let parsed = try XPathDocument(bytes)
      document = parsed
      return parsed
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }
}

extension MessageBody {
  /// The whole body in memory.
  func bytes(atMost limit: Int, for purpose: String) throws(FlowFailure) -> [UInt8] {
    guard byteCount <= limit else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the body has \(byteCount) bytes; \(purpose) reads up to \(limit)"))
    }
    if let bytes = bytesInMemory { return bytes }
    var bytes: [UInt8] = []
    var reader = makeReader()
    do {
      while let chunk = try reader.nextChunk(atMost: 1 << 20) { bytes += chunk }
    } catch { throw FlowFailure(.stepFailed, from: error) }
    return bytes
  }
}
