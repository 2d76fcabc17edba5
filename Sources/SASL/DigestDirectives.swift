import TenantBase

/// A message of DIGEST-MD5: `name=value` pairs divided by commas, values as tokens or quoted strings (RFC 2831
/// section 7.2).
struct DigestDirectives {
  struct Directive {
    /// Lower case.
    let name: String
    /// Without quotes and backslashes.
    let value: [UInt8]
  }

  let all: [Directive]

  /// Blanks around commas and empty elements are allowed, as the list rule of RFC 2616 section 2.1 has it.
  /// - Returns: nil when the message is no such list, or a value has a control character.
  init?(_ message: [UInt8]) {
    var reader = DigestReader(message)
    var directives: [Directive] = []
    reader.skipBlanksAndCommas()
    while !reader.isAtEnd {
      guard let name = reader.readToken() else { return nil }
      reader.skipBlanks()
      guard reader.skip(UInt8(ascii: "=")) else { return nil }
      reader.skipBlanks()
      guard let value = reader.readValue(), value.allSatisfy({ $0 >= ASCII.space && $0 != 0x7F }) else { return nil }
      directives.append(Directive(name: name.utf8Text.lowercased(), value: value))
      reader.skipBlanks()
      guard reader.isAtEnd || reader.skip(UInt8(ascii: ",")) else { return nil }
      reader.skipBlanksAndCommas()
    }
    all = directives
  }

  func values(of name: String) -> [[UInt8]] { all.filter { $0.name == name }.map(\.value) }
}

/// Reads the tokens of a DIGEST-MD5 message, byte after byte.
private struct DigestReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }

  private var next: UInt8? { isAtEnd ? nil : bytes[position] }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  mutating func skipBlanks() {
    while next == ASCII.space || next == ASCII.htab { position += 1 }
  }

  mutating func skipBlanksAndCommas() {
    repeat { skipBlanks() } while skip(UInt8(ascii: ","))
  }

  /// At least one visible ASCII character that is no separator.
  mutating func readToken() -> [UInt8]? {
    let start = position
    while let byte = next, ASCII.isVisible(byte), !"()<>@,;:\\\"/[]?={}".utf8.contains(byte) { position += 1 }
    return position > start ? Array(bytes[start..<position]) : nil
  }

  /// A token or a quoted string, which may be empty.
  mutating func readValue() -> [UInt8]? {
    guard skip(UInt8(ascii: "\"")) else { return readToken() }
    var value: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return value
      case UInt8(ascii: "\\"):
        guard let escaped = next else { return nil }
        position += 1
        value.append(escaped)
      default: value.append(byte)
      }
    }
    return nil  // the closing quote is missing
  }
}
