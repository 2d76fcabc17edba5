import FlowModel
import TenantBase

/// Why a text is no CSV.
struct CSVFault: Error, Equatable {
  /// From 1.
  let line: Int
  /// One sentence without full stop.
  let detail: String
}

/// Reads CSV (RFC 4180) from pieces of any size.
///
/// Lines end in CRLF, LF or CR. A field in quotes may hold separators, line ends and doubled quotes; a quote inside of a
/// field that does not begin with one is a character like any other. Lines without a character are passed over.
struct CSVReader {
  static let fieldLimit = 1 << 20
  static let fieldCountLimit = 10_000

  private enum State {
    case fieldStart, unquoted, quoted
    /// After a quote in a quoted field: a second one, or the end.
    case quoteSeen
  }

  private let separator: [UInt8]
  private var state = State.fieldStart
  private var field: [UInt8] = []
  private var fields: [String] = []
  private var line = 1
  private var recordLine = 1
  private var lastWasCR = false
  /// The first bytes, until it is known whether they are a byte order mark; nil afterwards.
  private var head: [UInt8]? = []

  /// - Parameter separator: one character.
  init(separator: String) { self.separator = Array(separator.utf8) }

  /// - Returns: the records that are complete, each with its line.
  mutating func consume(_ piece: [UInt8]) throws(CSVFault) -> [(line: Int, fields: [String])] {
    guard let begun = head else { return try read(piece) }
    let start = begun + piece
    guard start.count >= 3 else {
      head = start
      return []
    }
    head = nil
    return try read(start.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(start.dropFirst(3)) : start)
  }

  private mutating func read(_ piece: [UInt8]) throws(CSVFault) -> [(line: Int, fields: [String])] {
    var records: [(line: Int, fields: [String])] = []
    for byte in piece {
      if lastWasCR, byte == 0x0A, state != .quoted {
        lastWasCR = false
        continue
      }
      lastWasCR = byte == 0x0D && state != .quoted
      try take(byte, into: &records)
    }
    return records
  }

  /// The record without a line end at the end, when there is one.
  mutating func finish() throws(CSVFault) -> [(line: Int, fields: [String])] {
    var records = try read(head ?? [])
    head = nil
    guard state != .quoted else { throw CSVFault(line: recordLine, detail: "a field in quotes has no end") }
    try endRecord(into: &records)
    return records
  }

  private mutating func take(_ byte: UInt8, into records: inout [(line: Int, fields: [String])]) throws(CSVFault) {
    if state == .quoted {
      if byte == 0x0A { line += 1 }
      if byte == 0x22 { state = .quoteSeen } else { try append(byte) }
      return
    }
    if state == .quoteSeen, byte == 0x22 {
      state = .quoted
      try append(byte)
      return
    }
    if byte == 0x0A || byte == 0x0D {
      line += 1
      try endRecord(into: &records)
      return
    }
    if state == .fieldStart, byte == 0x22 {
      state = .quoted
      return
    }
    try append(byte)
    if state == .fieldStart { state = .unquoted }
    try findSeparator(byte)
  }

  /// The field ends when its last bytes are the separator.
  private mutating func findSeparator(_ byte: UInt8) throws(CSVFault) {
    guard let last = separator.last, byte == last, field.count >= separator.count,
      field.suffix(separator.count).elementsEqual(separator)
    else { return }
    field.removeLast(separator.count)
    try endField()
  }

  private mutating func append(_ byte: UInt8) throws(CSVFault) {
    guard field.count < Self.fieldLimit else {
      throw CSVFault(line: recordLine, detail: "a field has more than \(Self.fieldLimit) bytes")
    }
    field.append(byte)
  }

  private mutating func endField() throws(CSVFault) {
    guard let text = String(validating: field, as: UTF8.self) else {
      throw CSVFault(line: recordLine, detail: "a field is not UTF-8")
    }
    guard fields.count < Self.fieldCountLimit else {
      throw CSVFault(line: recordLine, detail: "there are more than \(Self.fieldCountLimit) fields")
    }
    fields.append(text)
    field = []
    state = .fieldStart
  }

  private mutating func endRecord(into records: inout [(line: Int, fields: [String])]) throws(CSVFault) {
    let isEmptyLine = fields.isEmpty && field.isEmpty && state == .fieldStart
    if !isEmptyLine {
      try endField()
      records.append((recordLine, fields))
      fields = []
    }
    recordLine = line
  }
}

/// Writes fields as CSV: in quotes where the separator, a quote or a line end stands in it.
struct CSVWriter {
  let separator: String

  func line(_ fields: [String]) -> [UInt8] {
    Array((fields.map { quoted($0) }.joined(separator: separator) + "\n").utf8)
  }

  private func quoted(_ field: String) -> String {
    // By scalars: CR LF is one character of Swift.
    guard field.contains(separator) || field.unicodeScalars.contains(where: { "\"\r\n".unicodeScalars.contains($0) })
    else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}

enum CSVSeparator {
  /// - Returns: nil after an error was reported.
  static func read(_ reading: inout StepReading) -> String? {
    let key = "Field_Separator_in_CSV"
    let value = reading.properties.text(key, default: ",")
    let separator =
      switch value.lowercased() {
      case "\\t", "tab": "\t"
      case "\\s", "space": " "
      default: value
      }
    guard separator.unicodeScalars.count == 1, let scalar = separator.unicodeScalars.first,
      !"\"\r\n\0".unicodeScalars.contains(scalar)
    else {
      reading.report(.error, "step-option-unsupported", at: key, "the field separator '\(value)' is not one character")
      return nil
    }
    return separator
  }
}
