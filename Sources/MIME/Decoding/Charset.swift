import System
import TenantBase

/// Bytes in a named charset as text. Never fails: what is no text becomes U+FFFD.
package enum Charset {
  /// - Parameter charset: as a mail names it, in whatever case; nil, empty or unknown: UTF-8 where the bytes are
  ///   valid UTF-8, else windows-1252.
  package static func decode(_ bytes: [UInt8], charset: String?) -> String {
    switch CharsetLabel(charset ?? "") {
    case .utf8: return String(decoding: bytes, as: UTF8.self)
    case .windows1252: return Windows1252.decode(bytes)
    case .ascii: return guessed(bytes)
    case .iconv(let name):
      guard let utf8 = CharsetConverter.utf8(from: bytes, charset: name) else { return guessed(bytes) }
      return String(decoding: utf8, as: UTF8.self)
    }
  }

  /// Whether text in this charset can be read here.
  package static func isKnown(_ charset: String) -> Bool {
    if case .iconv(let name) = CharsetLabel(charset) { return CharsetConverter.isKnown(name) }
    return true
  }

  /// The same for a piece of a header: control characters, which would break lines or hide text, become U+FFFD.
  static func decodeHeader(_ bytes: [UInt8], charset: String?) -> String {
    withoutControls(decode(bytes, charset: charset))
  }

  /// Text without a declared charset.
  static func guessed(_ bytes: [UInt8]) -> String {
    String(validating: bytes, as: UTF8.self) ?? Windows1252.decode(bytes)
  }

  static func withoutControls(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09: result.append(" ")
      case 0..<0x20, 0x7F..<0xA0: result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// A charset name of a mail, resolved as browsers resolve it (WHATWG Encoding, section 4.2, labels).
enum CharsetLabel: Equatable {
  case utf8
  case windows1252
  /// US-ASCII, no name, or a name that says nothing: bytes above 127 are guessed.
  case ascii
  case iconv(String)

  init(_ name: String) {
    let lowered = name.lowercased().filter { $0 > " " && $0 != "\"" && $0 != "'" }
    if let known = Self.table[lowered] {
      self = known
    } else if let dash = lowered.firstIndex(of: "_"), let known = Self.table[Self.dashed(lowered, dash)] {
      self = known
    } else {
      self = .iconv(lowered)
    }
  }

  private static func dashed(_ name: String, _ index: String.Index) -> String {
    String(name[index...].map { $0 == "_" ? "-" : $0 }).prefixed(by: name[..<index])
  }

  private static let table: [String: CharsetLabel] = {
    var table: [String: CharsetLabel] = [:]
    for label in ["utf-8", "utf8", "unicode-1-1-utf-8", "utf-8n", "x-unicode20utf8", "utf8mb4", "cp65001"] {
      table[label] = .utf8
    }
    for label in [
      "iso-8859-1", "iso8859-1", "iso88591", "latin1", "latin-1", "l1", "cp819", "ibm819", "iso-ir-100",
      "csisolatin1", "windows-1252", "cp1252", "cp-1252", "x-cp1252", "windows1252", "ansi", "x-ansi",
    ] { table[label] = .windows1252 }
    for label in [
      "", "us-ascii", "ascii", "ansi-x3.4-1968", "iso646-us", "us", "unknown", "unknown-8bit", "x-unknown", "default",
      "default-charset", "none", "binary", "7bit", "8bit", "x-user-defined", "default_charset", "%charset%",
    ] { table[label] = .ascii }
    for (name, labels) in iconvNames { for label in labels { table[label] = .iconv(name) } }
    return table
  }()

  /// Labels that iconv does not know, or under which mail carries the larger charset.
  private static let iconvNames: [(String, [String])] = [
    ("windows-1250", ["x-cp1250", "cp-1250"]), ("windows-1251", ["x-cp1251", "cp-1251"]),
    ("windows-1253", ["x-cp1253"]), ("windows-1254", ["iso-8859-9", "iso8859-9", "latin5", "l5", "x-cp1254"]),
    ("windows-1255", ["x-cp1255"]), ("windows-1256", ["x-cp1256"]), ("windows-1257", ["x-cp1257"]),
    ("windows-1258", ["x-cp1258"]),
    ("windows-874", ["tis-620", "iso-8859-11", "iso8859-11", "dos-874", "x-windows-874"]),
    ("iso-8859-2", ["iso8859-2", "latin2", "l2"]), ("iso-8859-15", ["iso8859-15", "latin-9", "latin9", "l9"]),
    ("iso-8859-8", ["iso-8859-8-i", "iso-8859-8-e", "logical", "visual"]), ("iso-8859-6", ["iso-8859-6-i"]),
    ("ibm866", ["cp866", "866"]), ("koi8-r", ["koi", "koi8", "koi8-r", "cskoi8r"]), ("koi8-u", ["koi8-ru"]),
    ("macintosh", ["mac", "x-mac-roman", "macroman", "csmacintosh"]),
    ("mac-cyrillic", ["x-mac-cyrillic", "x-mac-ukrainian"]),
    (
      "gb18030",
      ["gb2312", "gbk", "gb-2312-80", "csgb2312", "chinese", "x-gbk", "cp936", "936", "windows-936", "euc-cn"]
    ),
    ("big5-hkscs", ["big5", "big5-hkscs", "cn-big5", "csbig5", "x-x-big5", "cp950"]),
    ("euc-jp", ["x-euc-jp", "x-euc", "eucjp"]),
    ("cp932", ["shift-jis", "sjis", "ms-kanji", "windows-31j", "x-sjis", "csshiftjis", "ms932", "shiftjis"]),
    ("iso-2022-jp-3", ["iso-2022-jp", "csiso2022jp"]),
    ("cp949", ["euc-kr", "ks-c-5601-1987", "ks-c-5601", "ksc5601", "ksc-5601", "korean", "windows-949", "cseuckr"]),
    ("utf-16", ["unicode", "ucs-2", "csunicode", "iso-10646-ucs-2"]),
    ("utf-7", ["unicode-1-1-utf-7", "x-unicode-2-0-utf-7"]),
  ]
}

extension String {
  fileprivate func prefixed(by head: Substring) -> String { head + self }
}

/// The single-byte charset in which text called ISO-8859-1 is really written (WHATWG Encoding, section 9.1).
enum Windows1252 {
  static func decode(_ bytes: [UInt8]) -> String {
    var utf8: [UInt8] = []
    utf8.reserveCapacity(bytes.count + bytes.count / 8 + 8)
    for byte in bytes {
      if byte < 0x80 {
        utf8.append(byte)
      } else {
        let scalar = byte < 0xA0 ? upperControls[Int(byte) - 0x80] : UInt16(byte)
        if scalar < 0x800 {
          utf8.append(UInt8(0xC0 | scalar >> 6))
        } else {
          utf8.append(UInt8(0xE0 | scalar >> 12))
          utf8.append(UInt8(0x80 | (scalar >> 6 & 0x3F)))
        }
        utf8.append(UInt8(0x80 | (scalar & 0x3F)))
      }
    }
    return String(decoding: utf8, as: UTF8.self)
  }

  private static let upperControls: [UInt16] = [
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD,
    0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
    0x0153, 0xFFFD, 0x017E, 0x0178,
  ]
}
