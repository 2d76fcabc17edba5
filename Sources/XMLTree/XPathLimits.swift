/// How much an XPath expression may cost, whatever document meets it.
package struct XPathLimits: Sendable {
  /// UTF-8 bytes of an expression.
  package var expressionLength = 64 * 1024
  /// Parentheses and predicates within each other.
  package var nesting = 64
  /// Nodes that libxml2 may visit in one evaluation: a few seconds.
  package var operations = 100_000_000
  /// What one evaluation may take; looked at for documents of more than a thousand nodes.
  package var evaluationTime: Duration = .seconds(10)
  /// Nodes of a document for an expression that compares or joins sets of nodes with each other (`//a = //b`, `a | b`):
  /// libxml2 does that by pairs, and nothing can end it.
  package var joinedDocumentNodes = 100_000
  /// UTF-8 bytes that an extension function may make.
  package var textLength = 64 * 1024 * 1024

  package init() {}
}
