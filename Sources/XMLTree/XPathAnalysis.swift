/// What an expression names, and what of it libxml2 cannot do.
struct XPathAnalysis {
  /// Without the dollar sign.
  private(set) var variables: Set<String> = []
  /// Whether sets of nodes may be compared or joined with each other.
  private(set) var joinsNodes = false

  private let tokens: [XPathToken]

  /// - Parameters:
  ///   - prefixes: for which a namespace is declared.
  ///   - functions: names of the functions beyond XPath 1.0.
  init(
    _ expression: String, prefixes: Set<String>, functions: Set<String>, limits: XPathLimits
  ) throws(XPathError) {
    guard expression.utf8.count <= limits.expressionLength else {
      throw XPathError(.limitExceeded, detail: "the expression has more than \(limits.expressionLength) bytes")
    }
    guard !expression.utf8.contains(0) else { throw XPathError(.malformed, detail: "it holds a NUL") }
    var scanner = XPathScanner(expression)
    tokens = try scanner.scan()
    guard !tokens.isEmpty else { throw XPathError(.malformed, offset: 0, detail: "the expression is empty") }
    try checkNesting(limits.nesting)
    for index in tokens.indices {
      try examine(at: index, prefixes: prefixes, functions: functions)
    }
  }

  private func checkNesting(_ limit: Int) throws(XPathError) {
    var depth = 0
    for token in tokens {
      switch token.kind {
      case .sign("("), .sign("["): depth += 1
      case .sign(")"), .sign("]"): depth -= 1
      default: break
      }
      guard depth <= limit else {
        throw XPathError(.limitExceeded, offset: token.offset, detail: "nested deeper than \(limit) levels")
      }
    }
  }

  private func token(_ index: Int) -> XPathToken.Kind? { tokens.indices.contains(index) ? tokens[index].kind : nil }

  private mutating func examine(
    at index: Int, prefixes: Set<String>, functions: Set<String>
  ) throws(XPathError) {
    let offset = tokens[index].offset
    switch tokens[index].kind {
    case .literal, .number: break
    case .variable(let name): variables.insert(name)
    case .axis(let name):
      guard Self.axes.contains(name) else {
        throw XPathError(.malformed, offset: offset, detail: "there is no axis '\(name)'")
      }
    case .operator(let name):
      guard ["and", "or", "div", "mod", "*"].contains(name) else {
        throw XPathError(.unsupportedSyntax(name), offset: offset, detail: "'\(name)' is no operator of XPath 1.0")
      }
    case .name(let name):
      if token(index + 1) == .sign("(") {
        try checkFunction(name, offset, prefixes, functions)
      } else {
        if case .variable? = token(index + 1) {
          throw XPathError(.unsupportedSyntax(name), offset: offset, detail: "'\(name)' is a word of XPath 2.0")
        }
        try checkPrefix(of: name, offset, prefixes)
      }
    case .sign(let sign): try checkSign(sign, at: index)
    }
  }

  private func checkFunction(
    _ name: String, _ offset: Int, _ prefixes: Set<String>, _ functions: Set<String>
  ) throws(XPathError) {
    if Self.nodeTests.contains(name) { return }
    if ["if", "some", "every", "for", "let"].contains(name) {
      throw XPathError(.unsupportedSyntax(name), offset: offset, detail: "'\(name)' is a word of XPath 2.0")
    }
    let local = name.hasPrefix("fn:") ? String(name.dropFirst(3)) : name
    guard Self.coreFunctions.contains(local) || functions.contains(local) else {
      if let colon = name.firstIndex(of: ":") {
        let prefix = String(name[..<colon])
        if !prefixes.contains(prefix), !["fn", "xs", "math", "map", "array"].contains(prefix) {
          try checkPrefix(of: name, offset, prefixes)
        }
      }
      throw XPathError(.unknownFunction(name), offset: offset, detail: "the function '\(name)' is not there")
    }
  }

  private func checkPrefix(of name: String, _ offset: Int, _ prefixes: Set<String>) throws(XPathError) {
    guard let colon = name.firstIndex(of: ":") else { return }
    let prefix = String(name[..<colon])
    guard !prefixes.contains(prefix), prefix != "xml" else { return }
    throw XPathError(
      .unknownPrefix(prefix), offset: offset, detail: "no namespace is declared for the prefix '\(prefix)'")
  }

  private mutating func checkSign(_ sign: String, at index: Int) throws(XPathError) {
    switch sign {
    case "=", "!=", "<", ">", "<=", ">=": joinsNodes = joinsNodes || comparesSets(at: index)
    case "|": joinsNodes = true
    case "||", ":=", "=>", "<<", ">>", "!", "{", "}", "?", "#", ";":
      throw XPathError(
        .unsupportedSyntax(sign), offset: tokens[index].offset, detail: "'\(sign)' is no sign of XPath 1.0")
    default: break
    }
  }

  /// Whether neither side of a comparison is surely a single value. Wrong only on the safe side.
  private func comparesSets(at index: Int) -> Bool {
    switch token(index - 1) {
    case .literal?, .number?, .variable?: return false
    case .sign(")")? where isFunctionCall(endingAt: index - 1): return false
    default: break
    }
    switch token(index + 1) {
    case .literal?, .number?, .variable?, .sign("-")?: return false
    case .name(let name)? where token(index + 2) == .sign("("): return Self.givesNodes(name)
    default: return true
    }
  }

  private func isFunctionCall(endingAt index: Int) -> Bool {
    var depth = 0
    var position = index
    while position >= 0 {
      switch token(position) {
      case .sign(")")?: depth += 1
      case .sign("(")?: depth -= 1
      default: break
      }
      if depth == 0 {
        guard case .name(let name)? = token(position - 1) else { return false }
        return !Self.givesNodes(name)
      }
      position -= 1
    }
    return false
  }

  private static func givesNodes(_ function: String) -> Bool {
    nodeTests.contains(function) || ["id", "distinct-values", "tokenize"].contains(function)
  }

  private static let nodeTests: Set<String> = ["node", "text", "comment", "processing-instruction"]

  private static let axes: Set<String> = [
    "ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following",
    "following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self",
  ]

  /// XPath 1.0, section 4.
  static let coreFunctions: Set<String> = [
    "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat", "starts-with",
    "contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate",
    "boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round",
  ]
}
