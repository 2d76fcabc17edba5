/// The name of an element or attribute, with its namespace resolved.
package struct XMLName: Sendable, Hashable {
  /// Without the prefix.
  package var localName: String
  /// As written in the file; nil when there is none.
  package var prefix: String?
  /// The URI that the prefix (or the default namespace) stands for; nil when the name is in no namespace.
  package var namespaceURI: String?

  package init(_ localName: String, prefix: String? = nil, namespaceURI: String? = nil) {
    self.localName = localName
    self.prefix = prefix
    self.namespaceURI = namespaceURI
  }

  /// As written in the file: `bpmn2:process`.
  package var qualified: String { prefix.map { "\($0):\(localName)" } ?? localName }
}

/// One attribute, its value with references resolved and blanks normalised as XML demands.
package struct XMLAttribute: Sendable, Hashable {
  package var name: XMLName
  package var value: String

  package init(name: XMLName, value: String) {
    self.name = name
    self.value = value
  }
}

/// What an element holds: elements and text in document order. Comments and processing instructions are left out.
package enum XMLNode: Sendable {
  case element(XMLElement)
  /// Character data with references resolved; CDATA sections are text like any other.
  case text(String)
}

/// One element of a parsed document: an immutable value with everything below it.
package struct XMLElement: Sendable {
  package let name: XMLName
  /// In document order, without the namespace declarations.
  package let attributes: [XMLAttribute]
  package let nodes: [XMLNode]
  /// The line of the end of the start tag, from 1.
  package let line: Int

  package init(name: XMLName, attributes: [XMLAttribute], nodes: [XMLNode], line: Int) {
    self.name = name
    self.attributes = attributes
    self.nodes = nodes
    self.line = line
  }

  package var localName: String { name.localName }
  package var namespaceURI: String? { name.namespaceURI }

  /// The child elements in document order.
  package var children: [XMLElement] {
    nodes.compactMap { if case .element(let element) = $0 { element } else { nil } }
  }

  /// The text directly inside this element; text of child elements is not in it.
  package var text: String {
    if nodes.count == 1, case .text(let text) = nodes[0] { return text }
    var result = ""
    for case .text(let text) in nodes { result += text }
    return result
  }

  /// The text of this element and everything below it.
  package var allText: String {
    var result = ""
    for node in nodes {
      switch node {
      case .text(let text): result += text
      case .element(let element): result += element.allText
      }
    }
    return result
  }

  /// The child elements with this local name, whatever their namespace.
  package func children(named localName: String) -> [XMLElement] {
    nodes.compactMap { node in
      if case .element(let element) = node, element.localName == localName { element } else { nil }
    }
  }

  package func firstChild(named localName: String) -> XMLElement? {
    for case .element(let element) in nodes where element.localName == localName { return element }
    return nil
  }

  /// The value of the attribute with this local name that is in no namespace.
  package func attribute(_ localName: String) -> String? {
    attributes.first { $0.name.localName == localName && $0.name.namespaceURI == nil }?.value
  }

  /// The value of the attribute with this local name in this namespace.
  package func attribute(_ localName: String, namespaceURI: String) -> String? {
    attributes.first { $0.name.localName == localName && $0.name.namespaceURI == namespaceURI }?.value
  }
}
