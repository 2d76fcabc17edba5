import TenantBase

/// The functions of Camel Simple that SAP documents or that published flows use.
package indirect enum SimpleFunction: Sendable, Equatable {
  case body
  case header(String)
  case headers
  case property(String)
  case exceptionMessage
  case exceptionStackTrace
  case date(DateFunction)
  case flowID
  case exchangeID
  case messageID
  /// Header CamelFileName, whole or a part of it.
  case file(FilePart)
  /// `bodyAs(String)`; the mandatory form fails when there is no body.
  case bodyAs(type: ValueType, isMandatory: Bool)
  case headerAs(name: String, type: ValueType)
  case null
  case xpath(String)
  /// The text of the function comes out of other functions: `${header.${property.name}}`.
  case computed(ExpressionTemplate)
  /// A function of Camel that is not available here.
  case unsupported(String)
  /// `sys` and `sysenv`: the machine's settings may hold secrets and are no business of a flow.
  case refused(String)

  package enum FilePart: String, Sendable {
    case name
    case onlyName = "onlyname"
    case nameWithoutExtension = "name.noext"
    case onlyNameWithoutExtension = "onlyname.noext"
    case ext = "ext"
    case nameExtension = "name.ext"
    case path
    case parent
  }

  static func refusal(_ name: String) -> String {
    "'\(name)' reads the environment of this machine, which may hold secrets, and is refused"
  }

  /// - Parameter text: what stands between the braces, without method calls.
  /// - Throws: `malformed` when no function has such a name.
  init(_ text: String) throws(ExpressionError) {
    let trimmed = text.trimmingBlanks()
    if let fixed = Self.fixed[trimmed] {
      self = fixed
    } else if let named = try Self.named(text) {
      self = named
    } else {
      throw ExpressionError(.malformed, offset: 0, detail: "there is no function '\(trimmed)'")
    }
  }

  private static let fixed: [String: SimpleFunction] = [
    "body": .body, "in.body": .body, "headers": .headers, "in.headers": .headers,
    "exception.message": .exceptionMessage, "exception.stacktrace": .exceptionStackTrace,
    "camelId": .flowID, "exchangeId": .exchangeID, "id": .messageID, "null": .null,
    "routeId": .unsupported("routeId"), "fromRouteId": .unsupported("fromRouteId"),
    "threadName": .unsupported("threadName"), "hostname": .refused("hostname"), "exchange": .unsupported("exchange"),
    "exception": .unsupported("exception"), "messageHistory": .unsupported("messageHistory"),
    "stepId": .unsupported("stepId"), "out.body": .unsupported("out.body"), "routeGroup": .unsupported("routeGroup"),
    "bodyOneLine": .unsupported("bodyOneLine"), "prettyBody": .unsupported("prettyBody"),
  ]

  /// The prefixes under which a name follows, the longest first where one begins another.
  private static func named(_ untrimmed: String) throws(ExpressionError) -> SimpleFunction? {
    // Blanks in front of the function are nothing; blanks at the end may belong to a name and are kept.
    let text = String(untrimmed.drop { $0.isWhitespace })
    for prefix in ["in.headers", "in.header", "headers", "header"] {
      if let name = try name(text, after: prefix) { return .header(name) }
    }
    for prefix in ["exchangeProperty", "property"] {
      if let name = try name(text, after: prefix) { return .property(name) }
    }
    if let rest = text.after("date:") { return .date(try DateFunction(rest, hasZone: false)) }
    if let rest = text.after("date-with-timezone:") { return .date(try DateFunction(rest, hasZone: true)) }
    if let rest = text.after("file:") {
      return FilePart(rawValue: rest).map { .file($0) } ?? .unsupported(text)
    }
    if let rest = text.after("xpath.") ?? text.after("xpath:") { return .xpath(rest) }
    if let argument = text.argument(of: "bodyAs") { return .bodyAs(type: try ValueType(argument), isMandatory: false) }
    if let argument = text.argument(of: "mandatoryBodyAs") {
      return .bodyAs(type: try ValueType(argument), isMandatory: true)
    }
    if let arguments = text.argument(of: "headerAs") { return try headerAs(arguments) }
    return elsewhere(text)
  }

  /// `header.NAME`, `header[NAME]`, `header['NAME']`, `header:NAME`.
  private static func name(_ text: String, after prefix: String) throws(ExpressionError) -> String? {
    guard let rest = text.after(prefix), let first = rest.first else { return nil }
    let name: Substring
    switch first {
    case ".", ":": name = rest.dropFirst()
    case "?" where rest.hasPrefix("?."): name = rest.dropFirst(2)
    case "[":
      guard rest.hasSuffix("]") else { return nil }
      name = Substring(String(rest.dropFirst().dropLast()).withoutQuotes())
    default: return nil
    }
    let offset = text.unicodeScalars.count - name.unicodeScalars.count
    guard !name.isEmpty else { throw ExpressionError(.malformed, offset: offset, detail: "a name is missing") }
    if let stray = name.unicodeScalars.firstIndex(where: { "'\"={}".unicodeScalars.contains($0) }) {
      let position = name.unicodeScalars.distance(from: name.startIndex, to: stray)
      throw ExpressionError(
        .malformed, offset: offset + position,
        detail: "'\(name.unicodeScalars[stray])' stands inside the braces, where only a name can stand")
    }
    return String(name)
  }

  private static func headerAs(_ arguments: String) throws(ExpressionError) -> SimpleFunction {
    guard let comma = arguments.lastIndex(of: ",") else {
      throw ExpressionError(.malformed, offset: 0, detail: "headerAs takes a name and a type")
    }
    let name = String(arguments[..<comma]).trimmingBlanks().withoutQuotes()
    return .headerAs(name: name, type: try ValueType(String(arguments[arguments.index(after: comma)...])))
  }

  /// Functions of Camel that exist and are not for us.
  private static func elsewhere(_ text: String) -> SimpleFunction? {
    for prefix in ["sysenv.", "sysenv:", "sys.", "sys:", "env.", "env:", "properties:", "secret:"]
    where text.hasPrefix(prefix) {
      return .refused(String(prefix.dropLast()))
    }
    let prefixes = [
      "out.", "exchange.", "camelContext.", "exception.", "bean:", "ref:", "type:", "random(", "skip(", "collate(",
      "variable.", "jsonpath(", "mandatoryBodyOneLine", "messageAs(", "iif(", "replace(", "join(", "hash(", "uuid",
    ]
    return prefixes.contains { text.hasPrefix($0) } ? .unsupported(text) : nil
  }
}

