import Expressions
import FlowEngine
import TenantBase
import XMLTree

/// A Java type as steps name it for their values: `java.lang.String`, `Integer`, `org.w3c.dom.NodeList`, `byte[]`.
enum JavaDataType: Sendable, Equatable {
  /// Nothing is said.
  case none
  case text
  case integer
  case decimal
  case boolean
  /// The markup of all nodes.
  case nodes
  /// Named, and not known here: the value stays text.
  case other(String)

  init(_ name: String) {
    let short = name.lowercased().filter { !$0.isWhitespace }.split(separator: ".").last.map(String.init) ?? ""
    switch short {
    case "": self = .none
    case "string", "byte[]", "object", "char[]", "inputstream": self = .text
    case "integer", "int", "long", "short", "byte", "biginteger": self = .integer
    case "double", "float", "bigdecimal", "number": self = .decimal
    case "boolean": self = .boolean
    case "nodelist", "node", "document", "element": self = .nodes
    default: self = .other(name)
    }
  }

  /// - Throws: text for a message: why the value is not of this type.
  func convert(_ value: ExpressionValue) throws(Mismatch) -> ExpressionValue {
    switch (self, value) {
    case (.none, _), (.other, _), (.nodes, _), (_, .null): return value
    case (.text, _): return .text(value.text)
    case (.integer, .decimal(let number)): return try Self.integer(number)
    case (.integer, _):
      guard let number = Int64(Self.trimmed(value)) else { throw Mismatch(type: "a whole number") }
      return .integer(number)
    case (.decimal, _):
      guard let number = Self.decimal(Self.trimmed(value)) else { throw Mismatch(type: "a number") }
      return .decimal(number)
    case (.boolean, _):
      switch Self.trimmed(value).lowercased() {
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: throw Mismatch(type: "true or false")
      }
    }
  }

  /// What an XPath expression gave, as this type: nodes without a type stand for their markup.
  func convert(_ value: XPathValue) throws(Mismatch) -> ExpressionValue {
    switch (self, value) {
    case (.none, .nodes(let nodes)), (.nodes, .nodes(let nodes)):
      return .text(nodes.map { $0.kind == .element ? $0.serializedText : $0.stringValue }.joined())
    case (.none, .number(let number)), (.integer, .number(let number)):
      if let whole = Int64(exactly: number) { return .integer(whole) }
      return self == .integer ? try Self.integer(number) : .decimal(number)
    case (.none, .boolean(let flag)): return .boolean(flag)
    case (.boolean, _): return .boolean(value.booleanValue)
    default: return try convert(.text(value.stringValue))
    }
  }

  struct Mismatch: Error {
    let type: String
  }

  private static func integer(_ number: Double) throws(Mismatch) -> ExpressionValue {
    guard let whole = Int64(exactly: number.rounded(.towardZero)) else { throw Mismatch(type: "a whole number") }
    return .integer(whole)
  }

  private static func decimal(_ text: String) -> Double? {
    text.utf8.allSatisfy { ASCII.isDigit($0) || "+-.eE".utf8.contains($0) } ? Double(text) : nil
  }

  private static func trimmed(_ value: ExpressionValue) -> String { value.text.filter { !$0.isWhitespace } }
}
