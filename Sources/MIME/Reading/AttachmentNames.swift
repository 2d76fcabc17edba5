/// Makes file names of what a mail says, such that one can write them into a folder.
///
/// A name is a base name: no path, no control, direction or other invisible character, none of the characters and device
/// names that Windows reserves, not hidden, no option, at most ``longest`` bytes, and unique in whatever case.
package struct AttachmentNames {
  /// Bytes of UTF-8; file systems take 255, and room is left for a suffix.
  package static let longest = 180

  private var taken: Set<String> = []
  /// The last number given to a name, so that many equal names stay linear.
  private var lastNumber: [String: Int] = [:]

  package init() {}

  /// - Parameters:
  ///   - name: as the mail gives it, decoded; nil when it gives none.
  ///   - fallback: `part-1.2`, without an extension.
  package mutating func unique(_ name: String?, fallback: String, mediaType: String) -> String {
    var safe = name.map { Self.safe($0) } ?? ""
    if safe.isEmpty { safe = Self.safe(fallback + "." + FileExtension.of(mediaType)) }
    var candidate = safe
    var number = lastNumber[safe.lowercased()] ?? 1
    while !taken.insert(candidate.lowercased()).inserted {
      number += 1
      candidate = Self.numbered(safe, number)
    }
    lastNumber[safe.lowercased()] = number
    return candidate
  }

  /// The safe form of one name; empty when nothing of it can stay.
  package static func safe(_ name: String) -> String {
    let base = name.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last
    var scalars = String.UnicodeScalarView()
    if let base {
      for scalar in base where !isInvisible(scalar) { scalars.append(reserved.contains(scalar) ? "_" : scalar) }
    }
    scalars = String.UnicodeScalarView(scalars.drop { $0.properties.isWhitespace })
    var text = withoutTrailer(String(scalars))
    if text.hasPrefix(".") || text.hasPrefix("-") || text.hasPrefix("~") || isDevice(text) { text = "_" + text }
    // Cutting may bring a blank or a dot to the end.
    text = withoutTrailer(shortened(text))
    return text.unicodeScalars.contains { $0 != "." && $0 != "_" } ? text : ""
  }

  /// Windows drops blanks and dots at the end, which makes two names one.
  private static func withoutTrailer(_ text: String) -> String {
    var scalars = text.unicodeScalars
    while let last = scalars.last, last == "." || last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
  }

  private static let reserved: Set<Unicode.Scalar> = ["<", ">", ":", "\"", "|", "?", "*", "%", "\u{FFFD}"]

  /// Controls, direction and join marks, line separators, private and unassigned code points, tags.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }

  /// `CON`, `nul.txt`, `COM1`: Windows opens the device whatever the extension.
  private static func isDevice(_ name: String) -> Bool {
    let stem = name.prefix { $0 != "." }.lowercased().filter { $0 != " " }
    if ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"].contains(stem) { return true }
    guard stem.count == 4, stem.hasPrefix("com") || stem.hasPrefix("lpt"), let last = stem.last else { return false }
    return last.isNumber
  }

  /// Cut in the middle: the extension stays.
  private static func shortened(_ name: String) -> String {
    guard name.utf8.count > longest else { return name }
    let (stem, suffix) = divided(name)
    return cut(stem, to: longest - suffix.utf8.count) + suffix
  }

  private static func numbered(_ name: String, _ number: Int) -> String {
    let (stem, suffix) = divided(name)
    let mark = " (\(number))"
    return cut(stem, to: longest - suffix.utf8.count - mark.utf8.count) + mark + suffix
  }

  private static func cut(_ text: String, to bytes: Int) -> String {
    guard text.utf8.count > bytes else { return text }
    var result = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      count += UTF8.encode(scalar)?.count ?? 3
      if count > bytes { break }
      result.append(scalar)
    }
    return String(result)
  }

  /// `report.tar` and `.gz`; an extension has at most 16 bytes.
  private static func divided(_ name: String) -> (stem: String, suffix: String) {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex, name[dot...].utf8.count <= 17 else {
      return (name, "")
    }
    return (String(name[..<dot]), String(name[dot...]))
  }
}

/// The extension for a part without a name.
private enum FileExtension {
  static func of(_ mediaType: String) -> String {
    switch mediaType {
    case "text/plain", "message/delivery-status", "message/disposition-notification": "txt"
    case "text/html": "html"
    case "text/csv": "csv"
    case "text/calendar": "ics"
    case "text/xml", "application/xml": "xml"
    case "application/json": "json"
    case "application/pdf": "pdf"
    case "application/zip": "zip"
    case "application/pkcs7-signature", "application/x-pkcs7-signature": "p7s"
    case "application/pkcs7-mime", "application/x-pkcs7-mime": "p7m"
    case "application/pgp-signature": "asc"
    case "application/ms-tnef": "dat"
    case "image/jpeg": "jpg"
    case "image/png": "png"
    case "image/gif": "gif"
    case "image/svg+xml": "svg"
    case "message/rfc822", "message/global": "eml"
    default: "bin"
    }
  }
}
