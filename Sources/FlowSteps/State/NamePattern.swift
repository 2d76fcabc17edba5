import Expressions

/// Which headers or properties a Delete row of a Content Modifier means.
///
/// A plain name, or what newer editors write: `$name=NAME`, `$include=PATTERN`, `$exclude=PATTERN`. A pattern is a name, a
/// beginning with `*` behind it, or a regular expression, compared without regard to case as Camel does.
struct NamePattern: Sendable {
  private var names: [String] = []
  private var included: [Pattern] = []
  private var excluded: [Pattern] = []

  private enum Pattern: Sendable {
    case name(String)
    case prefix(String)
    case expression(JavaPattern)
  }

  /// - Throws: when a pattern is neither a name nor a regular expression.
  init(_ text: String) throws(ExpressionError) {
    for part in Self.parts(of: text) {
      switch part.kind {
      case .name: names.append(part.text)
      case .include: included.append(try Self.pattern(part.text))
      case .exclude: excluded.append(try Self.pattern(part.text))
      }
    }
  }

  /// - Parameter ignoresCase: of plain names; patterns always do.
  func matches(_ name: String, ignoresCase: Bool) -> Bool {
    if names.contains(where: { ignoresCase ? $0.lowercased() == name.lowercased() : $0 == name }) { return true }
    guard !included.isEmpty || !excluded.isEmpty else { return false }
    let isIncluded = included.isEmpty || included.contains { Self.matches($0, name) }
    return isIncluded && !excluded.contains { Self.matches($0, name) }
  }

  private static func matches(_ pattern: Pattern, _ name: String) -> Bool {
    switch pattern {
    case .name(let text): text == name.lowercased()
    case .prefix(let text): name.lowercased().hasPrefix(text)
    case .expression(let expression): (try? expression.matches(name)) ?? false
    }
  }

  private static func pattern(_ text: String) throws(ExpressionError) -> Pattern {
    let lowered = text.lowercased()
    let body = lowered.hasSuffix("*") ? String(lowered.dropLast()) : lowered
    let isPlain = !body.contains { "\\^$.|?*+()[]{}".contains($0) && $0 != "." }
    if isPlain { return lowered.hasSuffix("*") ? .prefix(body) : .name(lowered) }
    return .expression(try JavaPattern("(?i)" + text))
  }

  private enum Kind { case name, include, exclude }

  private static func parts(of text: String) -> [(kind: Kind, text: String)] {
    let markers: [(String, Kind)] = [("$name=", .name), ("$include=", .include), ("$exclude=", .exclude)]
    var parts: [(kind: Kind, text: String)] = []
    var kind = Kind.name
    var current = ""
    var rest = Substring(text)
    while let first = rest.first {
      if let (marker, next) = markers.first(where: { rest.hasPrefix($0.0) }) {
        parts.append((kind, current))
        (kind, current) = (next, "")
        rest = rest.dropFirst(marker.count)
      } else {
        current.append(first)
        rest = rest.dropFirst()
      }
    }
    parts.append((kind, current))
    return parts.map { ($0.kind, trimmed($0.text)) }.filter { !$0.text.isEmpty }
  }

  /// Without the separators between several patterns.
  private static func trimmed(_ text: String) -> String {
    let isSeparator = { (character: Character) in character.isWhitespace || character == ";" || character == "," }
    return String(text.drop(while: isSeparator).reversed().drop(while: isSeparator).reversed())
  }
}
