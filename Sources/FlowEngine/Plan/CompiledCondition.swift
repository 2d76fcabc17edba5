import Expressions
import FlowModel
import TenantBase
import XMLTree

/// A condition of a route or a loop, ready to be asked.
struct CompiledCondition: Sendable {
  private enum Form: Sendable {
    case simple(Condition)
    case xpath(XPathExpression)
    /// Fails each message that comes to it, as in SAP: the others are not concerned.
    case broken(any ExplainedError)
  }

  private let form: Form
  private let place: String

  init(_ condition: RouteCondition, namespaces: [(prefix: String, uri: String)]) {
    place = condition.place.description
    switch condition.simple {
    case .success(let parsed)?: form = .simple(parsed)
    case .failure(let error)?: form = .broken(error)
    case nil:
      do throws(XPathError) {
        form = .xpath(try XPathExpression(condition.text, namespaces: namespaces, functions: FlowXPath.functions))
      } catch { form = .broken(error) }
    }
  }

  /// - Parameter documents: the body as XML, read once for all conditions of a router.
  /// - Throws: with the condition's place.
  func holds(
    for exchange: Exchange, _ documents: inout BodyDocument, in run: FlowRun
  ) throws(FlowFailure) -> Bool {
    do {
      switch form {
      case .simple(let condition): return try condition.evaluate(in: ExchangeView(of: exchange, in: run))
      case .xpath(let expression): return try holds(expression, for: exchange, &documents, in: run)
      case .broken(let error): throw error
      }
    } catch let error as any ExplainedError {
      throw FlowFailure(.stepFailed, from: error, places: [place])
    } catch {
      throw FlowFailure(.stepFailed, class: .permanent, Explanation("the condition cannot be evaluated: \(error)"))
    }
  }

  /// `$name` is a header, else a property, as in Camel.
  private func holds(
    _ expression: XPathExpression, for exchange: Exchange, _ documents: inout BodyDocument, in run: FlowRun
  ) throws -> Bool {
    var environment = XPathExpression.Environment(currentDateTime: run.now().description)
    for name in expression.variableNames {
      let value = exchange.headers[name] ?? exchange.properties[name]
      environment.variables[name] = .string(value?.text ?? "")
    }
    return try expression.evaluate(on: try documents.document(of: exchange.body), in: environment).booleanValue
  }
}

/// A body as XML, read when the first condition asks for it.
struct BodyDocument {
  private var document: XPathDocument?

  init() {}

  mutating func document(of body: MessageBody) throws -> XPathDocument {
    if let document { return document }
    var bytes: [UInt8] = []
    var reader = body.makeReader()
    guard body.byteCount <= XMLLimits.message.bytes else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the body has \(body.byteCount) bytes; XPath reads up to \(XMLLimits.message.bytes)"))
    }
    while let chunk = try reader.nextChunk(atMost: 1 << 20) { bytes += chunk }
    do throws(XMLError) {
      let read = try XPathDocument(bytes)
      document = read
      return read
    } catch {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the body is not XML, as the XPath condition needs it", cause: error.detail))
    }
  }
}
