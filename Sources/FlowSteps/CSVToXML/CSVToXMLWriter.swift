import TenantBase
import XMLTree

/// Makes XML of CSV records as they come.
struct CSVToXMLWriter {
  private let step: CSVToXML
  private var isFirstRecord = true
  private var recordCount = 0
  /// For each field of the schema the position of its value; nil for none. Set by the names of the first line, or once.
  private var columns: [Int?]
  private var pending: [UInt8]

  init(_ step: CSVToXML) {
    self.step = step
    // A marker stands before the values.
    let shift = step.marker.isEmpty ? 0 : 1
    columns = step.schema.fields.indices.map { $0 + shift }
    pending = Array("<?xml version='1.0' encoding='UTF-8'?>".utf8)
    for (index, element) in step.schema.path.dropLast().enumerated() {
      pending += "<\(Self.name(element, step.schema))\(index == 0 ? Self.declaration(step.schema) : "")>".utf8
    }
  }

  mutating func write(_ records: [(line: Int, fields: [String])]) throws(CSVFault) -> [UInt8] {
    var output = pending
    pending = []
    for record in records {
      if isFirstRecord, step.skipsFirstLine {
        if step.matchesHeaders { try readHeader(record.fields, record.line) }
      } else if step.marker.isEmpty || record.fields.first == step.marker {
        try write(record.fields, record.line, into: &output)
      }
      isFirstRecord = false
    }
    return output
  }

  mutating func finish() throws(CSVFault) -> [UInt8] {
    guard step.schema.path.count > 1 || recordCount == 1 else {
      throw CSVFault(line: 1, detail: "there is no record, and the record is the root element")
    }
    var output: [UInt8] = []
    for element in step.schema.path.dropLast().reversed() {
      output += "</\(Self.name(element, step.schema))>".utf8
    }
    return output
  }

  private mutating func readHeader(_ names: [String], _ line: Int) throws(CSVFault) {
    var positions: [String: Int] = [:]
    for (position, name) in names.enumerated() {
      var plain = Substring(name)
      while plain.last?.isWhitespace == true { plain.removeLast() }
      plain = plain.drop { $0.isWhitespace }
      guard positions.updateValue(position, forKey: String(plain)) == nil else {
        throw CSVFault(
          line: line, detail: "the name '\(PrintableText.escaping(name, limit: 100))' stands twice in the first line")
      }
    }
    columns = step.schema.fields.map { positions[$0.name] }
    guard columns.contains(where: { $0 != nil }) else {
      throw CSVFault(line: line, detail: "no name of the first line is an element of the schema")
    }
  }

  private mutating func write(_ fields: [String], _ line: Int, into output: inout [UInt8]) throws(CSVFault) {
    recordCount += 1
    guard let record = step.schema.path.last, step.schema.path.count > 1 || recordCount == 1 else {
      throw CSVFault(line: line, detail: "there are several records, but the record is the root element")
    }
    let name = Self.name(record, step.schema)
    output += "<\(name)\(step.schema.path.count == 1 ? Self.declaration(step.schema) : "")>".utf8
    for (element, column) in zip(step.schema.fields, columns) {
      guard let column, fields.indices.contains(column) else { continue }
      let field = Self.name(element, step.schema)
      if fields[column].isEmpty {
        output += "<\(field)/>".utf8
      } else {
        do throws(XMLError) { output += "<\(field)>\(try XMLEscaping.content(fields[column]))</\(field)>".utf8 } catch {
          throw CSVFault(line: line, detail: "a value cannot be written as XML: \(error.detail)")
        }
      }
    }
    output += "</\(name)>".utf8
  }

  private static func name(_ element: RecordSchema.Element, _ schema: RecordSchema) -> String {
    schema.targetNamespace.isEmpty || !element.isQualified ? element.name : "ns:\(element.name)"
  }

  private static func declaration(_ schema: RecordSchema) -> String {
    guard !schema.targetNamespace.isEmpty else { return "" }
    return " xmlns:ns=\"\((try? XMLEscaping.attribute(schema.targetNamespace)) ?? "")\""
  }
}
