import TenantBase

/// A Java properties file: `key=value` lines with escapes, comments and continued lines (`java.util.Properties.load`).
///
/// Read as UTF-8 (Java's own rule is ISO-8859-1 with `\uXXXX`; files with bytes that are not UTF-8 are read so).
package struct JavaProperties: Sendable {
  package struct Entry: Sendable, Equatable {
    package let key: String
    package let value: String
    package let place: SourcePlace
  }

  /// In the order of the file, repeated keys too.
  package let entries: [Entry]
  package let file: String

  /// - Throws: `FlowModelError` for a bad `\u` escape, or a file beyond ``FlowLimits``.
  package init(_ bytes: [UInt8], file: String) throws(FlowModelError) {
    guard bytes.count <= FlowLimits.parameterFileLength else {
      throw FlowModelError(.limitExceeded, at: SourcePlace(file: file), "'\(file)' is too large for a properties file")
    }
    self.file = file
    var reader = PropertiesReader(scalars: Self.scalars(bytes), file: file)
    entries = try reader.entries()
  }

  /// The value of a key; the last one wins, as in Java.
  package subscript(_ key: String) -> String? { entries.last { $0.key == key }?.value }

  private static func scalars(_ bytes: [UInt8]) -> [Unicode.Scalar] {
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    if let text = String(validating: body, as: UTF8.self) { return Array(text.unicodeScalars) }
    return body.map { Unicode.Scalar($0) }
  }
}

private struct PropertiesReader {
  let scalars: [Unicode.Scalar]
  let file: String
  var index = 0
  var line = 1

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  mutating func entries() throws(FlowModelError) -> [JavaProperties.Entry] {
    var result: [JavaProperties.Entry] = []
    while true {
      skipBlanks()
      guard let scalar = next else { return result }
      if scalar == "#" || scalar == "!" {
        while let scalar = next, !Self.isLineEnd(scalar) { index += 1 }
      } else if Self.isLineEnd(scalar) {
        skipLineEnd()
      } else {
        let start = line
        let key = try text { $0 == "=" || $0 == ":" || Self.isBlank($0) }
        skipBlanks()
        if next == "=" || next == ":" {
          index += 1
          skipBlanks()
        }
        let value = try text { _ in false }
        result.append(.init(key: key, value: value, place: SourcePlace(file: file, line: start)))
      }
    }
  }

  /// Up to an unescaped scalar for which `ends` holds, or the end of the logical line.
  private mutating func text(_ ends: (Unicode.Scalar) -> Bool) throws(FlowModelError) -> String {
    var units: [UInt16] = []
    while let scalar = next, !Self.isLineEnd(scalar), !ends(scalar) {
      index += 1
      guard scalar == "\\" else {
        units.append(contentsOf: String(scalar).utf16)
        continue
      }
      guard let escaped = next else { break }
      if Self.isLineEnd(escaped) {
        skipLineEnd()
        skipBlanks()
        continue
      }
      index += 1
      switch escaped {
      case "n": units.append(0x0A)
      case "r": units.append(0x0D)
      case "t": units.append(0x09)
      case "f": units.append(0x0C)
      case "u": units.append(try unit())
      default: units.append(contentsOf: String(escaped).utf16)
      }
    }
    return String(decoding: units, as: UTF16.self)
  }

  /// The four hexadecimal digits of `\uXXXX`: one UTF-16 unit, so that pairs of surrogates come together.
  private mutating func unit() throws(FlowModelError) -> UInt16 {
    var digits = ""
    for scalar in scalars[index...].prefix(4) { digits.unicodeScalars.append(scalar) }
    guard digits.utf8.count == 4, digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
      let unit = UInt16(digits, radix: 16)
    else {
      throw FlowModelError(
        .malformed, at: SourcePlace(file: file, line: line), "'\\u' in a properties file needs four hexadecimal digits")
    }
    index += 4
    return unit
  }

  private mutating func skipBlanks() {
    while let scalar = next, Self.isBlank(scalar) { index += 1 }
  }

  /// LF, CR or CRLF.
  private mutating func skipLineEnd() {
    let isReturn = next == "\r"
    index += 1
    if isReturn, next == "\n" { index += 1 }
    line += 1
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }
  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || scalar == "\u{0C}"
  }
}
