import TenantBase

/// Names of folders in modified UTF-7 (RFC 3501 section 5.1.3): `&` begins base64 of UTF-16, with `,` for `/`.
enum ModifiedUTF7 {
  private static let ampersand = UInt8(ascii: "&")
  private static let hyphen = UInt8(ascii: "-")
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

  static func encode(_ text: String) -> [UInt8] {
    var output: [UInt8] = []
    var units: [UInt16] = []
    for scalar in text.unicodeScalars {
      guard scalar.value >= 0x20, scalar.value < 0x7F else {
        units.append(contentsOf: UTF16.encode(scalar).map { Array($0) } ?? [])
        continue
      }
      flush(&units, into: &output)
      output.append(UInt8(scalar.value))
      if scalar == "&" { output.append(hyphen) }
    }
    flush(&units, into: &output)
    return output
  }

  private static func flush(_ units: inout [UInt16], into output: inout [UInt8]) {
    guard !units.isEmpty else { return }
    output.append(ampersand)
    var bits: UInt32 = 0
    var count = 0
    for unit in units {
      bits = bits << 16 | UInt32(unit)
      count += 16
      while count >= 6 {
        count -= 6
        output.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
      bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { output.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    output.append(hyphen)
    units = []
  }

  /// - Returns: nil when `bytes` are no legal modified UTF-7: 8-bit bytes, an open or empty shift, unused bits that are
  ///   not zero, half a character, or base64 of what stands for itself.
  static func decode(_ bytes: [UInt8]) -> String? {
    var text = String.UnicodeScalarView()
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != ampersand {
        guard byte < 0x80 else { return nil }
        text.append(Unicode.Scalar(byte))
        continue
      }
      guard let end = bytes[position...].firstIndex(of: hyphen) else { return nil }
      if end == position {
        text.append("&")
      } else {
        guard let scalars = shifted(bytes[position..<end]) else { return nil }
        text.append(contentsOf: scalars)
      }
      position = end + 1
    }
    return String(text)
  }

  private static func shifted(_ digits: ArraySlice<UInt8>) -> [Unicode.Scalar]? {
    var units: [UInt16] = []
    var bits: UInt32 = 0
    var count = 0
    for digit in digits {
      guard let value = value(of: digit) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      guard count >= 16 else { continue }
      count -= 16
      units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
      bits &= (1 << UInt32(count)) - 1
    }
    guard count < 6, bits == 0, !units.isEmpty else { return nil }
    return scalars(units)
  }

  private static func scalars(_ units: [UInt16]) -> [Unicode.Scalar]? {
    var result: [Unicode.Scalar] = []
    var decoder = UTF16()
    var iterator = units.makeIterator()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): result.append(scalar)
      case .emptyInput: return result
      case .error: return nil
      }
    }
  }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - 0x41
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - 0x61 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - 0x30 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: ","): 63
    default: nil
    }
  }
}
