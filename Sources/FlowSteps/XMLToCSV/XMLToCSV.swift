import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// The XML to CSV Converter: each element that an XPath finds becomes a line, its simple elements the values.
struct XMLToCSV: FlowStep {
  let records: FlowXPath
  let writer: CSVWriter
  let hasHeader: Bool
  /// Whose simple elements stand in a block of their own before the records; nil for none.
  let parent: FlowXPath?
  let includesAttributes: Bool

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let document = try exchange.body.xmlDocument()
    var output: [UInt8] = []
    if let parent {
      if let found = try parent.evaluate(on: document, for: exchange, in: run).nodes.first {
        output = try table(of: [row(of: found, takesContainers: true)])
        output.append(0x0A)
      }
    }
    let nodes = try records.evaluate(on: document, for: exchange, in: run).nodes
    var rows: [[Cell]] = []
    for node in nodes where node.kind == .element { rows.append(try row(of: node, takesContainers: false)) }
    output += try table(of: rows)
    exchange.body = MessageBody(bytes: output)
  }

  private struct Cell {
    let name: String
    let value: String
  }

  private func row(of record: XPathNode, takesContainers: Bool) throws(FlowFailure) -> [Cell] {
    var cells: [Cell] = []
    if includesAttributes {
      cells += record.attributes.map { Cell(name: $0.name?.localName ?? "", value: $0.stringValue) }
    }
    for child in record.children where child.kind == .element {
      if child.children.contains(where: { $0.kind == .element }) {
        if takesContainers { continue }
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation(
            "the element '\(PrintableText.escaping(child.name?.localName ?? "", limit: 100))' (line \(child.line)) holds "
              + "elements; only simple ones can be values of a CSV line"))
      }
      cells.append(Cell(name: child.name?.localName ?? "", value: child.stringValue))
    }
    return cells
  }

  /// Columns in the order in which their names are first met; the second element of one name is a column of its own.
  private func table(of rows: [[Cell]]) throws(FlowFailure) -> [UInt8] {
    struct Column: Hashable {
      let name: String
      let ordinal: Int
    }
    var columns: [Column] = []
    var positions: [Column: Int] = [:]
    var placed: [[Int: String]] = []
    for row in rows {
      var counts: [String: Int] = [:]
      var values: [Int: String] = [:]
      for cell in row {
        let column = Column(name: cell.name, ordinal: counts[cell.name, default: 0])
        counts[cell.name, default: 0] += 1
        if positions[column] == nil {
          guard columns.count < CSVReader.fieldCountLimit else {
            throw FlowFailure(
              .stepFailed, class: .permanent,
              Explanation("the records have more than \(CSVReader.fieldCountLimit) different elements"))
          }
          positions[column] = columns.count
          columns.append(column)
        }
        if let position = positions[column] { values[position] = cell.value }
      }
      placed.append(values)
    }
    guard !rows.isEmpty else { return [] }
    var output = hasHeader ? writer.line(columns.map(\.name)) : []
    for values in placed {
      output += writer.line(columns.indices.map { values[$0] ?? "" })
      // Many sparse rows times many columns is more than the body that made them.
      guard output.count <= MessageBody.wholeLimit else {
        throw FlowFailure(
          .stepFailed, class: .permanent, Explanation("the CSV has more than \(MessageBody.wholeLimit) bytes"))
      }
    }
    return output
  }
}

package struct XMLToCSVFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "XmlToCsvConverter") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let records = reading.xPath("XPath_Field_Location")
    let separator = CSVSeparator.read(&reading)
    let header = reading.choice(
      "CSV_Header", default: reading.flag("Include_Header") ? "xml" : "none", of: ["none", "xml"])
    var parent: FlowXPath?
    if reading.flag("Include_Master") { parent = reading.xPath("Master_XPath_Field_Location") }
    guard let records, let separator, let header, !reading.hasErrors else { return nil }
    return XMLToCSV(
      records: records, writer: CSVWriter(separator: separator), hasHeader: header == "xml", parent: parent,
      includesAttributes: reading.flag("Include_Attribute"))
  }
}
