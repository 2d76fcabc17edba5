import CLibXML2

extension XPathNode {
  /// The node as XML in UTF-8, without declaration.
  ///
  /// An element declares every namespace in scope, so that it means the same alone; an empty one is written `<a/>`.
  /// The document is written with the comments and instructions beside its root. An attribute or namespace gives its
  /// value, escaped as text.
  package var serialized: [UInt8] {
    var writer = XMLSerialization()
    switch kind {
    case .document: for child in children { writer.write(child.pointer, scope: nil) }
    case .element: writer.write(pointer, scope: writer.namespacesInScope(of: pointer))
    case .attribute, .namespace: writer.escape(Array(stringValue.utf8), inAttribute: false)
    case .text, .comment, .processingInstruction: writer.write(pointer, scope: nil)
    }
    return writer.output
  }

  package var serializedText: String { String(decoding: serialized, as: UTF8.self) }

  /// The start tag of an element with attributes and namespaces, for the envelope of a part; empty for other nodes.
  ///
  /// - Parameter declaresScope: whether it declares every namespace in scope, as an outermost element must.
  package func startTag(declaresScope: Bool) -> [UInt8] {
    guard kind == .element else { return [] }
    var writer = XMLSerialization()
    let scope = declaresScope ? writer.namespacesInScope(of: pointer) : writer.declarations(of: pointer)
    writer.openTag(pointer, scope: scope)
    writer.output.append(0x3E)
    return writer.output
  }

  /// `</name>`; empty for other nodes than elements.
  package var endTag: [UInt8] { kind == .element ? Array("</\(name?.qualified ?? "")>".utf8) : [] }
}

/// Writes libxml2's nodes. Recursion is as deep as the document, which ``XMLLimits/depth`` bounds.
private struct XMLSerialization {
  typealias Declaration = (prefix: String, uri: String)

  var output: [UInt8] = []

  /// Those of the element itself.
  func declarations(of node: xmlNodePtr) -> [Declaration] {
    var result: [Declaration] = []
    var next = node.pointee.nsDef
    while let declaration = next {
      result.append(
        (XMLParserSession.string(declaration.pointee.prefix), XMLParserSession.string(declaration.pointee.href)))
      next = declaration.pointee.next
    }
    return result
  }

  /// The nearest declaration of each prefix, its own first, then those of the elements around it.
  func namespacesInScope(of node: xmlNodePtr) -> [Declaration] {
    var result: [Declaration] = []
    var seen: Set<String> = []
    var next: xmlNodePtr? = node
    while let element = next, element.pointee.type == XML_ELEMENT_NODE {
      for declaration in declarations(of: element) where seen.insert(declaration.prefix).inserted {
        // An undeclared default namespace need not be told to an outermost element.
        if !(declaration.prefix.isEmpty && declaration.uri.isEmpty) { result.append(declaration) }
      }
      next = element.pointee.parent
    }
    return result
  }

  /// - Parameter scope: what an element declares; nil for its own declarations.
  mutating func write(_ node: xmlNodePtr, scope: [Declaration]?) {
    switch node.pointee.type {
    case XML_ELEMENT_NODE:
      openTag(node, scope: scope ?? declarations(of: node))
      guard let first = node.pointee.children else {
        output += "/>".utf8
        return
      }
      output.append(0x3E)
      var next: xmlNodePtr? = first
      while let child = next {
        write(child, scope: nil)
        next = child.pointee.next
      }
      output += "</".utf8
      writeName(node.pointee.name, node.pointee.ns)
      output.append(0x3E)
    case XML_COMMENT_NODE: output += "<!--".utf8 + Self.bytes(node.pointee.content) + "-->".utf8
    case XML_PI_NODE:
      output += "<?".utf8 + Self.bytes(node.pointee.name)
      if node.pointee.content != nil { output += " ".utf8 + Self.bytes(node.pointee.content) }
      output += "?>".utf8
    default: escape(Self.bytes(node.pointee.content), inAttribute: false)
    }
  }

  /// Without the closing sign.
  mutating func openTag(_ node: xmlNodePtr, scope: [Declaration]) {
    output.append(0x3C)
    writeName(node.pointee.name, node.pointee.ns)
    for declaration in scope {
      output += (declaration.prefix.isEmpty ? " xmlns=\"" : " xmlns:\(declaration.prefix)=\"").utf8
      escape(Array(declaration.uri.utf8), inAttribute: true)
      output.append(0x22)
    }
    var next = node.pointee.properties
    while let attribute = next {
      output.append(0x20)
      writeName(attribute.pointee.name, attribute.pointee.ns)
      output += "=\"".utf8
      var part = attribute.pointee.children
      while let piece = part {
        escape(Self.bytes(piece.pointee.content), inAttribute: true)
        part = piece.pointee.next
      }
      output.append(0x22)
      next = attribute.pointee.next
    }
  }

  private mutating func writeName(_ local: UnsafePointer<xmlChar>?, _ namespace: xmlNsPtr?) {
    if let prefix = namespace?.pointee.prefix {
      output += Self.bytes(prefix)
      output.append(0x3A)
    }
    output += Self.bytes(local)
  }

  mutating func escape(_ text: [UInt8], inAttribute: Bool) {
    for byte in text {
      switch byte {
      case 0x26: output += "&amp;".utf8
      case 0x3C: output += "&lt;".utf8
      case 0x3E: output += "&gt;".utf8
      case 0x0D: output += "&#13;".utf8
      case 0x22 where inAttribute: output += "&quot;".utf8
      case 0x09 where inAttribute: output += "&#9;".utf8
      case 0x0A where inAttribute: output += "&#10;".utf8
      default: output.append(byte)
      }
    }
  }

  private static func bytes(_ text: UnsafePointer<xmlChar>?) -> [UInt8] {
    guard let text else { return [] }
    return [UInt8](UnsafeBufferPointer(start: text, count: Int(xmlStrlen(text))))
  }
}
