import TenantBase

/// Quoted-printable (RFC 2045 section 6.7) from pieces of any size.
///
/// Blanks at the end of a line go, a `=` at the end joins the lines, and a `=` that begins nothing stays as it is. Line
/// ends come out as they stand.
package struct QuotedPrintable: Sendable {
  /// What cannot be decided yet: blanks that may end the line, or the begin of an escape.
  private var held: [UInt8] = []

  package init() {}

  package mutating func decode(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
    if held.isEmpty {
      held = Array(decodeRun(bytes, isLast: false, into: &output))
      return
    }
    // What is held is short unless the text is nothing but blanks: a piece that adds only blanks is kept as it is.
    if let last = held.last, last == ASCII.space || last == ASCII.htab, Self.isAllBlank(bytes) {
      held += bytes
      return
    }
    let joined = held + bytes
    held = []
    held = Array(decodeRun(joined[...], isLast: false, into: &output))
  }

  package mutating func finish(into output: inout [UInt8]) {
    let rest = held
    held = []
    _ = decodeRun(rest[...], isLast: true, into: &output)
  }

  private static func isAllBlank(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 == ASCII.space || $0 == ASCII.htab }
  }

  /// - Returns: the rest that needs the next piece.
  private func decodeRun(_ bytes: ArraySlice<UInt8>, isLast: Bool, into output: inout [UInt8]) -> ArraySlice<UInt8> {
    let input = bytes.span
    let base = bytes.startIndex
    var index = 0
    while index < input.count {
      let runStart = index
      while index < input.count, input[index] != 0x3D, input[index] != ASCII.lf { index += 1 }
      guard index == input.count || input[index] == ASCII.lf else {
        output += bytes[(base + runStart)..<(base + index)]
        guard let used = Self.escape(input, at: index, isLast: isLast, into: &output) else {
          return bytes[(base + index)...]
        }
        index += used
        continue
      }
      // Blanks before the line end go, as far back as the last escape.
      var lineEnd = index
      if lineEnd > runStart, input[lineEnd - 1] == ASCII.cr { lineEnd -= 1 }
      var textEnd = lineEnd
      while textEnd > runStart, input[textEnd - 1] == ASCII.space || input[textEnd - 1] == ASCII.htab { textEnd -= 1 }
      output += bytes[(base + runStart)..<(base + textEnd)]
      if index == input.count, !isLast, textEnd < lineEnd { return bytes[(base + textEnd)...] }
      index = min(index + 1, input.count)
      output += bytes[(base + lineEnd)..<(base + index)]
    }
    return []
  }

  /// - Returns: the bytes used; nil when more must come first.
  private static func escape(_ input: Span<UInt8>, at index: Int, isLast: Bool, into output: inout [UInt8]) -> Int? {
    let rest = input.count - index
    if rest >= 3, let high = Hexadecimal.value(input[index + 1]), let low = Hexadecimal.value(input[index + 2]) {
      output.append(high << 4 | low)
      return 3
    }
    // A soft line break: `=`, blanks that a gateway added, line end.
    var probe = index + 1
    while probe < input.count, input[probe] == ASCII.space || input[probe] == ASCII.htab { probe += 1 }
    if probe < input.count, input[probe] == ASCII.lf { return probe + 1 - index }
    if probe + 1 < input.count, input[probe] == ASCII.cr, input[probe + 1] == ASCII.lf { return probe + 2 - index }
    let mayGrow = probe == input.count || (probe + 1 == input.count && (input[probe] == ASCII.cr || probe == index + 1))
    if mayGrow && !isLast { return nil }
    if probe == input.count && isLast { return probe - index }
    output.append(0x3D)
    return 1
  }

  /// The Q encoding of encoded words: `_` is a blank (RFC 2047 section 4.2).
  static func decodeWord(_ text: ArraySlice<UInt8>, into output: inout [UInt8]) {
    let input = text.span
    var index = 0
    while index < input.count {
      let byte = input[index]
      if byte == 0x3D, index + 2 < input.count, let high = Hexadecimal.value(input[index + 1]),
        let low = Hexadecimal.value(input[index + 2])
      {
        output.append(high << 4 | low)
        index += 3
        continue
      }
      output.append(byte == 0x5F ? ASCII.space : byte)
      index += 1
    }
  }
}
