import TenantBase

/// The parts of a regular expression.
indirect enum PatternNode: Sendable {
  case empty
  case scalar(Unicode.Scalar, ignoresCase: Bool)
  case set(PatternSet)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  case group(PatternNode, number: Int?)
  case repetition(PatternNode, least: Int, most: Int?, isGreedy: Bool)
  case lookahead(PatternNode, isNegative: Bool)
  case backReference(Int)
  case assertion(Assertion)

  enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary }
}

/// A class of characters.
struct PatternSet: Sendable {
  enum Item: Sendable {
    case range(ClosedRange<UInt32>)
    case digit, word, space
    case property(@Sendable (Unicode.Scalar.Properties) -> Bool)
    indirect case not(Item)
    indirect case nested(PatternSet)
  }

  var items: [Item] = []
  var isNegated = false
  var ignoresCase = false

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    var found = items.contains { Self.matches($0, scalar) }
    if !found, ignoresCase, let other = scalar.otherCase { found = items.contains { Self.matches($0, other) } }
    return found != isNegated
  }

  private static func matches(_ item: Item, _ scalar: Unicode.Scalar) -> Bool {
    switch item {
    case .range(let range): range.contains(scalar.value)
    case .digit: scalar.digit != nil
    case .word: scalar.isWord
    case .space: scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value)
    case .property(let test): test(scalar.properties)
    case .not(let item): !matches(item, scalar)
    case .nested(let set): set.contains(scalar)
    }
  }
}

extension Unicode.Scalar {
  /// Java's `\w`: ASCII letters, digits and the underscore.
  var isWord: Bool { digit != nil || self == "_" || (value < 0x80 && properties.isAlphabetic) }

  /// The letter in the other case, where that is one scalar.
  var otherCase: Unicode.Scalar? {
    let lower = properties.lowercaseMapping.unicodeScalars
    let upper = properties.uppercaseMapping.unicodeScalars
    if lower.count == 1, let first = lower.first, first != self { return first }
    if upper.count == 1, let first = upper.first, first != self { return first }
    return nil
  }
}

