import CLibXML2

/// What an XPath expression comes to (XPath 1.0, section 1), with its conversions (section 4).
package enum XPathValue: Sendable {
  case boolean(Bool)
  case number(Double)
  case string(String)
  /// In document order, each once.
  case nodes([XPathNode])

  /// The string of the first node; numbers without exponent.
  package var stringValue: String {
    switch self {
    case .boolean(let flag): flag ? "true" : "false"
    case .number(let number): XPathNumber.text(number)
    case .string(let text): text
    case .nodes(let nodes): nodes.first?.stringValue ?? ""
    }
  }

  /// Whether there is a node, a character, a number other than zero.
  package var booleanValue: Bool {
    switch self {
    case .boolean(let flag): flag
    case .number(let number): !number.isNaN && number != 0
    case .string(let text): !text.isEmpty
    case .nodes(let nodes): !nodes.isEmpty
    }
  }

  /// NaN for what is no number.
  package var numberValue: Double {
    switch self {
    case .boolean(let flag): flag ? 1 : 0
    case .number(let number): number
    case .string(let text): xmlXPathCastStringToNumber(text)
    case .nodes: xmlXPathCastStringToNumber(stringValue)
    }
  }

  /// Empty for what is no set of nodes.
  package var nodes: [XPathNode] {
    if case .nodes(let nodes) = self { nodes } else { [] }
  }
}

enum XPathNumber {
  /// As XPath 1.0 section 4.2 writes numbers: no exponent, no `.0`, as many digits as tell it from other numbers.
  static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    if number == 0 { return "0" }
    let sign = number < 0 ? "-" : ""
    let written = "\(number.magnitude)"
    let halves = written.split(separator: "e", maxSplits: 1)
    let mantissa = halves.first.map { String($0) } ?? "0"
    let exponent = halves.count > 1 ? Int(halves[1]) ?? 0 : 0
    let parts = mantissa.split(separator: ".", maxSplits: 1)
    let whole = parts.first.map { String($0) } ?? ""
    let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
    return sign + placed(digits: whole + fraction, point: whole.count + exponent)
  }

  /// - Parameter point: how many digits stand before the decimal point; may be negative or beyond the end.
  private static func placed(digits: String, point: Int) -> String {
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count { return digits + String(repeating: "0", count: point - digits.count) }
    return String(digits.prefix(point)) + "." + String(digits.dropFirst(point))
  }
}
