import TenantBase
import XMLTree

/// `parameters.propdef`: what the externalized parameters are, for people. A flow runs without it.
package struct ParameterDefinitions: Sendable, Equatable {
  package struct Definition: Sendable, Equatable {
    package let name: String
    /// `xsd:string`, `xsd:boolean`, `xsd:integer`, `custom:schedule`; empty when not given.
    package let type: String
    package let isRequired: Bool
    package let description: String
    /// What the editor shows beside the field, such as `Address` or `Schedule`; empty when not given.
    package var label = ""
  }

  /// In the order of the file.
  package let definitions: [Definition]

  package static let none = ParameterDefinitions(definitions: [])

  package subscript(_ name: String) -> Definition? { definitions.first { $0.name == name } }
}

extension ParameterDefinitions {
  package init(_ bytes: [UInt8], file: String) throws(FlowModelError) {
    guard bytes.count <= FlowLimits.parameterFileLength else {
      throw FlowModelError(.limitExceeded, at: SourcePlace(file: file), "'\(file)' is too large")
    }
    let root: XMLElement
    do throws(XMLError) {
      root = try XMLTreeParser().parse(bytes, file: file)
    } catch { throw FlowModelError(error, file: file) }
    guard root.localName == "parameters" else {
      throw FlowModelError(.malformed, at: SourcePlace(file: file), "'\(file)' holds no parameter definitions")
    }
    var labels: [String: String] = [:]
    for reference in root.firstChild(named: "param_references")?.children(named: "reference") ?? [] {
      guard let name = reference.attribute("param_key"), labels[name] == nil else { continue }
      labels[name] = Self.label(reference)
    }
    definitions = root.children(named: "parameter").compactMap { element in
      func field(_ name: String) -> String { element.firstChild(named: name)?.text ?? "" }
      let key = field("key").isEmpty ? field("name") : field("key")
      guard !key.isEmpty else { return nil }
      return Definition(
        name: key, type: field("type"), isRequired: field("isRequired").lowercased() == "true",
        description: field("description"), label: labels[key] ?? "")
    }
  }

  /// The editor's own label, else the attribute that the reference names (`…/attrId::server`).
  private static func label(_ reference: XMLElement) -> String {
    if let label = reference.attribute("attribute_uilabel"), !label.isEmpty { return label }
    guard let id = reference.attribute("attribute_id"), let range = id.firstRange(of: "attrId::") else { return "" }
    return String(id[range.upperBound...])
  }
}
