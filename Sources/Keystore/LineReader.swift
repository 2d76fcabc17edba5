import Crypto
import System
import TenantBase

/// Reads one line of a keystore: JSON in the one spelling that the format allows.
///
/// Keys come in a fixed order and without blanks, so that an unknown, missing or repeated key is an error by itself. In
/// strings only `"`, `\` and control characters are escaped, and only as the writer does it.
struct LineReader {
  /// Where reading failed, as an offset into the file.
  struct Fault: Error { let offset: Int }

  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  /// - Parameter range: the line without its line end.
  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }
  /// The offset of the next byte.
  var offset: Int { position }

  /// Reads exactly `text`.
  mutating func expect(_ text: StaticString) throws(Fault) {
    guard skip(text) else { throw Fault(offset: position) }
  }

  /// Reads `text` if it comes next.
  mutating func skip(_ text: StaticString) -> Bool {
    let wanted = text.description.utf8
    guard wanted.count <= end - position else { return false }
    var index = position
    for byte in wanted {
      guard bytes[index] == byte else { return false }
      index += 1
    }
    position = index
    return true
  }

  mutating func expectEnd() throws(Fault) {
    guard isAtEnd else { throw Fault(offset: position) }
  }

  /// A string with its quotes; at most `limit` bytes of UTF-8.
  mutating func string(limit: Int) throws(Fault) -> String {
    try expect("\"")
    let start = position
    guard let close = ByteSearch.firstIndex(of: 0x22, in: bytes, from: position), close < end else {
      throw Fault(offset: start)
    }
    let plain = bytes[position..<close]
    if !plain.contains(0x5C) {
      position = close + 1
      return try text(of: Array(plain), limit: limit, start: start)
    }
    let content = try escapedString()
    return try text(of: content, limit: limit, start: start)
  }

  private func text(of content: [UInt8], limit: Int, start: Int) throws(Fault) -> String {
    guard content.count <= limit, let text = String(validating: content, as: UTF8.self) else {
      throw Fault(offset: start)
    }
    // A control character in the open is no JSON.
    guard LineWriter.isCanonical(bytes[start..<(position - 1)]) else { throw Fault(offset: start) }
    return text
  }

  /// The content up to and without the closing quote, which is read too.
  private mutating func escapedString() throws(Fault) -> [UInt8] {
    var content: [UInt8] = []
    while position < end {
      let byte = bytes[position]
      position += 1
      switch byte {
      case 0x22: return content
      case 0x5C: content.append(try escapedByte())
      default: content.append(byte)
      }
    }
    throw Fault(offset: position)
  }

  private mutating func escapedByte() throws(Fault) -> UInt8 {
    if skip("\"") { return 0x22 }
    if skip("\\") { return 0x5C }
    try expect("u00")
    guard end - position >= 2, let value = Hexadecimal.decode(Array(bytes[position..<(position + 2)])),
      let byte = value.first, byte < 0x20 || byte == 0x7F
    else { throw Fault(offset: position) }
    position += 2
    return byte
  }

  /// A whole number without sign or leading zero.
  mutating func number() throws(Fault) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    while position < end, ASCII.isDigit(bytes[position]) {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(UInt64(bytes[position] - 0x30))
      guard !tooLarge, !overflow else { throw Fault(offset: start) }
      value = sum
      position += 1
    }
    guard position > start, position == start + 1 || bytes[start] != 0x30 else { throw Fault(offset: start) }
    return value
  }

  /// Base64 in quotes; at most `limit` bytes decoded.
  mutating func base64(limit: Int) throws(Fault) -> [UInt8] {
    try expect("\"")
    let start = position
    guard let close = ByteSearch.firstIndex(of: 0x22, in: bytes, from: position), close < end,
      close - start <= Base64.encodedCount(of: limit),
      let value = Base64.decode(Array(bytes[start..<close])), value.count <= limit
    else { throw Fault(offset: start) }
    position = close + 1
    return value
  }

  /// Base64 of exactly `count` bytes.
  mutating func base64(count: Int) throws(Fault) -> [UInt8] {
    let start = position
    let value = try base64(limit: count)
    guard value.count == count else { throw Fault(offset: start) }
    return value
  }

  /// Lower-case hexadecimal digits in quotes, of exactly `count` bytes.
  mutating func hexadecimal(count: Int) throws(Fault) -> [UInt8] {
    let start = position
    let text = Array(try string(limit: count * 2).utf8)
    guard let value = Hexadecimal.decode(text), value.count == count, Hexadecimal.encode(value) == text else {
      throw Fault(offset: start)
    }
    return value
  }

  /// A moment as RFC 3339 in UTC.
  mutating func time() throws(Fault) -> WallTime {
    let start = position
    guard let time = WallTime(rfc3339: try string(limit: 20)) else { throw Fault(offset: start) }
    return time
  }
}