/// A type named in `bodyAs` and `headerAs`.
package enum ValueType: Sendable, Equatable {
  case text, integer, decimal, boolean

  init(_ name: String) throws(ExpressionError) {
    switch name.trimmingBlanks().withoutQuotes().after("java.lang.") ?? name.trimmingBlanks().withoutQuotes() {
    case "String": self = .text
    case "Integer", "int", "Long", "long", "Short", "Byte": self = .integer
    case "Double", "double", "Float", "float": self = .decimal
    case "Boolean", "boolean": self = .boolean
    default: throw ExpressionError(.malformed, offset: 0, detail: "the type '\(name)' is not known")
    }
  }

  func convert(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue {
    if value.isNull { return .null }
    let converted: ExpressionValue? =
      switch self {
      case .text: .text(value.text)
      case .integer: value.asInteger.map { .integer($0) }
      case .decimal: value.asDecimal.map { .decimal($0) }
      case .boolean:
        switch value.text.lowercased() {
        case "true": .boolean(true)
        case "false": .boolean(false)
        default: nil
        }
      }
    guard let converted else {
      throw ExpressionError(.cannotEvaluate, detail: "the value is not of the type that is asked for")
    }
    return converted
  }
}

extension String {
  func after(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }

  /// What stands between the parentheses of `name(…)`.
  func argument(of name: String) -> String? {
    guard hasSuffix(")"), let rest = after(name + "(") else { return nil }
    return String(rest.dropLast())
  }

  func trimmingBlanks() -> String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  func withoutQuotes() -> String {
    guard count >= 2, let first, first == "'" || first == "\"", last == first else { return self }
    return String(dropFirst().dropLast())
  }
}
