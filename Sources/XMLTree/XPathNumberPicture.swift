/// The picture of `format-number` (XSLT 1.0, section 12.3): `#,##0.00;(#)`, with point and comma as they are.
struct XPathNumberPicture {
  private struct Part {
    var prefix = ""
    var suffix = ""
    /// Digits at least before the point, and at least and at most after it.
    var wholeDigits = 0
    var fractionLeast = 0
    var fractionMost = 0
    /// Digits between commas; 0 without.
    var grouping = 0
    var factor = 1.0
  }

  private let positive: Part
  private let negative: Part

  init(_ picture: String) throws(XPathFunction.Failure) {
    let parts = picture.split(separator: ";", omittingEmptySubsequences: false)
    guard parts.count <= 2, picture.count <= 100 else {
      throw XPathFunction.Failure("'\(picture)' is no number format")
    }
    positive = try Self.part(String(parts.first ?? ""), in: picture)
    if parts.count == 2 {
      var other = try Self.part(String(parts[1]), in: picture)
      // Only prefix and suffix of the second part count.
      let affixes = (other.prefix, other.suffix)
      other = positive
      (other.prefix, other.suffix) = affixes
      negative = other
    } else {
      var other = positive
      other.prefix = "-" + other.prefix
      negative = other
    }
  }

  private static func part(_ text: String, in picture: String) throws(XPathFunction.Failure) -> Part {
    var part = Part()
    guard let first = text.firstIndex(where: { "#0,.".contains($0) }) else {
      throw XPathFunction.Failure("'\(picture)' is no number format")
    }
    let digits = text[first...].prefix { "#0,.".contains($0) }
    part.prefix = String(text[..<first])
    part.suffix = String(text[digits.endIndex...])
    guard !part.suffix.contains(where: { "#0".contains($0) }) else {
      throw XPathFunction.Failure("'\(picture)' is no number format")
    }
    let affixes = part.prefix + part.suffix
    if affixes.contains("%") { part.factor = 100 } else if affixes.contains("\u{2030}") { part.factor = 1000 }
    let halves = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = halves[0]
    part.wholeDigits = whole.count { $0 == "0" }
    if let comma = whole.lastIndex(of: ",") { part.grouping = whole[comma...].count - 1 }
    if halves.count > 1 {
      part.fractionLeast = halves[1].count { $0 == "0" }
      part.fractionMost = halves[1].count { $0 == "0" || $0 == "#" }
    }
    return part
  }

  func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    var part = number < 0 ? negative : positive
    if number.isInfinite { return part.prefix + "Infinity" + part.suffix }
    let rounded = Self.rounded(number.magnitude * part.factor, digits: part.fractionMost)
    // What rounds to zero has no sign, as Java's DecimalFormat without one in the picture would have it.
    if number < 0, rounded.whole.allSatisfy({ $0 == "0" }), rounded.fraction.allSatisfy({ $0 == "0" }) {
      part = positive
    }
    var whole = rounded.whole == "0" ? "" : rounded.whole
    whole = String(repeating: "0", count: max(part.wholeDigits - whole.count, 0)) + whole
    var fraction = rounded.fraction
    while fraction.count > part.fractionLeast, fraction.last == "0" { fraction.removeLast() }
    if whole.isEmpty, fraction.isEmpty { whole = "0" }
    return part.prefix + Self.grouped(whole, part.grouping) + (fraction.isEmpty ? "" : "." + fraction) + part.suffix
  }

  /// Half to even on the decimal digits, as Java does it.
  private static func rounded(_ number: Double, digits: Int) -> (whole: String, fraction: String) {
    let halves = XPathNumber.text(number).split(separator: ".", maxSplits: 1)
    var whole = Array((halves.first ?? "0").utf8)
    let fraction = halves.count > 1 ? Array(halves[1].utf8) : []
    var kept = Array(fraction.prefix(digits)) + [UInt8](repeating: 0x30, count: max(digits - fraction.count, 0))
    let rest = fraction.dropFirst(digits)
    let last = kept.last ?? whole.last ?? 0x30
    let isHalf = rest.first == 0x35 && rest.dropFirst().allSatisfy { $0 == 0x30 }
    if let first = rest.first, first >= 0x35, !isHalf || last % 2 == 1 {
      var all = whole + kept
      var index = all.count - 1
      while index >= 0, all[index] == 0x39 {
        all[index] = 0x30
        index -= 1
      }
      if index >= 0 { all[index] += 1 } else { all.insert(0x31, at: 0) }
      kept = Array(all.suffix(digits))
      whole = Array(all.dropLast(digits))
    }
    return (String(decoding: whole, as: UTF8.self), String(decoding: kept, as: UTF8.self))
  }

  private static func grouped(_ digits: String, _ size: Int) -> String {
    guard size > 0, digits.count > size else { return digits }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % size == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }
}
