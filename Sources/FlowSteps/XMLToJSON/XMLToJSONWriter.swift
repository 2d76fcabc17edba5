import TenantBase
import XMLTree

/// Writes an element and all below it as JSON. Recursion is as deep as the document, which the parser bounds.
struct XMLToJSONWriter {
  private let step: XMLToJSON
  private var output: [UInt8] = []

  init(step: XMLToJSON) { self.step = step }

  /// - Throws: `JSONFault`, whose offset is a line here, for a name that has no counterpart.
  mutating func convert(_ root: XPathNode) throws(JSONFault) -> [UInt8] {
    let name = try jsonName(of: root)
    if step.suppressesRoot {
      try writeValue(of: root, path: name)
    } else {
      output.append(0x7B)
      writeString(name)
      output.append(0x3A)
      try writeMembers([root], path: name)
      output.append(0x7D)
    }
    return output
  }

  /// The elements of one name, as a value or as an array.
  private mutating func writeMembers(_ elements: [XPathNode], path: String) throws(JSONFault) {
    let isArray = elements.count > 1 || isAlwaysArray(path)
    if isArray { output.append(0x5B) }
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(0x2C) }
      try writeValue(of: element, path: path)
    }
    if isArray { output.append(0x5D) }
  }

  private func isAlwaysArray(_ path: String) -> Bool {
    switch step.arrays {
    case .repeated: false
    case .all: true
    case .specific(let paths): paths.contains(path)
    }
  }

  private mutating func writeValue(of element: XPathNode, path: String) throws(JSONFault) {
    var groups: [(name: String, elements: [XPathNode])] = []
    var positions: [String: Int] = [:]
    var text = ""
    for child in element.children {
      switch child.kind {
      case .element:
        let name = try jsonName(of: child)
        if let position = positions[name] {
          groups[position].elements.append(child)
        } else {
          positions[name] = groups.count
          groups.append((name, [child]))
        }
      case .text: text += child.stringValue
      default: break
      }
    }
    let attributes = element.attributes
    if groups.isEmpty, attributes.isEmpty {
      writeString(text)
      return
    }
    try writeObject(attributes, groups, text: groups.isEmpty ? text : Self.withoutBlanks(text), path: path)
  }

  private mutating func writeObject(
    _ attributes: [XPathNode], _ groups: [(name: String, elements: [XPathNode])], text: String, path: String
  ) throws(JSONFault) {
    output.append(0x7B)
    var isFirst = true
    for attribute in attributes {
      member("@" + (try jsonName(of: attribute)), &isFirst)
      writeString(attribute.stringValue)
    }
    for group in groups {
      member(group.name, &isFirst)
      try writeMembers(group.elements, path: "\(path)/\(group.name)")
    }
    if !text.isEmpty {
      member("$", &isFirst)
      writeString(text)
    }
    output.append(0x7D)
  }

  private mutating func member(_ name: String, _ isFirst: inout Bool) {
    if !isFirst { output.append(0x2C) }
    isFirst = false
    writeString(name)
    output.append(0x3A)
  }

  /// Blanks between elements are no text.
  private static func withoutBlanks(_ text: String) -> String { text.allSatisfy(\.isWhitespace) ? "" : text }

  private func jsonName(of node: XPathNode) throws(JSONFault) -> String {
    guard let name = node.name else { return "" }
    guard step.naming.usesNamespaces, let uri = name.namespaceURI else { return name.localName }
    if let prefix = step.naming.prefix(ofURI: uri) ?? name.prefix {
      return prefix + step.naming.separator + name.localName
    }
    guard step.ignoresUnknownNamespaces else {
      throw JSONFault(offset: node.line, detail: "the namespace '\(uri)' has neither a prefix nor a JSON prefix")
    }
    return name.localName
  }

  private mutating func writeString(_ text: String) {
    output.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22: output += [0x5C, 0x22]
      case 0x5C: output += [0x5C, 0x5C]
      case 0x0A: output += [0x5C, 0x6E]
      case 0x0D: output += [0x5C, 0x72]
      case 0x09: output += [0x5C, 0x74]
      default: output.append(byte)
      }
    }
    output.append(0x22)
  }
}
