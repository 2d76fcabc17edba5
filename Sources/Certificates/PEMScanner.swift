import TenantBase

/// One `-----BEGIN X-----` block of a PEM text.
struct PEMBlock: Equatable {
  /// `CERTIFICATE`, `RSA PRIVATE KEY`.
  let label: String
  /// Of the BEGIN line, from 1.
  let line: Int
  /// The decoded base64; empty for blocks whose content is not read (keys).
  let bytes: [UInt8]
}

/// Finds the PEM blocks of a text that may hold anything around them (RFC 7468, read leniently: any line length, blanks
/// at line ends, CRLF or LF).
///
/// A block's label decides whether its content is decoded: a private key is never copied.
enum PEMScanner {
  struct Fault: Error, Equatable {
    let line: Int
    let reason: String
  }

  private static let begin = Array("-----BEGIN ".utf8)
  private static let end = Array("-----END ".utf8)
  private static let dashes = Array("-----".utf8)

  static func containsArmour(_ bytes: [UInt8]) -> Bool {
    lines(bytes).contains { $0.starts(with: begin) }
  }

  static func blocks(_ bytes: [UInt8]) throws(Fault) -> [PEMBlock] {
    var result: [PEMBlock] = []
    var open: (label: String, line: Int, text: [UInt8])?
    for (index, line) in lines(bytes).enumerated() {
      let number = index + 1
      if let label = label(of: line, after: begin) {
        if let open { throw Fault(line: number, reason: "'\(open.label)' from line \(open.line) has no END line") }
        open = (label, number, [])
      } else if let label = label(of: line, after: end) {
        guard let block = open else { throw Fault(line: number, reason: "END without BEGIN") }
        guard block.label == label else {
          throw Fault(line: number, reason: "END of '\(label)' where '\(block.label)' began")
        }
        result.append(try finish(block))
        open = nil
      } else if open != nil {
        open?.text.append(contentsOf: line)
        open?.text.append(ASCII.lf)
      }
    }
    if let open { throw Fault(line: open.line, reason: "'\(open.label)' has no END line") }
    return result
  }

  private static func finish(_ block: (label: String, line: Int, text: [UInt8])) throws(Fault) -> PEMBlock {
    guard !block.label.hasSuffix("PRIVATE KEY") else {
      return PEMBlock(label: block.label, line: block.line, bytes: [])
    }
    return PEMBlock(
      label: block.label, line: block.line, bytes: try Base64Text.decode(block.text, firstLine: block.line + 1))
  }

  private static func label(of line: ArraySlice<UInt8>, after prefix: [UInt8]) -> String? {
    guard line.starts(with: prefix) else { return nil }
    let rest = line.dropFirst(prefix.count)
    guard rest.count >= dashes.count, rest.suffix(dashes.count).elementsEqual(dashes) else { return nil }
    return PrintableText.escaping(Array(rest.dropLast(dashes.count)), limit: 64)
  }

  /// Lines without their ends and without blanks at either side; a UTF-8 byte order mark at the front is skipped.
  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    return bytes[start...].split(separator: ASCII.lf, omittingEmptySubsequences: false).map { line in
      let isBlank = { (byte: UInt8) in byte == ASCII.space || byte == ASCII.cr || byte == ASCII.htab }
      let kept = line.drop(while: isBlank)
      let last = kept.lastIndex { !isBlank($0) }
      return last.map { kept[...$0] } ?? kept[kept.startIndex..<kept.startIndex]
    }
  }
}

/// Base64 of a PEM block, with its own line count for errors.
enum Base64Text {
  /// Values 0 to 63; 255 for any other byte.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
    return table
  }()

  static func decode(_ text: [UInt8], firstLine: Int) throws(PEMScanner.Fault) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count / 4 * 3)
    var line = firstLine
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for byte in text {
      if byte == ASCII.lf { line += 1 }
      if byte == ASCII.lf || byte == ASCII.space || byte == ASCII.cr || byte == ASCII.htab { continue }
      if byte == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      let value = values[Int(byte)]
      guard value != 255, padding == 0 else { throw .init(line: line, reason: "not base64") }
      group = group << 6 | UInt32(value)
      digits += 1
      if digits == 4 {
        result += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
        (group, digits) = (0, 0)
      }
    }
    switch (digits, padding) {
    case (0, 0): break
    case (2, 2): result.append(UInt8(group >> 4 & 255))
    case (3, 1): result += [UInt8(group >> 10 & 255), UInt8(group >> 2 & 255)]
    default: throw .init(line: line, reason: "the base64 is cut off")
    }
    return result
  }

  /// 64 characters a line, each ended by LF.
  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for (index, start) in stride(from: 0, to: bytes.count, by: 3).enumerated() {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let group = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
      for digit in 0..<4 {
        let isFilled = digit <= part.count
        text.append(isFilled ? alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
      }
      if index % 16 == 15 { text.append(ASCII.lf) }
    }
    if let last = text.last, last != ASCII.lf { text.append(ASCII.lf) }
    return text.utf8Text
  }
}
