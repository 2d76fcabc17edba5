/// The encodings in which a document may come. Everything is turned into UTF-8 before libxml2 sees it, so that what is
/// measured on the bytes holds for what is parsed.
enum XMLEncoding: Equatable {
  case utf8, latin1, windows1252, utf16BigEndian, utf16LittleEndian

  /// By byte order mark, by the zero bytes of UTF-16, else by the XML declaration (XML 1.0, appendix F).
  static func detect(_ bytes: [UInt8]) throws(XMLError) -> (encoding: XMLEncoding, markLength: Int) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
    if bytes.starts(with: [0, 0, 0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE, 0, 0]) {
      throw XMLError(.unsupportedEncoding, detail: "UTF-32")
    }
    if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
    if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
    if bytes.starts(with: [0, 0x3C]) { return (.utf16BigEndian, 0) }
    if bytes.starts(with: [0x3C, 0]) { return (.utf16LittleEndian, 0) }
    guard let name = declaredName(bytes) else { return (.utf8, 0) }
    switch name.uppercased() {
    // Lenient: bytes that show no UTF-16 are read as UTF-8 even when the declaration says UTF-16, as it happens when a
    // file was converted without its declaration.
    case "UTF-8", "UTF8", "US-ASCII", "ASCII", "UTF-16": return (.utf8, 0)
    case "ISO-8859-1", "ISO8859-1", "LATIN1": return (.latin1, 0)
    case "WINDOWS-1252", "CP1252": return (.windows1252, 0)
    default: throw XMLError(.unsupportedEncoding, line: 1, detail: name)
    }
  }

  func utf8(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    switch self {
    case .utf8: return Array(bytes)
    case .latin1: return Self.transcode(bytes) { Unicode.Scalar($0) }
    case .windows1252: return Self.transcode(bytes, Self.windows1252Scalar)
    case .utf16BigEndian: return Self.fromUTF16(bytes, highFirst: true)
    case .utf16LittleEndian: return Self.fromUTF16(bytes, highFirst: false)
    }
  }

  private static func transcode(_ bytes: ArraySlice<UInt8>, _ scalar: (UInt8) -> Unicode.Scalar) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      if byte < 0x80 { result.append(byte) } else { result.append(contentsOf: Array(String(scalar(byte)).utf8)) }
    }
    return result
  }

  /// A lone surrogate and a half unit at the end become U+FFFD.
  private static func fromUTF16(_ bytes: ArraySlice<UInt8>, highFirst: Bool) -> [UInt8] {
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2 + 1)
    var pending: UInt8?
    for byte in bytes {
      guard let first = pending else {
        pending = byte
        continue
      }
      units.append(highFirst ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first))
      pending = nil
    }
    if pending != nil { units.append(0xFFFD) }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private static func windows1252Scalar(_ byte: UInt8) -> Unicode.Scalar {
    guard byte >= 0x80, byte < 0xA0 else { return Unicode.Scalar(byte) }
    return Unicode.Scalar(upperTable[Int(byte) - 0x80]) ?? "\u{FFFD}"
  }

  /// 0x80 to 0x9F; the five places that windows-1252 leaves open are the C1 controls, as the WHATWG table has them.
  private static let upperTable: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
    0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
    0x0153, 0x9D, 0x017E, 0x0178,
  ]

  /// The value of `encoding=` in an XML declaration at the very start; nil when there is none.
  private static func declaredName(_ bytes: [UInt8]) -> String? {
    guard bytes.starts(with: Array("<?xml".utf8)) else { return nil }
    let head = bytes.prefix(256)
    guard let end = head.firstIndex(of: 0x3E) else { return nil }
    let declaration = String(decoding: head[..<end], as: UTF8.self)
    let words = declaration.split(whereSeparator: { "\"'".contains($0) })
    for (word, next) in zip(words, words.dropFirst()) {
      let key = word.filter { !$0.isWhitespace }
      if key.hasSuffix("encoding=") { return String(next) }
    }
    return nil
  }
}
