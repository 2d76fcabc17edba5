import CLibXML2
import TenantBase

/// One run of libxml2 over one document.
///
/// A class because libxml2's callbacks find it through the context's private pointer; it lives for one call only.
final class XMLParserSession {
  private let limits: XMLLimits
  private var nodeCount = 0
  private var declarationCount = 0
  private var comparisons = 0
  private var stopReason: XMLError.Kind?
  private var stopDetail = ""

  init(limits: XMLLimits) { self.limits = limits }

  static let isReady: Void = xmlInitParser()

  var countedNodes: Int { nodeCount }

  func parse(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
    let document = try parseTree(bytes)
    defer { xmlFreeDoc(document) }
    guard let root = xmlDocGetRootElement(document) else {
      throw XMLError(.malformed, line: 1, column: 1, detail: "the document is empty")
    }
    return Self.element(root)
  }

  /// libxml2's own tree, which the caller frees.
  ///
  /// - Parameter takesLongText: whether a text may have more than the ten million bytes that libxml2 takes by itself.
  func parseTree(_ bytes: [UInt8], takesLongText: Bool = false) throws(XMLError) -> xmlDocPtr {
    Self.isReady
    guard let length = Int32(exactly: bytes.count), let context = xmlNewParserCtxt() else {
      throw XMLError(.limitExceeded, detail: "out of memory")
    }
    defer { xmlFreeParserCtxt(context) }
    install(in: context)
    let options =
      XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
      | XML_PARSE_NOCDATA.rawValue | XML_PARSE_BIG_LINES.rawValue | XML_PARSE_IGNORE_ENC.rawValue
      | (takesLongText ? XML_PARSE_HUGE.rawValue : 0)
    let document = withExtendedLifetime(self) {
      bytes.withUnsafeBytes { buffer in
        // An empty array may have no base address; libxml2 wants one to say that the document is empty.
        let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        return start.flatMap { xmlCtxtReadMemory(context, $0, length, nil, "UTF-8", Int32(bitPattern: options)) }
      }
    }
    guard stopReason == nil, context.pointee.wellFormed != 0, context.pointee.nsWellFormed != 0,
      let document, xmlDocGetRootElement(document) != nil
    else {
      xmlFreeDoc(document)
      throw failure(of: context, isEmpty: bytes.isEmpty)
    }
    return document
  }

  private func install(in context: xmlParserCtxtPtr) {
    context.pointee._private = Unmanaged.passUnretained(self).toOpaque()
    guard let handlers = context.pointee.sax else { return }
    handlers.pointee.internalSubset = { context, _, _, _ in
      XMLParserSession.stop(context, .doctypeRefused, "DOCTYPE")
    }
    handlers.pointee.resolveEntity = { _, _, _ in nil }
    handlers.pointee.startElementNs = {
      context, name, prefix, uri, declared, declarations, attributeCount, defaulted, attributes in
      guard XMLParserSession.admit(context, declarations: declared, attributes: attributeCount) else { return }
      xmlSAX2StartElementNs(
        context, name, prefix, uri, declared, declarations, attributeCount, defaulted, attributes)
    }
    handlers.pointee.comment = { context, text in
      if XMLParserSession.admit(context, declarations: 0, attributes: 0) { xmlSAX2Comment(context, text) }
    }
    handlers.pointee.processingInstruction = { context, target, data in
      if XMLParserSession.admit(context, declarations: 0, attributes: 0) {
        xmlSAX2ProcessingInstruction(context, target, data)
      }
    }
  }

  private static func session(of context: UnsafeMutableRawPointer?) -> (xmlParserCtxtPtr, XMLParserSession)? {
    guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self),
      let owner = parser.pointee._private
    else { return nil }
    return (parser, Unmanaged<XMLParserSession>.fromOpaque(owner).takeUnretainedValue())
  }

  private static func stop(_ context: UnsafeMutableRawPointer?, _ reason: XMLError.Kind, _ detail: String) {
    guard let (parser, owner) = session(of: context) else { return }
    if owner.stopReason == nil {
      owner.stopReason = reason
      owner.stopDetail = detail
    }
    parser.pointee.wellFormed = 0
    xmlStopParser(parser)
  }

  /// Counts an element before it is built; stops the parse when a limit is passed.
  private static func admit(_ context: UnsafeMutableRawPointer?, declarations: Int32, attributes: Int32) -> Bool {
    guard let (parser, owner) = session(of: context) else { return false }
    owner.declarationCount += Int(declarations)
    owner.nodeCount += 1 + Int(declarations) + Int(attributes)
    owner.comparisons += owner.declarationCount * (1 + Int(attributes))
    guard owner.nodeCount <= owner.limits.nodes, owner.comparisons <= owner.limits.comparisons else {
      stop(context, .limitExceeded, "more than \(owner.limits.nodes) elements and attributes")
      return false
    }
    guard Int(parser.pointee.nodeNr) < owner.limits.depth else {
      stop(context, .limitExceeded, "elements nested deeper than \(owner.limits.depth)")
      return false
    }
    return true
  }

  private func failure(of context: xmlParserCtxtPtr, isEmpty: Bool) -> XMLError {
    if let stopReason { return XMLError(stopReason, detail: stopDetail) }
    guard !isEmpty, let last = xmlCtxtGetLastError(context) else {
      return XMLError(.malformed, line: 1, column: 1, detail: "the document is empty")
    }
    var words = last.pointee.message.map { String(cString: $0) } ?? "unknown error"
    while words.last?.isWhitespace == true { words.removeLast() }
    let isDepth = words.contains("Excessive depth")
    return XMLError(
      isDepth ? .limitExceeded : .malformed, line: last.pointee.line > 0 ? Int(last.pointee.line) : nil,
      column: last.pointee.int2 > 0 ? Int(last.pointee.int2) : nil, detail: words)
  }
}

extension XMLParserSession {
  /// Copies libxml2's node and everything below it; the depth is limited by libxml2 to 256.
  private static func element(_ node: xmlNodePtr) -> XMLElement {
    var nodes: [XMLNode] = []
    var next = node.pointee.children
    while let child = next {
      switch child.pointee.type {
      case XML_ELEMENT_NODE: nodes.append(.element(element(child)))
      case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
        let piece = string(child.pointee.content)
        if case .text(let before)? = nodes.last {
          nodes[nodes.count - 1] = .text(before + piece)
        } else {
          nodes.append(.text(piece))
        }
      default: break
      }
      next = child.pointee.next
    }
    return XMLElement(
      name: name(node.pointee.name, node.pointee.ns), attributes: attributes(of: node), nodes: nodes,
      line: max(Int(xmlGetLineNo(node)), 1))
  }

  private static func attributes(of node: xmlNodePtr) -> [XMLAttribute] {
    var result: [XMLAttribute] = []
    var next = node.pointee.properties
    while let attribute = next {
      var value = ""
      var part = attribute.pointee.children
      while let piece = part {
        value += string(piece.pointee.content)
        part = piece.pointee.next
      }
      result.append(XMLAttribute(name: name(attribute.pointee.name, attribute.pointee.ns), value: value))
      next = attribute.pointee.next
    }
    return result
  }

  static func name(_ local: UnsafePointer<xmlChar>?, _ namespace: xmlNsPtr?) -> XMLName {
    XMLName(
      string(local), prefix: namespace?.pointee.prefix.map { string($0) },
      namespaceURI: namespace?.pointee.href.map { string($0) })
  }

  static func string(_ text: UnsafePointer<xmlChar>?) -> String {
    text.map { String(cString: $0) } ?? ""
  }
}
