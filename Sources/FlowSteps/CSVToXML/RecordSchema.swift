import TenantBase
import XMLTree

/// What an XML schema says about one record: where it stands and which simple elements it has, in their order.
struct RecordSchema: Sendable, Equatable {
  struct Element: Sendable, Equatable {
    let name: String
    let isQualified: Bool
  }

  /// From the root element to the record.
  let path: [Element]
  /// The fields of a record.
  let fields: [Element]
  /// Empty for none.
  let targetNamespace: String
}

/// Why a schema does not describe the record: one sentence without full stop.
struct SchemaFault: Error, Equatable {
  let detail: String
}

/// Reads as much of an XML schema as a record of simple elements needs: elements with inner or named types, references,
/// sequences, choices and groups of all, within each other. Imports and includes are not followed.
struct RecordSchemaReader {
  private static let namespace = "http://www.w3.org/2001/XMLSchema"
  private static let nesting = 32

  private let schema: XMLElement
  private let isQualifiedByDefault: Bool

  init(_ bytes: [UInt8], file: String) throws(SchemaFault) {
    do throws(XMLError) { schema = try XMLTreeParser().parse(bytes, file: file) } catch {
      throw SchemaFault(detail: error.description)
    }
    guard schema.localName == "schema", schema.namespaceURI == Self.namespace else {
      throw SchemaFault(detail: "'\(file)' is no XML schema")
    }
    isQualifiedByDefault = schema.attribute("elementFormDefault") == "qualified"
  }

  /// - Parameter path: `/root/row`, with or without slashes at its ends; prefixes are passed over.
  func record(at path: String) throws(SchemaFault) -> RecordSchema {
    let names = path.split(separator: "/").map { name in
      String(name.split(separator: ":").last ?? name).filter { !$0.isWhitespace }
    }
    guard let first = names.first else { throw SchemaFault(detail: "the path to the target element is empty") }
    guard var element = global("element", named: first) else {
      throw SchemaFault(detail: "the schema has no element '\(first)'")
    }
    var steps = [RecordSchema.Element(name: first, isQualified: true)]
    for name in names.dropFirst() {
      guard let child = try children(of: element).first(where: { $0.description.name == name }) else {
        throw SchemaFault(detail: "the schema's element '\(steps.last?.name ?? "")' holds no '\(name)'")
      }
      element = child.declaration
      steps.append(child.description)
    }
    let fields = try children(of: element)
    guard !fields.isEmpty else {
      throw SchemaFault(detail: "the schema's element '\(steps.last?.name ?? "")' holds no elements")
    }
    return RecordSchema(
      path: steps, fields: fields.map(\.description),
      targetNamespace: schema.attribute("targetNamespace") ?? "")
  }

  private typealias Child = (description: RecordSchema.Element, declaration: XMLElement)

  private func children(of element: XMLElement) throws(SchemaFault) -> [Child] {
    guard let type = complexType(of: element) else { return [] }
    return try particles(in: type, depth: 0)
  }

  private func complexType(of element: XMLElement) -> XMLElement? {
    if let inner = element.firstChild(named: "complexType") { return inner }
    return element.attribute("type").flatMap { global("complexType", named: Self.local($0)) }
  }

  private func particles(in container: XMLElement, depth: Int) throws(SchemaFault) -> [Child] {
    guard depth < Self.nesting else { throw SchemaFault(detail: "the schema's types are nested too deep") }
    var result: [Child] = []
    for child in container.children {
      switch child.localName {
      case "element":
        if let reference = child.attribute("ref") {
          let name = Self.local(reference)
          guard let target = global("element", named: name) else { continue }
          result.append((RecordSchema.Element(name: name, isQualified: true), target))
        } else if let name = child.attribute("name") {
          let isQualified = child.attribute("form").map { $0 == "qualified" } ?? isQualifiedByDefault
          result.append((RecordSchema.Element(name: name, isQualified: isQualified), child))
        }
      case "extension":
        if let base = child.attribute("base"), let type = global("complexType", named: Self.local(base)) {
          result += try particles(in: type, depth: depth + 1)
        }
        result += try particles(in: child, depth: depth + 1)
      case "sequence", "all", "choice", "complexContent": result += try particles(in: child, depth: depth + 1)
      case "group":
        guard let reference = child.attribute("ref"), let group = global("group", named: Self.local(reference)) else {
          continue
        }
        result += try particles(in: group, depth: depth + 1)
      default: break
      }
      guard result.count <= CSVReader.fieldCountLimit else {
        throw SchemaFault(detail: "the record has more than \(CSVReader.fieldCountLimit) elements")
      }
    }
    return result
  }

  private func global(_ kind: String, named name: String) -> XMLElement? {
    schema.children(named: kind).first { $0.attribute("name") == name }
  }

  private static func local(_ name: String) -> String { String(name.split(separator: ":").last ?? "") }
}
