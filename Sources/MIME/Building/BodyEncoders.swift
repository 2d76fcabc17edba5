import System
import TenantBase

/// Base64 in lines (RFC 2045 section 6.8), over chunks of any size. There is no line end after the last line.
package struct Base64LineEncoder {
  package static let standardLineLength = 76
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private let lineLength: Int
  private var column = 0
  /// Up to two bytes that do not make a group yet.
  private var rest: [UInt8] = []

  /// - Parameter lineLength: a multiple of 4, or `.max` for one line.
  package init(lineLength: Int = standardLineLength) { self.lineLength = lineLength }

  /// The size of the encoding of `count` bytes with its line ends; nil when it is beyond `Int`.
  static func encodedSize(of count: Int) -> Int? {
    let (padded, overflow) = (count / 3 + (count % 3 == 0 ? 0 : 1)).multipliedReportingOverflow(by: 4)
    if overflow { return nil }
    let lineEnds = padded == 0 ? 0 : (padded - 1) / standardLineLength
    let (size, isTooLarge) = padded.addingReportingOverflow(lineEnds * 2)
    return isTooLarge ? nil : size
  }

  package mutating func encode(_ chunk: [UInt8], into output: inout [UInt8]) {
    var index = 0
    while !rest.isEmpty, rest.count < 3, index < chunk.count {
      rest.append(chunk[index])
      index += 1
    }
    if rest.count == 3 {
      append(rest[0], rest[1], rest[2], to: &output)
      rest = []
    }
    let groups = (chunk.count - index) / 3
    if groups > 0 {
      output += encodeGroups(chunk.span, from: index, count: groups)
      index += groups * 3
    }
    rest += chunk[index...]
  }

  private mutating func encodeGroups(_ bytes: Span<UInt8>, from start: Int, count: Int) -> [UInt8] {
    var index = start
    var column = column
    let lineEnds = lineLength == .max ? 0 : count * 4 / lineLength + 1
    let encoded = [UInt8](capacity: count * 4 + lineEnds * 2) { output in
      let alphabet = Self.alphabet.span
      for _ in 0..<count {
        if column == lineLength {
          output.append(ASCII.cr)
          output.append(ASCII.lf)
          column = 0
        }
        let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
        output.append(alphabet[Int(group >> 18)])
        output.append(alphabet[Int(group >> 12 & 63)])
        output.append(alphabet[Int(group >> 6 & 63)])
        output.append(alphabet[Int(group & 63)])
        column += 4
        index += 3
      }
    }
    self.column = column
    return encoded
  }

  package mutating func finish(into output: inout [UInt8]) {
    guard let first = rest.first else { return }
    let second = rest.count > 1 ? rest[1] : 0
    let isPair = rest.count > 1
    append(first, second, 0, to: &output)
    output.removeLast(isPair ? 1 : 2)
    output += isPair ? [UInt8(ascii: "=")] : [UInt8(ascii: "="), UInt8(ascii: "=")]
    rest = []
  }

  private mutating func append(_ first: UInt8, _ second: UInt8, _ third: UInt8, to output: inout [UInt8]) {
    if column == lineLength {
      output.append(ASCII.cr)
      output.append(ASCII.lf)
      column = 0
    }
    let group = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    let alphabet = Self.alphabet
    output.append(alphabet[Int(group >> 18)])
    output.append(alphabet[Int(group >> 12 & 63)])
    output.append(alphabet[Int(group >> 6 & 63)])
    output.append(alphabet[Int(group & 63)])
    column += 4
  }
}

/// Quoted-printable (RFC 2045 section 6.7), over chunks of any size.
///
/// As text, CRLF is a line break and everything else that could change on the way is encoded; the input's line ends are
/// canonical. As binary data, CR and LF are encoded too. Every line has at most 76 characters.
struct QuotedPrintableEncoder {
  private static let lineLength = 76
  private static let hexDigits = Array("0123456789ABCDEF".utf8)

  private let isText: Bool
  private var column = 0
  /// A blank or CR that the next byte decides on.
  private var pending: UInt8?

  init(isText: Bool) { self.isText = isText }

  mutating func encode(_ chunk: [UInt8], into output: inout [UInt8]) {
    for byte in chunk { encode(byte, into: &output) }
  }

  /// - Parameter endsBody: the encoding ends the message, which ends in a line break that is not part of the content.
  mutating func finish(endsBody: Bool, into output: inout [UInt8]) {
    if let byte = pending { appendEncoded(byte, to: &output) }
    pending = nil
    if endsBody, column > 0 {
      output.append(UInt8(ascii: "="))  // a soft line break
      column = 0
    }
  }

  private mutating func encode(_ byte: UInt8, into output: inout [UInt8]) {
    if let held = pending {
      pending = nil
      if held == ASCII.cr, byte == ASCII.lf {
        output += [ASCII.cr, ASCII.lf]
        column = 0
        return
      }
      // A blank before a line end would be lost on the way.
      let isBeforeLineEnd = byte == ASCII.cr
      if held == ASCII.cr || isBeforeLineEnd { appendEncoded(held, to: &output) } else { append(held, to: &output) }
    }
    switch byte {
    case ASCII.cr where isText: pending = byte
    case ASCII.space, ASCII.htab: pending = byte
    case UInt8(ascii: "="): appendEncoded(byte, to: &output)
    case _ where ASCII.isVisible(byte): append(byte, to: &output)
    default: appendEncoded(byte, to: &output)
    }
  }

  private mutating func append(_ byte: UInt8, to output: inout [UInt8]) {
    breakLine(before: 1, in: &output)
    output.append(byte)
    column += 1
  }

  private mutating func appendEncoded(_ byte: UInt8, to output: inout [UInt8]) {
    breakLine(before: 3, in: &output)
    output += [UInt8(ascii: "="), Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
    column += 3
  }

  /// One column stays free for the `=` of a soft line break.
  private mutating func breakLine(before count: Int, in output: inout [UInt8]) {
    guard column + count > Self.lineLength - 1 else { return }
    output += [UInt8(ascii: "="), ASCII.cr, ASCII.lf]
    column = 0
  }
}

/// Turns every CR, LF and CRLF into CRLF, over chunks of any size.
struct LineEndCanonicalizer {
  /// The last byte was a CR, for which CRLF has been written.
  private var isAfterCR = false

  mutating func encode(_ chunk: [UInt8], into output: inout [UInt8]) {
    var index = 0
    var runStart = 0  // what is unchanged since then has not been written yet
    var nextCR = -1
    var nextLF = -1
    if isAfterCR, chunk.first == ASCII.lf {
      index = 1
      runStart = 1
    }
    if !chunk.isEmpty { isAfterCR = false }
    while index < chunk.count {
      if nextCR < index { nextCR = ByteSearch.firstIndex(of: ASCII.cr, in: chunk, from: index) ?? .max }
      if nextLF < index { nextLF = ByteSearch.firstIndex(of: ASCII.lf, in: chunk, from: index) ?? .max }
      let end = min(nextCR, nextLF)
      if end == .max { break }
      if end == nextCR, end + 1 == nextLF {
        index = end + 2
        continue
      }
      output += chunk[runStart..<end]
      output += [ASCII.cr, ASCII.lf]
      index = end + 1
      runStart = index
      if end == nextCR, index == chunk.count { isAfterCR = true }
    }
    output += chunk[runStart...]
  }
}
