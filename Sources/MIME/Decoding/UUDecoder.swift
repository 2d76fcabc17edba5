import TenantBase

/// Uuencode from pieces of any size: the lines between `begin MODE NAME` and `end`; other lines are left out.
package struct UUDecoder: Sendable {
  private enum State: Sendable { case before, data, after }

  private var state = State.before
  private var line: [UInt8] = []
  /// The name on the `begin` line, not cleaned.
  package private(set) var fileName: [UInt8]?

  /// A data line has at most 61 bytes and a checksum; a longer one is no data line and is not gathered.
  private static let longestLine = 1_000

  package init() {}

  package mutating func decode(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
    for byte in bytes {
      if byte == ASCII.lf {
        endLine(into: &output)
      } else if line.count < Self.longestLine {
        line.append(byte)
      }
    }
  }

  package mutating func finish(into output: inout [UInt8]) {
    if !line.isEmpty { endLine(into: &output) }
  }

  private mutating func endLine(into output: inout [UInt8]) {
    defer { line.removeAll(keepingCapacity: true) }
    if line.last == ASCII.cr { line.removeLast() }
    switch state {
    case .before:
      if let name = Self.beginName(line[...]) {
        fileName = Array(name)
        state = .data
      }
    case .data:
      if line.elementsEqual("end".utf8) { state = .after } else { Self.decodeLine(line, into: &output) }
    case .after: break
    }
  }

  /// The name on a line `begin 644 name`; nil for any other line.
  static func beginName(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard line.starts(with: "begin ".utf8) else { return nil }
    let rest = line.dropFirst(6).drop { $0 == ASCII.space }
    let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x37 }
    guard (3...4).contains(digits.count), rest.dropFirst(digits.count).first == ASCII.space else { return nil }
    let name = rest.dropFirst(digits.count + 1)
    return name.isEmpty ? nil : name
  }

  /// A line is its count of bytes (32 to 77) and groups of four letters. Blanks cut off at its end count as blanks.
  private static func decodeLine(_ line: [UInt8], into output: inout [UInt8]) {
    guard let first = line.first, first >= 0x20, first <= 0x60 else { return }
    let count = Int((first &- 0x20) & 0x3F)
    func value(_ index: Int) -> UInt8 { index < line.count ? (line[index] &- 0x20) & 0x3F : 0 }
    var written = 0
    var index = 1
    while written < count {
      let letters = (value(index), value(index + 1), value(index + 2), value(index + 3))
      let group = [letters.0 << 2 | letters.1 >> 4, letters.1 << 4 | letters.2 >> 2, letters.2 << 6 | letters.3]
      output += group.prefix(count - written)
      written += 3
      index += 4
    }
  }
}
