extension XPathFunction {
  /// The functions of XPath 2.0 that need nothing but their arguments. Sequences are sets of nodes here.
  package static let standard: [XPathFunction] = texts + sequences + numbers + dates

  private static let texts: [XPathFunction] = [
    XPathFunction("lower-case", arguments: 1...1) { call in .string(call.text(0).lowercased()) },
    XPathFunction("upper-case", arguments: 1...1) { call in .string(call.text(0).uppercased()) },
    XPathFunction("ends-with", arguments: 2...2) { call in
      // By bytes: XPath compares characters, Swift's `hasSuffix` would compare what looks alike.
      let (text, end) = (Array(call.text(0).utf8), Array(call.text(1).utf8))
      return .boolean(text.count >= end.count && text.suffix(end.count).elementsEqual(end))
    },
    XPathFunction("string-join", arguments: 1...2) { call in
      guard case .nodes(let nodes)? = call.arguments.first else { return .string(call.text(0)) }
      return .string(nodes.map(\.stringValue).joined(separator: call.text(1)))
    },
    XPathFunction("compare", arguments: 2...2) { call in
      let (left, right) = (call.text(0).unicodeScalars, call.text(1).unicodeScalars)
      if left.elementsEqual(right) { return .number(0) }
      return .number(left.lexicographicallyPrecedes(right) ? -1 : 1)
    },
  ]

  private static let sequences: [XPathFunction] = [
    XPathFunction("exists", arguments: 1...1) { call in .boolean(!isEmpty(call.arguments.first)) },
    XPathFunction("empty", arguments: 1...1) { call in .boolean(isEmpty(call.arguments.first)) },
    XPathFunction("distinct-values", arguments: 1...1) { call in
      guard case .nodes(let nodes)? = call.arguments.first else { return call.arguments.first ?? .nodes([]) }
      var seen: Set<String> = []
      return .nodes(nodes.filter { seen.insert($0.stringValue).inserted })
    },
    XPathFunction("data", arguments: 1...1) { call in call.arguments.first ?? .nodes([]) },
  ]

  private static let numbers: [XPathFunction] = [
    XPathFunction("abs", arguments: 1...1) { call in .number((call.arguments.first?.numberValue ?? .nan).magnitude) },
    XPathFunction("min", arguments: 1...1) { call in .number(numbers(call).min() ?? .nan) },
    XPathFunction("max", arguments: 1...1) { call in .number(numbers(call).max() ?? .nan) },
    XPathFunction("avg", arguments: 1...1) { call in
      let all = numbers(call)
      return .number(all.isEmpty ? .nan : all.reduce(0, +) / Double(all.count))
    },
    XPathFunction("format-number", arguments: 2...2) { call throws(Failure) in
      let number = call.arguments.first?.numberValue ?? .nan
      return .string(try XPathNumberPicture(call.text(1)).text(number))
    },
  ]

  private static let dates: [XPathFunction] = [
    XPathFunction("current-dateTime", arguments: 0...0) { call throws(Failure) in .string(try now(call)) },
    XPathFunction("current-date", arguments: 0...0) { call throws(Failure) in
      // The zone stands at the end of an xs:date too.
      let text = try now(call)
      guard let middle = text.firstIndex(of: "T") else { return .string(text) }
      let zone = text[middle...].lastIndex { $0 == "Z" || $0 == "+" || $0 == "-" }
      return .string(String(text[..<middle]) + (zone.map { String(text[$0...]) } ?? ""))
    },
  ]

  private static func isEmpty(_ value: XPathValue?) -> Bool {
    if case .nodes(let nodes)? = value { nodes.isEmpty } else { value == nil }
  }

  private static func numbers(_ call: Call) -> [Double] {
    guard case .nodes(let nodes)? = call.arguments.first else { return call.arguments.map(\.numberValue) }
    let all = nodes.map { XPathValue.string($0.stringValue).numberValue }
    return all.contains { $0.isNaN } ? [.nan] : all
  }

  private static func now(_ call: Call) throws(Failure) -> String {
    guard let moment = call.currentDateTime else { throw Failure("there is no clock here") }
    return moment
  }
}
