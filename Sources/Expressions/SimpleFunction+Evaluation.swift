import TenantBase

extension SimpleFunction {
  func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> ExpressionValue {
    switch self {
    case .body: return try context.body()
    case .header(let name): return try Self.value(named: name) { context.header(named: $0) }
    case .property(let name):
      return try Self.value(named: name) { name throws(ExpressionError) in
        try context.property(named: name)
      }
    case .headers:
      return .text("{" + context.headers.map { "\($0.name)=\($0.value.text)" }.joined(separator: ", ") + "}")
    case .exceptionMessage: return context.exception.map { .text($0.message) } ?? .null
    case .exceptionStackTrace: return context.exception.map { .text($0.stackTrace) } ?? .null
    case .date(let function): return try function.evaluate(in: context)
    case .flowID: return .text(context.flowID)
    case .exchangeID: return .text(context.exchangeID)
    case .messageID: return .text(context.messageID)
    case .file(let part): return part.evaluate(context.header(named: "CamelFileName") ?? .null)
    case .bodyAs(let type, let isMandatory):
      let value = try context.body()
      guard !isMandatory || !value.isNull else {
        throw ExpressionError(.cannotEvaluate, detail: "there is no body")
      }
      return try type.convert(value)
    case .headerAs(let name, let type): return try type.convert(context.header(named: name) ?? .null)
    case .null: return .null
    case .xpath(let expression): return try context.xpath(expression)
    case .computed(let template):
      let text = try template.evaluate(in: context)
      // What comes out is read without functions inside it, so that a header cannot bring its own.
      guard !text.contains("${") else {
        throw ExpressionError(.cannotEvaluate, detail: "the computed function holds another one")
      }
      return try SimpleExpression(content: text, at: 0, depth: ExpressionLimits.depth).evaluate(in: context)
    case .unsupported(let name): throw ExpressionError(.unsupported, detail: "'\(name)' is not available")
    case .refused(let name): throw ExpressionError(.refused, detail: Self.refusal(name))
    }
  }

  /// The whole name first, since names may hold dots; else methods without parentheses on what the first part names, as
  /// Camel does it (`header.list.size`).
  private static func value(
    named name: String, _ lookUp: (String) throws(ExpressionError) -> ExpressionValue?
  ) throws(ExpressionError) -> ExpressionValue {
    if let value = try lookUp(name) { return value }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, var value = try lookUp(String(first)) else { return .null }
    for part in parts.dropFirst() {
      guard let method = JavaStringMethod(rawValue: String(part)) else { return .null }
      value = try method.apply(to: value, [])
    }
    return value
  }
}

extension SimpleFunction.FilePart {
  func evaluate(_ header: ExpressionValue) -> ExpressionValue {
    guard !header.isNull else { return .null }
    let name = header.text
    let slash = name.lastIndex { $0 == "/" || $0 == "\\" }
    let onlyName = slash.map { String(name[name.index(after: $0)...]) } ?? name
    switch self {
    case .name, .path: return .text(name)
    case .onlyName: return .text(onlyName)
    case .parent: return slash.map { .text(String(name[..<$0])) } ?? .null
    case .nameWithoutExtension: return .text(Self.withoutExtension(name, onlyName))
    case .onlyNameWithoutExtension: return .text(Self.withoutExtension(onlyName, onlyName))
    case .ext, .nameExtension:
      guard let dot = onlyName.firstIndex(of: ".") else { return .null }
      return .text(String(onlyName[onlyName.index(after: dot)...]))
    }
  }

  /// Camel cuts at the first dot of the file name, so that `a.tar.gz` becomes `a`.
  private static func withoutExtension(_ name: String, _ onlyName: String) -> String {
    guard let dot = onlyName.firstIndex(of: ".") else { return name }
    return String(name.dropLast(onlyName.distance(from: dot, to: onlyName.endIndex)))
  }
}
