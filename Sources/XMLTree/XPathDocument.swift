import CLibXML2
import Synchronization
import TenantBase

/// A document made ready for XPath: parsed once by the same rules as ``XMLTreeParser`` (no DOCTYPE, no entities, nothing
/// fetched), never changed afterwards.
///
/// Comments, instructions and blanks are kept. May be used from several threads; one evaluation runs at a time.
package final class XPathDocument: Sendable {
  /// Freed when neither the document nor a node of it is held any more.
  // Safe to share: libxml2 only reads the tree after `init`, and evaluations go through `lock`.
  nonisolated(unsafe) let pointer: xmlDocPtr
  let nodeCount: Int
  private let lock = Mutex<Void>(())

  /// - Parameter limits: ``XMLLimits/message`` is meant for bodies.
  /// - Throws: `XMLError` with line and column.
  package init(_ bytes: [UInt8], limits: XMLLimits = .message) throws(XMLError) {
    (pointer, nodeCount) = try XMLTreeParser(limits: limits).parseTree(bytes)
    // So that nodes are put in document order without walking the tree for each pair.
    xmlXPathOrderDocElems(pointer)
  }

  package convenience init(_ text: String, limits: XMLLimits = .message) throws(XMLError) {
    try self.init(Array(text.utf8), limits: limits)
  }

  deinit { xmlFreeDoc(pointer) }

  /// Runs `body` while no other evaluation is under way on this document.
  func alone(_ body: () throws(XPathError) -> XPathValue) throws(XPathError) -> XPathValue {
    try lock.withLock { _ throws(XPathError) in try body() }
  }

  /// The document node, whose children are the root element and what stands beside it.
  package var node: XPathNode { XPathNode(UnsafeMutableRawPointer(pointer), in: self) }

  package var root: XPathNode? {
    xmlDocGetRootElement(pointer).map { XPathNode(UnsafeMutableRawPointer($0), in: self) }
  }
}
