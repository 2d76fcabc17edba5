import CLibXML2
import TenantBase

/// One evaluation of one expression. A class because libxml2's callbacks find it through the context.
final class XPathEvaluation {
  private let expression: XPathExpression
  private let document: XPathDocument
  private let environment: XPathExpression.Environment
  private var functionFailure: String?

  /// In a document of so many nodes the limit of visits is enough.
  private static let unwatchedNodes = 1000

  static let functionNamespace = "http://www.w3.org/2005/xpath-functions"

  init(_ expression: XPathExpression, document: XPathDocument, environment: XPathExpression.Environment) {
    self.expression = expression
    self.document = document
    self.environment = environment
  }

  func run(_ compiled: CompiledXPathPool.Compiled) throws(XPathError) -> XPathValue {
    guard let context = xmlXPathNewContext(document.pointer) else {
      throw XPathError(.limitExceeded, detail: "out of memory")
    }
    defer { xmlXPathFreeContext(context) }
    prepare(context)
    let watch =
      document.nodeCount > Self.unwatchedNodes
      ? XPathWatchdog.shared.watch(context, for: expression.limits.evaluationTime) : nil
    let result = withExtendedLifetime(self) { xmlXPathCompiledEval(compiled.pointer, context) }
    let wasEnded = watch.map { XPathWatchdog.shared.end($0) } ?? false
    guard let result else {
      if wasEnded {
        throw XPathError(.limitExceeded, detail: "the evaluation takes longer than \(expression.limits.evaluationTime)")
      }
      if let functionFailure { throw XPathError(.failed, detail: functionFailure) }
      throw Self.error(of: context)
    }
    defer { xmlXPathFreeObject(result) }
    return value(of: result)
  }

  private func prepare(_ context: xmlXPathContextPtr) {
    context.pointee.error = { _, _ in }
    context.pointee.opLimit = UInt(expression.limits.operations)
    context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
    context.pointee.node =
      environment.contextNode?.pointer
      ?? UnsafeMutableRawPointer(document.pointer).assumingMemoryBound(to: xmlNode.self)
    context.pointee.contextSize = 1
    context.pointee.proximityPosition = 1
    for namespace in expression.namespaces { xmlXPathRegisterNs(context, namespace.prefix, namespace.uri) }
    registerFunctions(context)
    for name in expression.variableNames { register(variable: name, in: context) }
  }

  private func registerFunctions(_ context: xmlXPathContextPtr) {
    for name in expression.functions.keys {
      xmlXPathRegisterFunc(context, name) { XPathEvaluation.call($0, $1) }
    }
    guard expression.text.contains("fn:") else { return }
    xmlXPathRegisterNs(context, "fn", Self.functionNamespace)
    for name in XPathAnalysis.coreFunctions.union(expression.functions.keys) {
      if let function = xmlXPathFunctionLookup(context, name) {
        xmlXPathRegisterFuncNS(context, name, Self.functionNamespace, function)
      }
    }
  }

  private func register(variable name: String, in context: xmlXPathContextPtr) {
    let value = environment.variables[name] ?? .string("")
    let parts = name.split(separator: ":", maxSplits: 1)
    if parts.count == 2 {
      let uri = expression.namespaces.last { $0.prefix == parts[0] }?.uri
      xmlXPathRegisterVariableNS(context, String(parts[1]), uri, Self.object(value))
    } else {
      xmlXPathRegisterVariable(context, name, Self.object(value))
    }
  }

  // MARK: values

  private func value(of object: xmlXPathObjectPtr) -> XPathValue {
    switch object.pointee.type {
    case XPATH_BOOLEAN: return .boolean(object.pointee.boolval != 0)
    case XPATH_NUMBER: return .number(object.pointee.floatval)
    case XPATH_STRING: return .string(XMLParserSession.string(object.pointee.stringval))
    case XPATH_NODESET: return .nodes(nodes(of: object.pointee.nodesetval))
    default: return .string("")
    }
  }

