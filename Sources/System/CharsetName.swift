import TenantBase

/// Charset names as they stand in mail, and what iconv calls them.
package enum CharsetName {
  /// The longest name that is looked at; the longest of the IANA registry has 45 characters.
  static let longestName = 64

  package static func isUTF8(_ charset: String) -> Bool {
    ASCII.equalIgnoringCase(charset.utf8, "utf-8".utf8) || ASCII.equalIgnoringCase(charset.utf8, "utf8".utf8)
  }

  /// The name to give to iconv, or nil for a name that cannot be a charset's.
  ///
  /// A name comes from a peer: only letters, digits and `-_.:+()` pass, so that no iconv option (`//IGNORE`) and no
  /// path gets through.
  static func iconvName(of charset: String) -> String? {
    guard (1...longestName).contains(charset.utf8.count),
      charset.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || "-_.:+()".utf8.contains($0) })
    else { return nil }
    let lowered = charset.lowercased()
    guard String(lowered.filter { $0.isLetter || $0.isNumber }) != refused else { return nil }
    return aliases[lowered] ?? charset
  }

  /// ISO-2022-CN-EXT: converting to it wrote past the buffer in the C libraries of before April 2024 (CVE-2024-2961), and
  /// no mail needs it.
  private static let refused = "iso2022cnext"

  /// Names that iconv lacks, and labels under which mail really carries a larger charset (as browsers and mail programs
  /// read them).
  private static let aliases: [String: String] = [
    "ansi_x3.4-1968": "US-ASCII",
    "cp-850": "CP850",
    "gb2312": "GB18030",
    "gb_2312-80": "GB18030",
    "gbk": "GB18030",
    "x-gbk": "GB18030",
    "iso-8859-8-i": "ISO-8859-8",
    "iso-8859-8-e": "ISO-8859-8",
    "iso-8859-6-i": "ISO-8859-6",
    "iso-8859-6-e": "ISO-8859-6",
    "iso8859_1": "ISO-8859-1",
    "ks_c_5601-1987": "CP949",
    "ks_c_5601": "CP949",
    "ksc5601": "CP949",
    "euc-kr": "CP949",
    "shift_jis": "CP932",
    "shift-jis": "CP932",
    "sjis": "CP932",
    "x-sjis": "CP932",
    "unicode-1-1-utf-7": "UTF-7",
    "x-mac-roman": "MACINTOSH",
    "macroman": "MACINTOSH",
    "x-user-defined": "US-ASCII",
    "windows-31j": "CP932",
  ]
}
