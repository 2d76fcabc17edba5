import TenantBase

/// A regular expression as Java writes it, matched by an engine of our own that counts its steps.
///
/// Swift's `Regex` backtracks without a bound: a pattern such as `(a+)+$` and a mail's subject would hold the machine for
/// hours. Here a match ends with an error after ``ExpressionLimits/matchSteps``.
/// Not read: lookbehind, atomic groups, possessive quantifiers, intersections of character classes.
package struct JavaPattern: Sendable {
  private let program: PatternProgram

  /// - Throws: `malformed` with the offset in `pattern`.
  package init(_ pattern: String) throws(ExpressionError) {
    guard pattern.unicodeScalars.count <= ExpressionLimits.patternLength else {
      throw ExpressionError(.limitExceeded, detail: "the regular expression is too long")
    }
    do throws(ExpressionError) {
      var parser = PatternParser(pattern)
      program = try PatternProgram(parser.parse(), groups: parser.groupCount)
    } catch { throw error.within(pattern) }
  }

  /// Whether the whole text matches, as Java's `matches` and Camel's `regex` have it.
  package func matches(_ text: String) throws(ExpressionError) -> Bool {
    var machine = PatternMachine(program, Array(text.unicodeScalars))
    return try machine.match(at: 0, toEnd: true) != nil
  }

  /// Whether any part of the text matches.
  package func isFound(in text: String) throws(ExpressionError) -> Bool {
    var isFound = false
    try forEachMatch(in: Array(text.unicodeScalars)) { _ throws(ExpressionError) in
      isFound = true
      return false
    }
    return isFound
  }

  /// Java's `replaceAll`: `$1` and `${name}`-less group references, `\` escapes.
  package func replacing(in text: String, with replacement: String, atMost limit: Int = .max) throws(ExpressionError)
    -> String
  {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var done = 0
    var count = 0
    try forEachMatch(in: scalars) { groups throws(ExpressionError) in
      guard count < limit, let range = groups[0] else { return false }
      result.append(contentsOf: scalars[done..<range.lowerBound])
      result.append(contentsOf: try Self.expand(replacement, groups, scalars))
      guard result.count <= ExpressionLimits.resultLength else {
        throw ExpressionError(.limitExceeded, detail: "the replaced text is too long")
      }
      done = range.upperBound
      count += 1
      return count < limit
    }
    result.append(contentsOf: scalars[done...])
    return String(result)
  }

  func split(_ text: String) throws(ExpressionError) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var parts: [String] = []
    var done = 0
    try forEachMatch(in: scalars) { groups throws(ExpressionError) in
      guard let range = groups[0], range.upperBound > 0, range.lowerBound < scalars.count else { return true }
      guard parts.count < ExpressionLimits.listItems else {
        throw ExpressionError(.limitExceeded, detail: "the text splits into too many parts")
      }
      parts.append(Self.string(scalars[done..<range.lowerBound]))
      done = range.upperBound
      return true
    }
    parts.append(Self.string(scalars[done...]))
    return parts
  }

  /// Calls `body` with the groups of each match from left to right until it returns false.
  private func forEachMatch(
    in scalars: [Unicode.Scalar], _ body: ([Range<Int>?]) throws(ExpressionError) -> Bool
  ) throws(ExpressionError) {
    var machine = PatternMachine(program, scalars)
    var start = 0
    while start <= scalars.count {
      guard let groups = try machine.match(at: start, toEnd: false), let range = groups[0] else {
        start += 1
        continue
      }
      guard try body(groups) else { return }
      start = range.isEmpty ? range.upperBound + 1 : range.upperBound
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func expand(
    _ replacement: String, _ groups: [Range<Int>?], _ text: [Unicode.Scalar]
  ) throws(ExpressionError) -> [Unicode.Scalar] {
    let scalars = Array(replacement.unicodeScalars)
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      if scalar == "\\", index < scalars.count {
        result.append(scalars[index])
        index += 1
      } else if scalar == "$" {
        guard index < scalars.count, let digit = scalars[index].digit, groups.indices.contains(digit) else {
          throw ExpressionError(.cannotEvaluate, detail: "the replacement names a group that does not exist")
        }
        if let range = groups[digit] { result += text[range] }
        index += 1
      } else {
        result.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  /// The value of an ASCII digit.
  var digit: Int? { value >= 0x30 && value <= 0x39 ? Int(value) - 0x30 : nil }
}
