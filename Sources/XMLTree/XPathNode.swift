import CLibXML2

/// A node of an ``XPathDocument``: element, attribute, text, comment, instruction, or the document itself. Holds the document.
package struct XPathNode: @unchecked Sendable {
  package enum Kind: Sendable {
    case document, element, attribute, text, comment, processingInstruction
    /// A namespace declaration, found on the namespace axis.
    case namespace
  }

  package let document: XPathDocument
  // The tree is not changed while `document` lives; that makes the pointer safe to share.
  let pointer: xmlNodePtr
  /// libxml2 makes a copy of a namespace node for each result, which does not outlive it.
  private let namespace: (prefix: String, uri: String)?

  init(_ raw: UnsafeMutableRawPointer, in document: XPathDocument) {
    pointer = raw.assumingMemoryBound(to: xmlNode.self)
    self.document = document
    namespace = nil
  }

  /// - Parameter parent: the element on whose namespace axis it stands.
  init(namespace: xmlNsPtr, of parent: xmlNodePtr, in document: XPathDocument) {
    pointer = parent
    self.document = document
    self.namespace = (
      XMLParserSession.string(namespace.pointee.prefix), XMLParserSession.string(namespace.pointee.href)
    )
  }

  package var kind: Kind {
    if namespace != nil { return .namespace }
    switch pointer.pointee.type {
    case XML_ELEMENT_NODE: return .element
    case XML_ATTRIBUTE_NODE: return .attribute
    case XML_COMMENT_NODE: return .comment
    case XML_PI_NODE: return .processingInstruction
    case XML_DOCUMENT_NODE: return .document
    default: return .text
    }
  }

  /// Of elements, attributes and instructions; nil for others.
  package var name: XMLName? {
    if let namespace { return XMLName(namespace.prefix) }
    switch kind {
    case .element, .attribute: return XMLParserSession.name(pointer.pointee.name, pointer.pointee.ns)
    case .processingInstruction: return XMLName(XMLParserSession.string(pointer.pointee.name))
    default: return nil
    }
  }

  /// As XPath has it: the text of an element with everything below it, the value of an attribute.
  package var stringValue: String {
    if let namespace { return namespace.uri }
    guard let text = xmlXPathCastNodeToString(pointer) else { return "" }
    defer { tnt_xmlFree(text) }
    return XMLParserSession.string(text)
  }

  /// From 1; the line of an element's start tag.
  package var line: Int { max(Int(xmlGetLineNo(pointer)), 1) }

  /// Nil for the document; the element for its attributes.
  package var parent: XPathNode? {
    if namespace != nil { return XPathNode(UnsafeMutableRawPointer(pointer), in: document) }
    guard kind != .document, let parent = pointer.pointee.parent else { return nil }
    return XPathNode(UnsafeMutableRawPointer(parent), in: document)
  }

  /// Elements, text, comments and instructions in document order; empty for anything but elements and the document.
  package var children: [XPathNode] {
    guard kind == .element || kind == .document else { return [] }
    var result: [XPathNode] = []
    var next = pointer.pointee.children
    while let child = next {
      result.append(XPathNode(UnsafeMutableRawPointer(child), in: document))
      next = child.pointee.next
    }
    return result
  }

  /// Of an element, without namespace declarations.
  package var attributes: [XPathNode] {
    guard kind == .element else { return [] }
    var result: [XPathNode] = []
    var next = pointer.pointee.properties
    while let attribute = next {
      result.append(XPathNode(UnsafeMutableRawPointer(attribute), in: document))
      next = attribute.pointee.next
    }
    return result
  }

  /// The elements that hold this node, from the root on.
  package var ancestors: [XPathNode] {
    var result: [XPathNode] = []
    var next = parent
    while let node = next, node.kind == .element {
      result.append(node)
      next = node.parent
    }
    return result.reversed()
  }

  /// Where it stands, as an XPath: `/root/row[2]/@id`. Elements in a default namespace stand there as `*`.
  package var path: String {
    guard let text = xmlGetNodePath(pointer) else { return "/" }
    defer { tnt_xmlFree(text) }
    return XMLParserSession.string(text) + (namespace.map { "/namespace::\($0.prefix)" } ?? "")
  }
}

extension XPathNode: Hashable {
  package static func == (left: XPathNode, right: XPathNode) -> Bool {
    left.pointer == right.pointer && left.namespace?.prefix == right.namespace?.prefix
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}