  private func nodes(of set: xmlNodeSetPtr?) -> [XPathNode] {
    guard let set, let table = set.pointee.nodeTab else { return [] }
    xmlXPathNodeSetSort(set)
    return (0..<Int(set.pointee.nodeNr)).compactMap { index in
      guard let node = table[index] else { return nil }
      guard node.pointee.type == XML_NAMESPACE_DECL else {
        return XPathNode(UnsafeMutableRawPointer(node), in: document)
      }
      let namespace = UnsafeMutableRawPointer(node).assumingMemoryBound(to: xmlNs.self)
      // xmlXPathNodeSetDupNs keeps the parent where a declaration has its successor.
      guard let parent = namespace.pointee.next else { return nil }
      let element = UnsafeMutableRawPointer(parent).assumingMemoryBound(to: xmlNode.self)
      return XPathNode(namespace: namespace, of: element, in: document)
    }
  }

  private static func object(_ value: XPathValue) -> xmlXPathObjectPtr? {
    switch value {
    case .boolean(let flag): return xmlXPathNewBoolean(flag ? 1 : 0)
    case .number(let number): return xmlXPathNewFloat(number)
    // A C string ends at NUL, which no XML has either.
    case .string(let text): return xmlXPathNewString(text)
    case .nodes: return xmlXPathNewString(value.stringValue)
    }
  }

  // MARK: functions

  /// What libxml2 calls for every function beyond XPath 1.0.
  private static func call(_ parser: xmlXPathParserContextPtr?, _ count: Int32) {
    guard let parser, let context = parser.pointee.context, let owner = context.pointee.userData else { return }
    let evaluation = Unmanaged<XPathEvaluation>.fromOpaque(owner).takeUnretainedValue()
    let name = XMLParserSession.string(context.pointee.function)
    do throws(XPathFunction.Failure) {
      try evaluation.apply(name, parser, Int(count))
    } catch {
      evaluation.functionFailure = "\(name)(): \(error.detail)"
      xmlXPathErr(parser, Int32(XPATH_EXPR_ERROR.rawValue))
    }
  }

  private func apply(
    _ name: String, _ parser: xmlXPathParserContextPtr, _ count: Int
  ) throws(XPathFunction.Failure) {
    guard let function = expression.functions[name], function.argumentCount.contains(count) else {
      throw XPathFunction.Failure("it does not take \(count) arguments")
    }
    var arguments: [XPathValue] = []
    for _ in 0..<count {
      guard let object = valuePop(parser) else { throw XPathFunction.Failure("an argument is missing") }
      arguments.append(value(of: object))
      xmlXPathFreeObject(object)
    }
    let call = XPathFunction.Call(
      arguments: arguments.reversed(), currentDateTime: environment.currentDateTime)
    let result = try function.apply(call)
    if case .string(let text) = result, text.utf8.count > expression.limits.textLength {
      throw XPathFunction.Failure("it makes more than \(expression.limits.textLength) bytes")
    }
    valuePush(parser, result.nodesObject(in: document) ?? Self.object(result))
  }

  // MARK: errors

  static func error(of context: xmlXPathContextPtr) -> XPathError {
    let last = context.pointee.lastError
    let code = Int(last.code) - Int(XML_XPATH_EXPRESSION_OK.rawValue)
    let offset = last.str1 != nil && last.int1 >= 0 ? Int(last.int1) : nil
    switch code {
    case Int(XPATH_OP_LIMIT_EXCEEDED.rawValue), Int(XPATH_RECURSION_LIMIT_EXCEEDED.rawValue),
      Int(XPATH_MEMORY_ERROR.rawValue):
      return XPathError(.limitExceeded, detail: "the evaluation takes too much work for this document")
    case Int(XPATH_INVALID_ARITY.rawValue):
      return XPathError(.failed, offset: offset, detail: "a function has too many or too few arguments")
    case Int(XPATH_INVALID_TYPE.rawValue), Int(XPATH_INVALID_OPERAND.rawValue):
      return XPathError(.failed, offset: offset, detail: "a value is of another type than its place wants")
    default: break
    }
    var words = last.message.map { String(cString: $0) } ?? "it cannot be understood"
    while words.last?.isWhitespace == true { words.removeLast() }
    return XPathError(.malformed, offset: offset, detail: words.prefix(1).lowercased() + words.dropFirst())
  }
}

extension XPathValue {
  /// libxml2's set of nodes of this document; nil for other values.
  fileprivate func nodesObject(in document: XPathDocument) -> xmlXPathObjectPtr? {
    guard case .nodes(let nodes) = self, let object = xmlXPathNewNodeSet(nil) else { return nil }
    for node in nodes where node.document === document && node.kind != .namespace {
      xmlXPathNodeSetAddUnique(object.pointee.nodesetval, node.pointer)
    }
    return object
  }
}