/// Reads a regular expression by recursive descent; positions are Unicode scalars.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0
  private var ignoresCase = false
  private var dotMatchesAll = false
  private var isMultiline = false
  private(set) var groupCount = 0

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  mutating func parse() throws(ExpressionError) -> PatternNode {
    let node = try alternatives()
    guard index == scalars.count else { throw error("')' without '('") }
    return node
  }

  private func error(_ detail: String) -> ExpressionError {
    ExpressionError(.malformed, offset: index, detail: "regular expression: \(detail)")
  }

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func take(_ text: String) -> Bool {
    guard scalars[index...].starts(with: text.unicodeScalars) else { return false }
    index += text.unicodeScalars.count
    return true
  }

  private mutating func alternatives() throws(ExpressionError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else { throw error("nested too deep") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(ExpressionError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      let node = try atom()
      nodes.append(try quantified(node))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func quantified(_ node: PatternNode) throws(ExpressionError) -> PatternNode {
    let least: Int
    let most: Int?
    switch next {
    case "*": (least, most) = (0, nil)
    case "+": (least, most) = (1, nil)
    case "?": (least, most) = (0, 1)
    case "{": (least, most) = try bounds()
    default: return node
    }
    index += 1
    if next == "+" { throw error("possessive quantifiers are not read") }
    let isGreedy = !take("?")
    if let scalar = next, "*+?{".unicodeScalars.contains(scalar) { throw error("'\(scalar)' repeats nothing") }
    return .repetition(node, least: least, most: most, isGreedy: isGreedy)
  }

  /// `{2}`, `{2,}`, `{2,5}`; leaves the index on the closing brace.
  private mutating func bounds() throws(ExpressionError) -> (Int, Int?) {
    guard let close = scalars[index...].firstIndex(of: "}") else { throw error("'{' is not closed") }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[index + 1..<close])
    let parts = String(view).split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= 2, let least = Int(parts[0]), (0...1000).contains(least) else { throw error("bad count") }
    var most: Int? = least
    if parts.count == 2 {
      most = nil
      if !parts[1].isEmpty {
        guard let upper = Int(parts[1]), upper >= least, upper <= 1000 else { throw error("bad count") }
        most = upper
      }
    }
    index = close
    return (least, most)
  }

  private mutating func atom() throws(ExpressionError) -> PatternNode {
    guard let scalar = next else { return .empty }
    switch scalar {
    case "(": return try group()
    case "[":
      index += 1
      return .set(try set())
    case "*", "+", "?", "{": throw error("'\(scalar)' repeats nothing")
    default: break
    }
    index += 1
    switch scalar {
    case ".":
      let lineEnds: [PatternSet.Item] = [0x0A, 0x0D, 0x85, 0x2028, 0x2029].map { .range($0...$0) }
      return .set(PatternSet(items: dotMatchesAll ? [] : lineEnds, isNegated: true))
    case "^": return .assertion(isMultiline ? .lineStart : .textStart)
    case "$": return .assertion(isMultiline ? .lineEnd : .textEnd)
    case "\\": return try escape()
    default: return .scalar(scalar, ignoresCase: ignoresCase)
    }
  }

  private mutating func group() throws(ExpressionError) -> PatternNode {
    index += 1
    let flags = (ignoresCase, dotMatchesAll, isMultiline)
    defer { (ignoresCase, dotMatchesAll, isMultiline) = flags }
    var number: Int?
    var lookahead: Bool?
    if take("?=") {
      lookahead = false
    } else if take("?!") {
      lookahead = true
    } else if take("?<=") || take("?<!") || take("?>") {
      throw error("lookbehind and atomic groups are not read")
    } else if take("?<") {
      guard let close = scalars[index...].firstIndex(of: ">") else { throw error("the group's name is not closed") }
      index = close + 1
      groupCount += 1
      number = groupCount
    } else if take("?") {
      if let rest = try inlineFlags() { return rest }
    } else {
      groupCount += 1
      number = groupCount
    }
    let inner = try alternatives()
    guard take(")") else { throw error("')' is missing") }
    if let lookahead { return .lookahead(inner, isNegative: lookahead) }
    return .group(inner, number: number)
  }

  /// `(?i)` up to the end of the enclosing group, or `(?i:` for this group; nil for the latter and for `(?:`.
  private mutating func inlineFlags() throws(ExpressionError) -> PatternNode? {
    var isOn = true
    while let scalar = next {
      index += 1
      switch scalar {
      case "-": isOn = false
      case "i": ignoresCase = isOn
      case "s": dotMatchesAll = isOn
      case "m": isMultiline = isOn
      case "u", "U": break
      case ":": return nil
      case ")":
        // The rest of the enclosing group, with the flags as they are now.
        return .group(try alternatives(), number: nil)
      default: throw error("the flag '\(scalar)' is not read")
      }
    }
    throw error("')' is missing")
  }

  private mutating func escape() throws(ExpressionError) -> PatternNode {
    guard let scalar = next else { throw error("'\\' at the end") }
    if let digit = scalar.digit, digit > 0 {
      index += 1
      return .backReference(digit)
    }
    switch scalar {
    case "b": return assertion(.wordBoundary)
    case "B": return assertion(.noWordBoundary)
    case "A": return assertion(.textStart)
    case "z", "Z": return assertion(.textEnd)
    case "Q": return quotation()
    default: break
    }
    switch try classEscape() {
    case .range(let range)? where range.count == 1:
      guard let scalar = Unicode.Scalar(range.lowerBound) else { throw error("bad character") }
      return .scalar(scalar, ignoresCase: ignoresCase)
    case let item?: return .set(PatternSet(items: [item]))
    case nil: throw error("the escape '\\\(scalar)' is not read")
    }
  }

  private mutating func assertion(_ kind: PatternNode.Assertion) -> PatternNode {
    index += 1
    return .assertion(kind)
  }

  /// `\Q…\E`.
  private mutating func quotation() -> PatternNode {
    index += 1
    var nodes: [PatternNode] = []
    while let scalar = next, !take("\\E") {
      nodes.append(.scalar(scalar, ignoresCase: ignoresCase))
      index += 1
    }
    return .group(.sequence(nodes), number: nil)
  }

  /// What `\x` stands for in and outside of a class; nil when it means nothing.
  private mutating func classEscape() throws(ExpressionError) -> PatternSet.Item? {
    guard let scalar = next else { throw error("'\\' at the end") }
    index += 1
    switch scalar {
    case "d": return .digit
    case "D": return .not(.digit)
    case "w": return .word
    case "W": return .not(.word)
    case "s": return .space
    case "S": return .not(.space)
    case "p": return try property()
    case "P": return .not(try property())
    case "n": return Self.single(0x0A)
    case "r": return Self.single(0x0D)
    case "t": return Self.single(0x09)
    case "f": return Self.single(0x0C)
    case "e": return Self.single(0x1B)
    case "x": return Self.single(try hexadecimal(2))
    case "u": return Self.single(try hexadecimal(4))
    default: return scalar.value < 0x80 && scalar.properties.isAlphabetic ? nil : Self.single(scalar.value)
    }
  }

  private static func single(_ value: UInt32) -> PatternSet.Item { .range(value...value) }

  private mutating func hexadecimal(_ count: Int) throws(ExpressionError) -> UInt32 {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[index...].prefix(count))
    guard view.count == count, let value = UInt32(String(view), radix: 16) else {
      throw error("bad hexadecimal number")
    }
    index += count
    return value
  }

  /// `\p{L}`, `\pL`, and the POSIX names that Java has.
  private mutating func property() throws(ExpressionError) -> PatternSet.Item {
    var name = ""
    if take("{") {
      while let scalar = next, scalar != "}" {
        name.unicodeScalars.append(scalar)
        index += 1
      }
      guard take("}") else { throw error("'{' is not closed") }
    } else if let scalar = next {
      name.unicodeScalars.append(scalar)
      index += 1
    }
    if name.hasPrefix("Is") { name.removeFirst(2) }
    switch name {
    case "L", "Alphabetic": return .property { $0.isAlphabetic }
    case "Lu", "Uppercase": return .property { $0.isUppercase }
    case "Ll", "Lowercase": return .property { $0.isLowercase }
    case "N", "Nd": return .property { $0.numericType != nil }
    case "Digit": return .digit
    case "Alpha": return .nested(PatternSet(items: [.range(0x41...0x5A), .range(0x61...0x7A)]))
    case "Alnum": return .nested(PatternSet(items: [.range(0x41...0x5A), .range(0x61...0x7A), .digit]))
    case "Upper": return .range(0x41...0x5A)
    case "Lower": return .range(0x61...0x7A)
    case "Space": return .space
    case "ASCII": return .range(0...0x7F)
    case "Cntrl": return .nested(PatternSet(items: [.range(0...0x1F), .range(0x7F...0x7F)]))
    case "Punct":
      return .nested(
        PatternSet(items: [.range(0x21...0x2F), .range(0x3A...0x40), .range(0x5B...0x60), .range(0x7B...0x7E)]))
    default: throw error("the property '\(name)' is not read")
    }
  }

  /// After `[`.
  private mutating func set() throws(ExpressionError) -> PatternSet {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else { throw error("nested too deep") }
    var result = PatternSet(isNegated: take("^"), ignoresCase: ignoresCase)
    var isFirst = true
    while let scalar = next {
      if scalar == "]", !isFirst {
        index += 1
        return result
      }
      isFirst = false
      if take("&&") { throw error("intersections of classes are not read") }
      if take("[") {
        result.items.append(.nested(try set()))
        continue
      }
      let item = try setItem()
      guard case .range(let low) = item, low.count == 1, next == "-", index + 1 < scalars.count,
        scalars[index + 1] != "]"
      else {
        result.items.append(item)
        continue
      }
      index += 1
      guard case .range(let high) = try setItem(), high.count == 1, high.lowerBound >= low.lowerBound else {
        throw error("bad range of characters")
      }
      result.items.append(.range(low.lowerBound...high.lowerBound))
    }
    throw error("']' is missing")
  }

  private mutating func setItem() throws(ExpressionError) -> PatternSet.Item {
    guard let scalar = next else { throw error("']' is missing") }
    index += 1
    guard scalar == "\\" else { return Self.single(scalar.value) }
    guard let item = try classEscape() else { throw error("the escape is not read") }
    return item
  }
}
