import XMLTree

/// Turns JSON into XML as it is read.
///
/// A member is an element; an array is its element once an item; `"@name"` is an attribute and stands before other
/// members; `"$"` is the text. null is an empty element, numbers stay as written.
struct JSONToXMLWriter {
  private struct Open {
    let name: String
    /// Whether attributes may still come: the start tag has no end yet.
    var isInStartTag = true
  }

  /// Whose value comes next.
  private enum Target {
    case element(String)
    case attribute(String)
    case text
  }

  private enum Container {
    /// Of the text itself, when it is no element: a root without an added element.
    case document
    case object
    /// Each item is an element of this name.
    case array(String)
    /// An array in an array: its items stand in the outer one's element.
    case nestedArray(String)
  }

  private let naming: JSONNaming
  private let addedRoot: JSONToXML.Root?
  private let limit: Int
  private var output: [UInt8] = []
  private var open: [Open] = []
  private var containers: [Container] = []
  private var target: Target?
  private var rootCount = 0

  init(naming: JSONNaming, addedRoot: JSONToXML.Root?, limit: Int) {
    self.naming = naming
    self.addedRoot = addedRoot
    self.limit = limit
  }

  /// - Throws: `JSONFault` for what is no JSON, or has no counterpart in XML.
  mutating func convert(_ bytes: [UInt8]) throws(JSONFault) -> [UInt8] {
    var reader = JSONEventReader(bytes)
    output = Array("<?xml version='1.0' encoding='UTF-8'?>".utf8)
    if let addedRoot { try beginElement(rootName(addedRoot), at: 0) }
    while let event = try reader.next() {
      try take(event, at: reader.position)
      guard output.count <= limit else {
        throw JSONFault(offset: reader.position, detail: "the XML has more than \(limit) bytes")
      }
    }
    if addedRoot != nil { try endElement() }
    guard rootCount == 1 else { throw JSONFault(offset: bytes.count, detail: "there is no root element") }
    return output
  }

  private func rootName(_ root: JSONToXML.Root) -> String {
    naming.prefix(ofURI: root.namespace).map { "\($0):\(root.name)" } ?? root.name
  }

  private mutating func take(_ event: JSONEvent, at offset: Int) throws(JSONFault) {
    switch event {
    case .name(let name): try takeName(name, offset)
    case .beginObject: try beginObject(offset)
    case .beginArray: try beginArray(offset)
    case .endObject: try endObject()
    case .endArray: containers.removeLast()
    case .string(let text): try value(text, isNull: false, offset)
    case .number(let text): try value(text, isNull: false, offset)
    case .bool(let flag): try value(flag ? "true" : "false", isNull: false, offset)
    case .null: try value("", isNull: true, offset)
    }
  }

  private mutating func takeName(_ name: String, _ offset: Int) throws(JSONFault) {
    if name == "$" {
      guard !open.isEmpty else { throw JSONFault(offset: offset, detail: "the text '$' cannot be the root") }
      target = .text
    } else if name.hasPrefix("@") {
      guard open.count > (addedRoot == nil ? 0 : 1) else {
        throw JSONFault(
          offset: offset,
          detail: "the root member name starts with the attribute indicator @; an attribute cannot be root")
      }
      target = .attribute(try qualified(String(name.dropFirst()), offset))
    } else {
      target = .element(try qualified(name, offset))
    }
  }

  private mutating func beginObject(_ offset: Int) throws(JSONFault) {
    switch (target, containers.last) {
    case (.element(let name)?, _): try beginElement(name, at: offset)
    case (nil, .array(let name)?), (nil, .nestedArray(let name)?): try beginElement(name, at: offset)
    case (nil, nil):
      containers.append(.document)
      return
    case (.attribute?, _), (.text?, _):
      throw JSONFault(offset: offset, detail: "an attribute or text cannot be an object")
    case (nil, _): throw JSONFault(offset: offset, detail: "an object stands where none can be")
    }
    target = nil
    containers.append(.object)
  }

  private mutating func endObject() throws(JSONFault) {
    if case .object? = containers.popLast() { try endElement() }
  }

