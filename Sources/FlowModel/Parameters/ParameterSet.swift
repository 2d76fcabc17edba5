import TenantBase
import XMLTree

/// Where a parameter's value comes from, the strongest first.
package enum ParameterOrigin: Sendable, Equatable {
  /// `--parameter N=V`.
  case commandLine
  /// `NAME.tenant.prop`.
  case overlay(SourcePlace)
  /// `parameters.prop`.
  case file(SourcePlace)

  package var description: String {
    switch self {
    case .commandLine: "--parameter"
    case .overlay(let place), .file(let place): place.description
    }
  }

  /// Whether the value is already escaped where it stands in a table's cell: SAP's editor writes it so.
  var isEscapedForTables: Bool { if case .file = self { true } else { false } }
}

package struct ParameterValue: Sendable, Equatable {
  package let value: String
  package let origin: ParameterOrigin

  package init(_ value: String, _ origin: ParameterOrigin) {
    self.value = value
    self.origin = origin
  }
}

/// The values of a flow's externalized parameters.
package struct ParameterSet: Sendable, Equatable {
  package private(set) var values: [String: ParameterValue]

  package static let empty = ParameterSet(values: [:])

  private init(values: [String: ParameterValue]) { self.values = values }

  /// - Parameters:
  ///   - file: `parameters.prop`.
  ///   - overlay: `NAME.tenant.prop`, stronger than the file.
  ///   - commandLine: stronger than both.
  package init(file: JavaProperties? = nil, overlay: FlowOverlay? = nil, commandLine: [String: String] = [:]) {
    values = [:]
    for entry in file?.entries ?? [] { values[entry.key] = ParameterValue(entry.value, .file(entry.place)) }
    for entry in overlay?.parameters ?? [] { values[entry.key] = ParameterValue(entry.value, .overlay(entry.place)) }
    for (name, value) in commandLine { values[name] = ParameterValue(value, .commandLine) }
  }

  package subscript(_ name: String) -> ParameterValue? { values[name] }
}

/// One `{{name}}` in a flow.
package struct ParameterUse: Sendable, Equatable {
  package let name: String
  /// The property in which it stands; empty in a condition.
  package let key: String
  /// Where it stands.
  package let place: SourcePlace
  package let owner: Finding.Subject
  /// nil when there is none.
  package let value: ParameterValue?
}

/// Fills `{{name}}` in, before anything else gives the text a meaning.
struct ParameterSubstitution {
  let parameters: ParameterSet

  /// - Returns: the filled text, and each name with its value. What has no value stays as it stands.
  func fill(_ text: String) -> (text: String, uses: [(name: String, value: ParameterValue?)]) {
    guard text.contains("{{") else { return (text, []) }
    let isTable = text.contains("<cell")
    var result = ""
    var uses: [(String, ParameterValue?)] = []
    var rest = Substring(text)
    while let open = rest.firstRange(of: "{{") {
      result += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "}}") else {
        result += "{{"
        continue
      }
      let name = String(rest[..<close.lowerBound])
      guard parameters[name] != nil || Self.isPlausible(name) else {
        result += "{{"
        continue
      }
      rest = rest[close.upperBound...]
      let value = parameters[name]
      uses.append((name, value))
      result += value.map { Self.inserted($0, inTable: isTable) } ?? "{{\(name)}}"
      // A value may be used many times over; beyond the limit the text is no longer what anyone meant.
      guard result.utf8.count <= FlowLimits.valueLength else { return (result, uses) }
    }
    return (result + rest, uses)
  }

  /// JSON and templates in a body hold double braces too. Real parameter names break SAP's rule for them, but none holds
  /// a quote, a brace, an angle bracket or a line end.
  private static func isPlausible(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 200 && !name.contains { "\"{}<>".contains($0) || $0.isNewline }
  }

  /// Whether the text can stand in a cell as it is: no `<`, and every `&` begins a reference.
  private static func isCellText(_ text: String) -> Bool {
    guard !text.contains("<") else { return false }
    for tail in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
      guard let end = tail.firstIndex(of: ";") else { return false }
      let name = tail[..<end]
      let isNumber = name.hasPrefix("#") && name.count > 1
      guard isNumber || ["lt", "gt", "amp", "quot", "apos"].contains(name) else { return false }
    }
    return true
  }

  private static func inserted(_ value: ParameterValue, inTable: Bool) -> String {
    guard inTable else { return value.value }
    // Lenient: SAP's editor escapes what stands in a cell, but published files hold `<OpenText Host>` too.
    if value.origin.isEscapedForTables, isCellText(value.value) { return value.value }
    // What cannot be written as XML is left to the table's reader, which says so.
    return (try? XMLEscaping.content(value.value)) ?? value.value
  }
}
