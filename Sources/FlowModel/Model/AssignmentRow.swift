import TenantBase

/// A row of a Content Modifier: a header or property to create or to delete.
package struct AssignmentRow: Sendable, Equatable {
  package enum Action: Sendable, Equatable { case create, delete }

  package let action: Action
  package let name: String
  /// `constant`, `expression`, `xpath`, `header`, `property`, `global`, …, as written.
  package let type: String
  package let value: String
  /// For variables only; empty when there is none.
  package let defaultValue: String
  /// A Java type for XPath results; empty when there is none.
  package let dataType: String
  package let place: SourcePlace

  package enum Target: Sendable {
    case header, property

    var tableKey: String { self == .header ? "headerTable" : "propertyTable" }
    var numberedPrefixes: [String] { self == .header ? ["HEADER_", "header_"] : ["property_", "PROPERTY_"] }
  }
}

extension FlowProperties {
  /// The rows of a Content Modifier, from the table or from the old numbered keys (`HEADER_0`, `property_0`), in order.
  package func assignments(_ target: AssignmentRow.Target) throws(FlowModelError) -> [AssignmentRow] {
    var rows: [AssignmentRow] = []
    let place = place(of: target.tableKey)
    for row in try table(target.tableKey)?.rows ?? [] {
      let fields = Dictionary(row.cells.compactMap { cell in cell.name.map { ($0, cell.value) } }) { first, _ in first }
      rows.append(AssignmentRow(fields, place: place))
    }
    for prefix in target.numberedPrefixes {
      let numbered = all.compactMap { property -> (Int, FlowProperty)? in
        guard property.key.hasPrefix(prefix), let number = Int(property.key.dropFirst(prefix.count)) else { return nil }
        return (number, property)
      }
      for (_, property) in numbered.sorted(by: { $0.0 < $1.0 }) where !property.value.isEmpty {
        rows.append(AssignmentRow(NumberedForm.fields(property.value), place: property.place))
      }
    }
    return rows
  }
}

extension AssignmentRow {
  fileprivate init(_ fields: [String: String], place: SourcePlace) {
    action = fields["Action"]?.lowercased() == "delete" ? .delete : .create
    name = fields["Name"] ?? ""
    type = fields["Type"] ?? ""
    value = fields["Value"] ?? ""
    defaultValue = fields["Default"] ?? ""
    dataType = fields["Datatype"] ?? ""
    self.place = place
  }
}

/// The old form of a row: `Name:=:X:;Type:=:constant:;Datatype:=::;Value:=:Y`.
enum NumberedForm {
  static func fields(_ text: String) -> [String: String] {
    var result: [String: String] = [:]
    var lastKey: String?
    for pair in split(text, at: ":;") {
      let halves = split(pair, at: ":=:")
      if halves.count > 1, let key = halves.first {
        result[key] = halves.dropFirst().joined(separator: ":=:")
        lastKey = key
      } else if let lastKey {
        // A value that itself holds the separator.
        result[lastKey, default: ""] += ":;" + pair
      }
    }
    return result
  }

  private static func split(_ text: String, at separator: String) -> [String] {
    var parts: [String] = []
    var rest = Substring(text)
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
