import TenantBase

/// A Java method called on a value: `.substring(0, 4)`, `[2]`.
package struct MethodCall: Sendable, Equatable {
  package enum Argument: Sendable, Equatable {
    case value(ExpressionValue)
    case template(ExpressionTemplate)
  }

  package let name: String
  package let arguments: [Argument]

  func apply(to value: ExpressionValue, in context: some ExpressionContext) throws(ExpressionError) -> ExpressionValue {
    guard let method = JavaStringMethod(rawValue: name) else {
      throw ExpressionError(.unsupported, detail: "the method '\(name)' is not available")
    }
    var values: [ExpressionValue] = []
    for argument in arguments {
      switch argument {
      case .value(let value): values.append(value)
      case .template(let template): values.append(try template.evaluateValue(in: context))
      }
    }
    return try method.apply(to: value, values)
  }
}

/// Splits `header.X.substring(0, 4).trim()` into `header.X` and its calls.
enum MethodCallParser {
  /// The functions whose parentheses are their own and no call of a method.
  private static let ownParentheses = ["bodyAs(", "mandatoryBodyAs(", "headerAs("]

  static func split(_ text: String, depth: Int) throws(ExpressionError) -> (head: String, calls: [MethodCall]) {
    // In dates, XPath and classes, dots and parentheses are part of the argument.
    let opaque = ["date:", "date-with-timezone:", "xpath.", "xpath:", "bean:", "ref:", "type:", "random(", "file:"]
    let trimmedStart = text.drop { $0.isWhitespace }
    if opaque.contains(where: { trimmedStart.hasPrefix($0) }) { return (text, []) }
    var cursor = Cursor(text)
    if ownParentheses.contains(where: { trimmedStart.hasPrefix($0) }) { try cursor.skipParentheses() }
    guard let headEnd = cursor.endOfHead() else { return (text, []) }
    let head = cursor.text(0..<headEnd)
    cursor.index = headEnd
    var calls: [MethodCall] = []
    while !cursor.isAtEnd { calls.append(try cursor.call(depth: depth)) }
    return (Self.withoutLength(head, &calls), calls)
  }

  /// `body.length` is a call without parentheses, and so is anything else behind `body.`.
  private static func withoutLength(_ head: String, _ calls: inout [MethodCall]) -> String {
    for body in ["in.body", "body"] {
      guard let names = head.after(body + ".") ?? head.after(body + "?.") else { continue }
      calls.insert(
        contentsOf: names.split(separator: ".").map { MethodCall(name: String($0), arguments: []) }, at: 0)
      return body
    }
    return head
  }

  private struct Cursor {
    private let scalars: [Unicode.Scalar]
    var index = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var isAtEnd: Bool { index >= scalars.count }

    func text(_ range: Range<Int>) -> String {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[range])
      return String(view)
    }

    mutating func skipParentheses() throws(ExpressionError) {
      guard let close = scalars.firstIndex(of: ")") else {
        throw ExpressionError(.malformed, offset: scalars.count, detail: "')' is missing")
      }
      index = close + 1
    }

    /// Where the first `.method(` begins, or the end when there is none but the head is not the whole text.
    func endOfHead() -> Int? {
      guard let open = scalars[index...].firstIndex(of: "(") else {
        guard index == 0 else { return index }
        return isBody && scalars.contains(".") ? scalars.count : nil
      }
      guard let dot = scalars[index..<open].lastIndex(of: ".") else { return nil }
      return dot > 0 && scalars[dot - 1] == "?" ? dot - 1 : dot
    }

    private var isBody: Bool {
      text(0..<scalars.count).hasPrefix("body.") || text(0..<scalars.count).hasPrefix("in.body.")
    }

    mutating func call(depth: Int) throws(ExpressionError) -> MethodCall {
      if scalars[index] == "[" { return try elementAccess() }
      if scalars[index] == "?" { index += 1 }
      guard index < scalars.count, scalars[index] == "." else {
        throw ExpressionError(.malformed, offset: index, detail: "a method must begin with '.'")
      }
      index += 1
      let start = index
      while index < scalars.count, scalars[index].properties.isAlphabetic || scalars[index] == "_" { index += 1 }
      let name = text(start..<index)
      guard !name.isEmpty else {
        throw ExpressionError(.malformed, offset: start, detail: "a method's name is missing")
      }
      guard index < scalars.count, scalars[index] == "(" else { return MethodCall(name: name, arguments: []) }
      index += 1
      return MethodCall(name: name, arguments: try arguments(depth: depth))
    }

    /// `[3]` on a list.
    private mutating func elementAccess() throws(ExpressionError) -> MethodCall {
      let start = index
      guard let close = scalars[index...].firstIndex(of: "]"),
        let number = Int64(text(start + 1..<close).trimmingBlanks())
      else { throw ExpressionError(.malformed, offset: start, detail: "a number and ']' must follow '['") }
      index = close + 1
      return MethodCall(name: "get", arguments: [.value(.integer(number))])
    }

    private mutating func arguments(depth: Int) throws(ExpressionError) -> [MethodCall.Argument] {
      var result: [MethodCall.Argument] = []
      var start = index
      var quote: Unicode.Scalar?
      var braces = 0
      while index < scalars.count {
        let scalar = scalars[index]
        if let open = quote {
          if scalar == open { quote = nil }
        } else if scalar == "'" || scalar == "\"" {
          quote = scalar
        } else if scalar == "{" {
          braces += 1
        } else if scalar == "}" {
          braces -= 1
        } else if braces == 0, scalar == "," || scalar == ")" {
          let isOnly = scalar == ")" && result.isEmpty
          if let argument = try argument(start..<index, mayBeEmpty: isOnly, depth: depth) { result.append(argument) }
          index += 1
          if scalar == ")" { return result }
          start = index
          continue
        }
        index += 1
      }
      throw ExpressionError(.malformed, offset: start, detail: "')' is missing")
    }

    private func argument(
      _ range: Range<Int>, mayBeEmpty: Bool, depth: Int
    ) throws(ExpressionError) -> MethodCall.Argument? {
      let text = text(range).trimmingBlanks()
      if text.isEmpty {
        guard mayBeEmpty else {
          throw ExpressionError(.malformed, offset: range.lowerBound, detail: "an argument is missing")
        }
        return nil
      }
      let unquoted = text.withoutQuotes()
      if text.contains("${") {
        var parser = TemplateParser(unquoted)
        return .template(ExpressionTemplate(source: unquoted, segments: try parser.parse(depth: depth + 1)))
      }
      if unquoted != text { return .value(.text(unquoted.replacing("\\\\", with: "\\"))) }
      switch text {
      case "null": return .value(.null)
      case "true", "false": return .value(.boolean(text == "true"))
      default: break
      }
      if let number = Int64(text) { return .value(.integer(number)) }
      // Lenient: Camel wants quotes around text; without them it is text all the same.
      return .value(.text(text))
    }
  }
}
