import Expressions
import FlowModel
import TenantBase
import XMLTree

/// An XPath of a flow, as its conditions and steps have it.
///
/// Prefixes are those of the flow's namespace mapping. `$name` is the header of that name, else the property, else empty.
/// Regular expressions of `matches` and `replace` are Java's, as far as ``JavaPattern`` reads them.
package struct FlowXPath: Sendable {
  package let expression: XPathExpression

  /// - Parameter text: a slash at the end, which real flows have in paths of splitters, is passed over.
  /// - Throws: `XPathError` with the offset of what is wrong.
  package init(_ text: String, in flow: IntegrationFlow) throws(XPathError) {
    var path = text
    while path.last?.isWhitespace == true { path.removeLast() }
    if path.hasSuffix("/"), !path.hasSuffix("//"), path.utf8.count > 1 { path.removeLast() }
    expression = try XPathExpression(path, namespaces: flow.namespaces, functions: Self.functions)
  }

  /// - Parameters:
  ///   - node: where a relative path begins; the document when it is nil.
  ///   - exchange: for `$name`.
  /// - Throws: `.stepFailed`.
  package func evaluate(
    on document: XPathDocument, at node: XPathNode? = nil, for exchange: Exchange, in run: FlowRun
  ) throws(FlowFailure) -> XPathValue {
    var variables: [String: XPathValue] = [:]
    if !expression.variableNames.isEmpty {
      let view = ExchangeView(of: exchange, in: run)
      for name in expression.variableNames { variables[name] = try Self.variable(name, in: view) }
    }
    do throws(XPathError) {
      return try expression.evaluate(
        on: document,
        in: .init(contextNode: node, variables: variables, currentDateTime: run.now().description))
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }

  /// On the exchange's body, which must be XML.
  package func evaluate(on exchange: Exchange, in run: FlowRun) throws(FlowFailure) -> XPathValue {
    try evaluate(on: exchange.body.xmlDocument(), for: exchange, in: run)
  }

  private static func variable(_ name: String, in view: ExchangeView) throws(FlowFailure) -> XPathValue {
    do throws(ExpressionError) {
      var value = view.header(named: name)
      if value == nil { value = try view.property(named: name) }
      switch value {
      case .boolean(let flag): return .boolean(flag)
      case .integer(let number): return .number(Double(number))
      case .decimal(let number): return .number(number)
      default: return .string(value?.text ?? "")
      }
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }

  // MARK: functions

  /// Those of every XPath in a flow, beyond XPath 1.0.
  package static let functions = XPathFunction.standard + patterns

  private static let patterns: [XPathFunction] = [
    XPathFunction("matches", arguments: 2...2) { call throws(XPathFunction.Failure) in
      do throws(ExpressionError) {
        return .boolean(try JavaPattern(call.text(1)).isFound(in: call.text(0)))
      } catch { throw XPathFunction.Failure(error.description) }
    },
    XPathFunction("replace", arguments: 3...3) { call throws(XPathFunction.Failure) in
      do throws(ExpressionError) {
        return .string(try JavaPattern(call.text(1)).replacing(in: call.text(0), with: call.text(2)))
      } catch { throw XPathFunction.Failure(error.description) }
    },
  ]
}

extension FlowXPath {
  /// What is wrong with an XPath that a message would come to; empty when nothing is.
  package static func findings(
    _ text: String, in flow: IntegrationFlow, at place: SourcePlace, _ subject: Finding.Subject
  ) -> [Finding] {
    do throws(XPathError) {
      _ = try FlowXPath(text, in: flow)
      return []
    } catch { return [finding(error, at: place, subject)] }
  }

  package static func finding(_ error: XPathError, at place: SourcePlace, _ subject: Finding.Subject) -> Finding {
    let (code, remedy): (String, String?) =
      switch error.kind {
      case .unknownFunction: ("xpath-function-unknown", "use a function of XPath 1.0, or one that docs/xpath.md lists")
      case .unknownPrefix(let prefix):
        ("xpath-prefix-unknown", "declare it in the flow's namespace mapping: xmlns:\(prefix)=…")
      case .unsupportedSyntax: ("xpath-syntax-unsupported", "only XPath 1.0 can run here")
      case .malformed, .limitExceeded, .failed: ("xpath-bad", nil)
      }
    return Finding(.error, code, at: place, subject, error.explanation.summary, remedy: remedy)
  }
}

extension MessageBody {
  /// The body as a document for XPath.
  ///
  /// - Throws: `.stepFailed` when it is no well-formed XML, or larger than ``MessageBody/wholeLimit``.
  package func xmlDocument() throws(FlowFailure) -> XPathDocument {
    let bytes = try wholeBytes()
    do throws(XMLError) { return try XPathDocument(bytes) } catch {
      throw FlowFailure(
        .stepFailed, class: .permanent, error.explanation.within("the body cannot be read as XML"))
    }
  }
}
