import Expressions

/// The headers of an exchange: names are compared without regard to case, the order of first insertion is kept.
package struct HeaderMap: Sendable, Equatable {
  private var entries: [(name: String, value: ExpressionValue)] = []
  private var positions: [String: Int] = [:]

  package init() {}

  package var names: [String] { entries.map(\.name) }

  package var isEmpty: Bool { entries.isEmpty }

  /// Reading gives nil for an absent header; assigning nil removes it; a header set again keeps its place and first spelling.
  package subscript(name: String) -> ExpressionValue? {
    get { positions[name.lowercased()].map { entries[$0].value } }
    set {
      let key = name.lowercased()
      switch (positions[key], newValue) {
      case (let position?, let value?): entries[position].value = value
      case (let position?, nil):
        entries.remove(at: position)
        positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name.lowercased(), $0) })
      case (nil, let value?):
        positions[key] = entries.count
        entries.append((name, value))
      case (nil, nil): break
      }
    }
  }

  package static func == (left: HeaderMap, right: HeaderMap) -> Bool {
    left.entries.elementsEqual(right.entries) { $0.name == $1.name && $0.value == $1.value }
  }
}
