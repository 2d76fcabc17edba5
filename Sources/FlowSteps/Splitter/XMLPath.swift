import FlowEngine
import System
import TenantBase

/// What SAP allows as an XPath where messages are cut or put together: `/A/B/C`, `//D`, `//C/D`.
struct XMLPath: Sendable, Equatable {
  struct Step: Sendable, Equatable {
    /// `//` stands before it.
    var isDescendant: Bool
    /// The namespace of its prefix; nil for a name without one, which fits any namespace.
    var uri: String?
    var localName: String
  }

  let source: String
  let steps: [Step]

  /// Steps of one path.
  static let stepLimit = 60

  /// - Parameter namespaces: those of the flow; the expression may declare more: `/n:a/b xmlns:n="uri"`.
  init(_ text: String, namespaces: [(prefix: String, uri: String)]) throws(FlowFailure) {
    source = text
    var rest = Substring(text.trimmingWhitespace)
    var declared = namespaces
    if let mark = rest.firstRange(of: " xmlns:") {
      declared += try Self.declarations(rest[mark.lowerBound...], of: text)
      rest = rest[..<mark.lowerBound]
    }
    while rest.count > 1, rest.hasSuffix("/") { rest = rest.dropLast() }
    if !rest.hasPrefix("/") { rest = "/" + rest }
    var steps: [Step] = []
    while !rest.isEmpty {
      let isDescendant = rest.hasPrefix("//")
      rest = rest.dropFirst(isDescendant ? 2 : 1)
      let name = rest.prefix { $0 != "/" }
      rest = rest[name.endIndex...]
      steps.append(try Self.step(String(name).trimmingWhitespace, isDescendant, declared, of: text))
    }
    guard !steps.isEmpty, steps.count <= Self.stepLimit else { throw Self.unsupported(text, "it is too long") }
    self.steps = steps
  }

  private static func step(
    _ name: String, _ isDescendant: Bool, _ namespaces: [(prefix: String, uri: String)], of text: String
  ) throws(FlowFailure) -> Step {
    guard !name.isEmpty else { throw unsupported(text, "a name is missing") }
    if let sign = name.first(where: { "|+*<>=[]@()$'\" ,!".contains($0) }) {
      throw unsupported(text, "'\(sign)' is not allowed in it: only paths such as /A/B or //B are")
    }
    guard name != ".", name != ".." else { throw unsupported(text, "'\(name)' is not allowed in it") }
    let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let local = parts.last, !local.isEmpty else {
      throw unsupported(text, "'\(name)' is no name")
    }
    guard parts.count == 2 else { return Step(isDescendant: isDescendant, uri: nil, localName: local) }
    guard let uri = namespaces.last(where: { $0.prefix == parts[0] })?.uri else {
      throw unsupported(text, "no namespace is declared for the prefix '\(parts[0])'")
    }
    return Step(isDescendant: isDescendant, uri: uri, localName: local)
  }

  private static func declarations(
    _ text: Substring, of path: String
  ) throws(FlowFailure) -> [(prefix: String, uri: String)] {
    var result: [(prefix: String, uri: String)] = []
    for word in text.split(separator: " ") {
      let halves = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard halves.count == 2, halves[0].hasPrefix("xmlns:") else {
        throw unsupported(path, "'\(word)' declares no namespace")
      }
      let uri = halves[1].filter { $0 != "\"" && $0 != "'" }
      result.append((String(halves[0].dropFirst(6)), uri))
    }
    return result
  }

  private static func unsupported(_ text: String, _ cause: String) -> FlowFailure {
    FlowFailure(
      .invalidFlow, class: .configuration,
      Explanation(
        "the XPath '\(PrintableText.escaping(text, limit: 200))' cannot be used here",
        cause: PrintableText.escaping(cause)))
  }
}

/// Walks along a document's tags and says which elements a path names.
struct XMLPathMatcher {
  let path: XMLPath
  /// For each open element, which steps have been found so far: bit n when n steps were.
  private var states: [UInt64] = [1]
  private(set) var scope = XMLNamespaceScope()

  init(_ path: XMLPath) { self.path = path }

  /// - Returns: whether the path names this element.
  mutating func open(_ name: String, tag: [UInt8], isEmpty: Bool) -> Bool {
    scope.open(tag)
    let (uri, local) = scope.resolve(name)
    let before = states.last ?? 0
    var after: UInt64 = 0
    for (index, step) in path.steps.enumerated() where before & (1 << UInt64(index)) != 0 {
      if step.isDescendant { after |= 1 << UInt64(index) }
      if step.localName == local, step.uri == nil || step.uri == uri { after |= 1 << UInt64(index + 1) }
    }
    if isEmpty { scope.close() } else { states.append(after) }
    return after & (1 << UInt64(path.steps.count)) != 0
  }

  mutating func close() {
    if states.count > 1 { states.removeLast() }
    scope.close()
  }
}

/// The namespaces that are declared where a document is being read.
struct XMLNamespaceScope {
  private var bindings: [(prefix: String, uri: String)] = []
  private var counts: [Int] = []

  mutating func open(_ tag: [UInt8]) {
    let own = Self.declarations(in: tag)
    bindings += own
    counts.append(own.count)
  }

  mutating func close() { bindings.removeLast(counts.popLast() ?? 0) }

  func resolve(_ name: String) -> (uri: String?, localName: String) {
    guard let colon = name.firstIndex(of: ":") else { return (uri(of: ""), name) }
    return (uri(of: String(name[..<colon])), String(name[name.index(after: colon)...]))
  }

  private func uri(of prefix: String) -> String? {
    bindings.last { $0.prefix == prefix }.flatMap { $0.uri.isEmpty ? nil : $0.uri }
  }

  /// The nearest declaration of each prefix; URIs as written.
  var current: [String: String] { Self.nearest(bindings[...]) }

  /// Without those of the innermost element.
  var outer: [String: String] { Self.nearest(bindings.dropLast(counts.last ?? 0)) }

  private static func nearest(_ bindings: ArraySlice<(prefix: String, uri: String)>) -> [String: String] {
    Dictionary(bindings.map { ($0.prefix, $0.uri) }, uniquingKeysWith: { $1 })
  }

  /// The `xmlns` of a start tag.
  static func declarations(in tag: [UInt8]) -> [(prefix: String, uri: String)] {
    guard ByteSearch.firstIndex(of: Array("xmlns".utf8), in: tag) != nil else { return [] }
    var result: [(prefix: String, uri: String)] = []
    var index = tag.firstIndex { $0 <= 0x20 } ?? tag.count
    while index < tag.count {
      while index < tag.count, tag[index] <= 0x20 { index += 1 }
      let nameStart = index
      while index < tag.count, tag[index] > 0x20, tag[index] != UInt8(ascii: "=") { index += 1 }
      let name = String(decoding: tag[nameStart..<index], as: UTF8.self)
      while index < tag.count, tag[index] <= 0x20 || tag[index] == UInt8(ascii: "=") { index += 1 }
      guard index < tag.count, tag[index] == UInt8(ascii: "\"") || tag[index] == UInt8(ascii: "'") else { break }
      let quote = tag[index]
      let valueStart = index + 1
      index = valueStart
      while index < tag.count, tag[index] != quote { index += 1 }
      if name == "xmlns" || name.hasPrefix("xmlns:") {
        let uri = String(decoding: tag[valueStart..<index], as: UTF8.self)
        result.append((name == "xmlns" ? "" : String(name.dropFirst(6)), uri))
      }
      index += 1
    }
    return result
  }
}

extension String {
  var trimmingWhitespace: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