  private mutating func beginArray(_ offset: Int) throws(JSONFault) {
    switch (target, containers.last) {
    case (.element(let name)?, _): containers.append(.array(name))
    case (nil, .array(let name)?), (nil, .nestedArray(let name)?): containers.append(.nestedArray(name))
    case (nil, nil):
      throw JSONFault(offset: offset, detail: "a text that starts with an array is not supported")
    default: throw JSONFault(offset: offset, detail: "an attribute or text cannot be an array")
    }
    target = nil
  }

  private mutating func value(_ text: String, isNull: Bool, _ offset: Int) throws(JSONFault) {
    switch (target, containers.last) {
    case (.attribute(let name)?, _):
      guard !isNull else { throw JSONFault(offset: offset, detail: "the attribute '\(name)' cannot be null") }
      try writeAttribute(name, text, offset)
    case (.text?, _):
      endStartTag()
      output += try content(text, offset)
    case (.element(let name)?, _): try writeElement(name, text, offset)
    case (nil, .array(let name)?), (nil, .nestedArray(let name)?): try writeElement(name, text, offset)
    default: throw JSONFault(offset: offset, detail: "the text must start with an object")
    }
    target = nil
  }

  private mutating func writeElement(_ name: String, _ text: String, _ offset: Int) throws(JSONFault) {
    try beginElement(name, at: offset)
    if !text.isEmpty {
      endStartTag()
      output += try content(text, offset)
    }
    try endElement()
  }

  private func content(_ text: String, _ offset: Int) throws(JSONFault) -> String.UTF8View {
    do throws(XMLError) { return try XMLEscaping.content(text).utf8 } catch {
      throw JSONFault(offset: offset, detail: "a value cannot be written as XML: \(error.detail)")
    }
  }

  private mutating func writeAttribute(_ name: String, _ text: String, _ offset: Int) throws(JSONFault) {
    guard open.last?.isInStartTag == true else {
      throw JSONFault(
        offset: offset, detail: "trying to write the attribute '\(name)' when there is no open start element")
    }
    do throws(XMLError) { output += " \(name)=\"\(try XMLEscaping.attribute(text))\"".utf8 } catch {
      throw JSONFault(offset: offset, detail: "a value cannot be written as XML: \(error.detail)")
    }
  }

  private mutating func beginElement(_ name: String, at offset: Int) throws(JSONFault) {
    if open.isEmpty {
      rootCount += 1
      guard rootCount == 1 else {
        throw JSONFault(offset: offset, detail: "the root object has more than one member; add a root element")
      }
    }
    endStartTag()
    output += "<\(name)".utf8
    if open.isEmpty, naming.usesNamespaces {
      for namespace in naming.namespaces where !namespace.uri.isEmpty {
        let uri = (try? XMLEscaping.attribute(namespace.uri)) ?? ""
        output += " xmlns:\(namespace.prefix)=\"\(uri)\"".utf8
      }
    }
    open.append(Open(name: name))
  }

  private mutating func endStartTag() {
    guard let last = open.indices.last, open[last].isInStartTag else { return }
    output.append(0x3E)
    open[last].isInStartTag = false
  }

  private mutating func endElement() throws(JSONFault) {
    guard let element = open.popLast() else { return }
    output += (element.isInStartTag ? "/>" : "</\(element.name)>").utf8
  }

  /// `p.name` becomes `p:name` where `p` stands for a namespace; else the name stays whole.
  private func qualified(_ name: String, _ offset: Int) throws(JSONFault) -> String {
    if naming.usesNamespaces, let split = name.firstRange(of: naming.separator) {
      let prefix = String(name[..<split.lowerBound])
      let local = String(name[split.upperBound...])
      if naming.uri(ofPrefix: prefix) != nil, XMLNameRules.isPlainName(local) { return "\(prefix):\(local)" }
    }
    guard XMLNameRules.isPlainName(name) else {
      throw JSONFault(offset: offset, detail: "'\(name)' cannot be the name of an XML element or attribute")
    }
    return name
  }
}
