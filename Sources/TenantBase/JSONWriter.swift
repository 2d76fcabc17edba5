/// Writes JSON values as UTF-8 text: RFC 8259, control characters escaped.
package struct JSONWriter {
  package enum Layout: Sendable {
    /// On one line, without blanks.
    case compact
    /// A member or element a line, indented by two blanks.
    case pretty
  }

  private let layout: Layout
  private var output: [UInt8] = []

  private init(_ layout: Layout) { self.layout = layout }

  /// The text of `value`, without a line end behind it.
  package static func bytes(_ value: JSONValue, _ layout: Layout = .pretty) -> [UInt8] {
    var writer = JSONWriter(layout)
    writer.write(value, depth: 0)
    return writer.output
  }

  private mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .number(let value): append(String(value))
    case .string(let text): writeString(text)
    case .array(let elements):
      writeList(elements, open: 0x5B, close: 0x5D, depth: depth) { writer, element in
        writer.write(element, depth: depth + 1)
      }
    case .object(let members):
      writeList(members, open: 0x7B, close: 0x7D, depth: depth) { writer, member in
        writer.writeString(member.name)
        writer.append(writer.layout == .pretty ? ": " : ":")
        writer.write(member.value, depth: depth + 1)
      }
    }
  }

  private mutating func writeList<Element>(
    _ elements: [Element], open: UInt8, close: UInt8, depth: Int, _ write: (inout JSONWriter, Element) -> Void
  ) {
    output.append(open)
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(0x2C) }
      breakLine(depth + 1)
      write(&self, element)
    }
    if !elements.isEmpty { breakLine(depth) }
    output.append(close)
  }

  private mutating func breakLine(_ depth: Int) {
    guard layout == .pretty else { return }
    output.append(ASCII.lf)
    output.append(contentsOf: repeatElement(ASCII.space, count: depth * 2))
  }

  private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

  private mutating func writeString(_ text: String) {
    output.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22: append("\\\"")
      case 0x5C: append("\\\\")
      case ASCII.lf: append("\\n")
      case ASCII.cr: append("\\r")
      case ASCII.htab: append("\\t")
      case 0..<0x20, 0x7F:
        append("\\u00")
        output.append(Self.hexadecimal(byte >> 4))
        output.append(Self.hexadecimal(byte & 0xF))
      default: output.append(byte)
      }
    }
    output.append(0x22)
  }

  private static func hexadecimal(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

extension JSONValue {
  /// This value as JSON text, without a line end behind it.
  package func text(_ layout: JSONWriter.Layout = .pretty) -> String {
    String(decoding: JSONWriter.bytes(self, layout), as: UTF8.self)
  }
}
