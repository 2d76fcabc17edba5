import CLibXML2
import TenantBase

/// An XPath 1.0 expression, compiled once by libxml2, to be evaluated on any number of documents, also at the same time.
///
/// What it names is checked when it is made: functions, prefixes, axes, and words of XPath 2 that libxml2 has not.
package struct XPathExpression: Sendable {
  /// Where and with what an expression is evaluated.
  package struct Environment: Sendable {
    /// The node that a relative path begins at; the document node when it is nil.
    package var contextNode: XPathNode?
    /// By name without the dollar sign. One that is missing is empty text, as in Camel. Nodes stand for their string.
    package var variables: [String: XPathValue]
    /// What `current-dateTime()` gives.
    package var currentDateTime: String?

    package init(
      contextNode: XPathNode? = nil, variables: [String: XPathValue] = [:], currentDateTime: String? = nil
    ) {
      self.contextNode = contextNode
      self.variables = variables
      self.currentDateTime = currentDateTime
    }
  }

  /// As written.
  package let text: String
  /// The `$name` that it reads, without the dollar sign.
  package let variableNames: Set<String>

  let namespaces: [(prefix: String, uri: String)]
  let functions: [String: XPathFunction]
  let limits: XPathLimits
  private let joinsNodes: Bool
  private let compiled: CompiledXPathPool

  /// - Parameters:
  ///   - namespaces: of two with one prefix the later counts. `xml` and `fn` are there without being named.
  ///   - functions: what may be called besides the functions of XPath 1.0.
  /// - Throws: `XPathError` with the offset of what is wrong.
  package init(
    _ text: String, namespaces: [(prefix: String, uri: String)] = [],
    functions: [XPathFunction] = XPathFunction.standard,
    limits: XPathLimits = XPathLimits()
  ) throws(XPathError) {
    self.text = text
    self.namespaces = namespaces.filter { !$0.prefix.isEmpty && !$0.uri.isEmpty && $0.prefix != "fn" }
    self.functions = Dictionary(functions.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.limits = limits
    do throws(XPathError) {
      let analysis = try XPathAnalysis(
        text, prefixes: Set(self.namespaces.map(\.prefix)), functions: Set(self.functions.keys), limits: limits)
      variableNames = analysis.variables
      joinsNodes = analysis.joinsNodes
      compiled = try CompiledXPathPool(text, limits: limits)
    } catch { throw error.within(text) }
  }

  /// - Throws: `limitExceeded` when the work would grow beyond the limits, `failed` when a function cannot do with its
  ///   arguments.
  package func evaluate(
    on document: XPathDocument, in environment: Environment = Environment()
  ) throws(XPathError) -> XPathValue {
    do throws(XPathError) {
      if joinsNodes, document.nodeCount > limits.joinedDocumentNodes {
        throw XPathError(
          .limitExceeded,
          detail: "it compares or joins sets of nodes, and the document has \(document.nodeCount) of them; "
            + "up to \(limits.joinedDocumentNodes) are allowed for that")
      }
      if let node = environment.contextNode, node.document !== document {
        throw XPathError(.failed, detail: "the context node is of another document")
      }
      let expression = try compiled.take()
      defer { compiled.giveBack(expression) }
      let evaluation = XPathEvaluation(self, document: document, environment: environment)
      return try document.alone { () throws(XPathError) in try evaluation.run(expression) }
    } catch { throw error.within(text) }
  }
}
