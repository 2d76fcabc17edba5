import TenantBase

/// One `<ifl:property>`: a key and its value, with parameters filled in.
package struct FlowProperty: Sendable, Equatable {
  package let key: String
  /// After parameters and overlay.
  package let value: String
  /// As the file has it, `{{…}}` and all.
  package let source: String
  package let place: SourcePlace

  package init(key: String, value: String, source: String? = nil, place: SourcePlace) {
    self.key = key
    self.value = value
    self.source = source ?? value
    self.place = place
  }
}

/// The properties of a channel, a step, a process or the flow itself, in the order of the file.
///
/// Unknown keys are kept; an absent key takes the default of whoever asks.
package struct FlowProperties: Sendable {
  package let all: [FlowProperty]
  private let byKey: [String: Int]
  /// Where the owner stands.
  package let place: SourcePlace

  /// The last one wins where a key stands twice.
  package init(_ all: [FlowProperty], place: SourcePlace) {
    self.all = all
    self.place = place
    byKey = Dictionary(all.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { $1 })
  }

  package func property(_ key: String) -> FlowProperty? { byKey[key].map { all[$0] } }

  /// The value; nil when the key is absent. An empty value is empty text.
  package subscript(_ key: String) -> String? { property(key)?.value }

  /// The value, or the default when the key is absent or its value is empty.
  package func text(_ key: String, default fallback: String = "") -> String {
    guard let value = self[key], !value.isEmpty else { return fallback }
    return value
  }

  /// Steps write `true` and `false`, Mail channels `1` and `0`; nil for anything else, and when the key is absent.
  package func flag(_ key: String) -> Bool? {
    switch self[key]?.lowercased() {
    case "true", "1": true
    case "false", "0": false
    default: nil
    }
  }

  package func integer(_ key: String) -> Int? {
    self[key].flatMap { Int(String($0.filter { !$0.isWhitespace })) }
  }

  /// The value as a table; nil when it is absent or empty.
  package func table(_ key: String) throws(FlowModelError) -> FlowTable? {
    guard let property = property(key), !property.value.allSatisfy(\.isWhitespace) else { return nil }
    return try FlowTable(property.value, place: property.place)
  }

  /// Where the property stands, or its owner when it is absent.
  package func place(of key: String) -> SourcePlace { property(key)?.place ?? place }

  /// With these values laid over: existing ones replaced, others added.
  func overlaid(with others: [FlowProperty]) -> FlowProperties {
    guard !others.isEmpty else { return self }
    let replaced = Set(others.map(\.key))
    return FlowProperties(all.filter { !replaced.contains($0.key) } + others, place: place)
  }
}
