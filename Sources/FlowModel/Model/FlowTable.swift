import TenantBase
import XMLTree

/// A property's value that is a table: `<row><cell id='Action'>Create</cell>…</row>`, with or without ids.
package struct FlowTable: Sendable, Equatable {
  package struct Cell: Sendable, Equatable {
    /// nil in positional tables.
    package let name: String?
    package let value: String
  }

  package struct Row: Sendable, Equatable {
    package let cells: [Cell]

    /// The value of the cell with this id; nil when there is none.
    package subscript(_ name: String) -> String? { cells.first { $0.name == name }?.value }

    /// The value at this position from 0; nil when the row is shorter.
    package subscript(_ index: Int) -> String? { cells.indices.contains(index) ? cells[index].value : nil }
  }

  package let rows: [Row]

  /// - Parameter value: the property's value, XML-decoded once: an XML fragment of rows.
  package init(_ value: String, place: SourcePlace) throws(FlowModelError) {
    let root: XMLElement
    do throws(XMLError) {
      root = try XMLTreeParser().parseFragment(value)
    } catch {
      throw FlowModelError(.malformed, at: place, "the table cannot be read", cause: error.detail)
    }
    let found = root.children(named: "row")
    guard found.count <= FlowLimits.tableRows else {
      throw FlowModelError(.limitExceeded, at: place, "the table has more than \(FlowLimits.tableRows) rows")
    }
    guard !found.isEmpty || root.text.allSatisfy(\.isWhitespace) else {
      throw FlowModelError(.malformed, at: place, "the value is not a table of rows")
    }
    rows = found.map { row in
      Row(cells: row.children(named: "cell").map { Cell(name: $0.attribute("id"), value: $0.allText) })
    }
  }

  /// A table of two columns as names and values; the first one wins.
  package var pairs: [String: String] {
    Dictionary(rows.compactMap { row in row[0].map { ($0, row[1] ?? "") } }, uniquingKeysWith: { first, _ in first })
  }
}
