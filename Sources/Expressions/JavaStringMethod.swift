import TenantBase

/// The methods that can be called on a value, with the meaning they have on Java's `String` and `List`.
///
/// Positions count UTF-16 units, as Java's do.
enum JavaStringMethod: String, CaseIterable {
  case toUpperCase, toLowerCase, trim, strip, length, size, isEmpty, isBlank, toString, substring, replace, replaceAll
  case replaceFirst, contains, startsWith, endsWith, indexOf, lastIndexOf, equals, equalsIgnoreCase, concat, charAt
  case split, get, matches, `repeat`

  static let names = Set(allCases.map(\.rawValue))

  /// A method on a missing value gives nothing, where Java would fail: a missing header is empty text everywhere else.
  func apply(to value: ExpressionValue, _ arguments: [ExpressionValue]) throws(ExpressionError) -> ExpressionValue {
    if value.isNull { return .null }
    if case .list(let items) = value, let result = try onList(items, arguments) { return result }
    let text = value.text
    switch self {
    case .toUpperCase: return .text(text.uppercased())
    case .toLowerCase: return .text(text.lowercased())
    case .trim: return .text(Self.trim(text))
    case .strip: return .text(text.trimmingBlanks())
    case .length, .size: return .integer(Int64(text.utf16.count))
    case .isEmpty: return .boolean(text.isEmpty)
    case .isBlank: return .boolean(text.trimmingBlanks().isEmpty)
    case .toString: return .text(text)
    case .substring, .charAt: return .text(try slice(Array(text.utf16), arguments))
    case .indexOf, .lastIndexOf: return .integer(Int64(try position(text, arguments)))
    case .split: return .list(try Self.split(text, try argument(arguments, 0)))
    case .get: throw ExpressionError(.cannotEvaluate, detail: "'get' needs a list")
    case .repeat: return .text(try Self.repeating(text, try index(arguments, 0)))
    default: return try withText(text, arguments)
    }
  }

  private func withText(_ text: String, _ arguments: [ExpressionValue]) throws(ExpressionError) -> ExpressionValue {
    let first = try argument(arguments, 0)
    switch self {
    case .contains: return .boolean(JavaText.contains(text, first))
    case .startsWith: return .boolean(text.utf16.starts(with: first.utf16))
    case .endsWith: return .boolean(text.utf16.reversed().starts(with: first.utf16.reversed()))
    case .equals: return .boolean(JavaText.equal(text, first))
    case .equalsIgnoreCase: return .boolean(JavaText.equal(text.lowercased(), first.lowercased()))
    case .concat: return .text(text + first)
    case .matches: return .boolean(try JavaPattern(first).matches(text))
    case .replace: return .text(JavaText.replacing(text, first, with: try argument(arguments, 1)))
    case .replaceAll: return .text(try JavaPattern(first).replacing(in: text, with: try argument(arguments, 1)))
    case .replaceFirst:
      return .text(try JavaPattern(first).replacing(in: text, with: try argument(arguments, 1), atMost: 1))
    default: throw ExpressionError(.unsupported, detail: "the method '\(rawValue)' is not available")
    }
  }

  private func onList(
    _ items: [ExpressionValue], _ arguments: [ExpressionValue]
  ) throws(ExpressionError) -> ExpressionValue? {
    switch self {
    case .size, .length: return .integer(Int64(items.count))
    case .isEmpty: return .boolean(items.isEmpty)
    case .contains: return .boolean(items.contains { $0.text == arguments.first?.text })
    case .get:
      let index = try index(arguments, 0)
      guard items.indices.contains(index) else {
        throw ExpressionError(.cannotEvaluate, detail: "the list has no item \(index)")
      }
      return items[index]
    default: return nil
    }
  }

  private func argument(_ arguments: [ExpressionValue], _ index: Int) throws(ExpressionError) -> String {
    guard arguments.indices.contains(index) else {
      throw ExpressionError(.cannotEvaluate, detail: "the method '\(rawValue)' lacks an argument")
    }
    return arguments[index].text
  }

  private func index(_ arguments: [ExpressionValue], _ index: Int) throws(ExpressionError) -> Int {
    guard arguments.indices.contains(index), let number = arguments[index].asInteger, let result = Int(exactly: number)
    else { throw ExpressionError(.cannotEvaluate, detail: "the method '\(rawValue)' needs a number") }
    return result
  }

  /// Java trims everything up to the blank.
  private static func trim(_ text: String) -> String {
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, first.value <= 0x20 { scalars.removeFirst() }
    while let last = scalars.last, last.value <= 0x20 { scalars.removeLast() }
    return String(scalars)
  }

  private func slice(_ units: [UInt16], _ arguments: [ExpressionValue]) throws(ExpressionError) -> String {
    let start = try index(arguments, 0)
    var end = self == .charAt ? start : units.count
    if self == .charAt {
      guard units.indices.contains(start) else { throw outOfRange(units.count) }
      end = start + 1
    } else if arguments.count > 1 {
      end = try index(arguments, 1)
    }
    guard start >= 0, start <= end, end <= units.count else { throw outOfRange(units.count) }
    return String(decoding: units[start..<end], as: UTF16.self)
  }

  private func outOfRange(_ length: Int) -> ExpressionError {
    ExpressionError(.cannotEvaluate, detail: "'\(rawValue)' reaches outside the text, which has \(length) characters")
  }

  private func position(_ text: String, _ arguments: [ExpressionValue]) throws(ExpressionError) -> Int {
    let units = Array(text.utf16)
    let wanted = Array(try argument(arguments, 0).utf16)
    if self == .lastIndexOf { return JavaText.lastPosition(of: wanted, in: units) ?? -1 }
    let start = arguments.count > 1 ? max(try index(arguments, 1), 0) : 0
    return JavaText.position(of: wanted, in: units, from: start) ?? -1
  }

  private static func repeating(_ text: String, _ count: Int) throws(ExpressionError) -> String {
    let (length, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(count, 0))
    guard count >= 0, !overflow, length <= ExpressionLimits.resultLength else {
      throw ExpressionError(.limitExceeded, detail: "the text cannot be repeated \(count) times")
    }
    return String(repeating: text, count: count)
  }

  /// Empty parts at the end are dropped, as Java does.
  private static func split(_ text: String, _ pattern: String) throws(ExpressionError) -> [ExpressionValue] {
    var parts = try JavaPattern(pattern).split(text)
    while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
    return parts.map { .text($0) }
  }
}

/// Comparison and search by code units: Swift would take a letter with a combining mark as one character.
enum JavaText {
  static func equal(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

  static func contains(_ text: String, _ part: String) -> Bool {
    position(of: Array(part.utf16), in: Array(text.utf16), from: 0) != nil
  }

  static func position(of part: [UInt16], in units: [UInt16], from start: Int) -> Int? {
    guard part.count <= units.count else { return nil }
    guard let first = part.first else { return min(start, units.count) }
    var index = start
    while index <= units.count - part.count {
      if units[index] == first, units[index..<index + part.count].elementsEqual(part) { return index }
      index += 1
    }
    return nil
  }

  static func lastPosition(of part: [UInt16], in units: [UInt16]) -> Int? {
    var index = units.count - part.count
    while index >= 0 {
      if units[index..<index + part.count].elementsEqual(part) { return index }
      index -= 1
    }
    return nil
  }

  static func replacing(_ text: String, _ part: String, with replacement: String) -> String {
    let units = Array(text.utf16)
    let wanted = Array(part.utf16)
    guard !wanted.isEmpty else { return text }
    var result: [UInt16] = []
    var index = 0
    while let next = position(of: wanted, in: units, from: index) {
      result += units[index..<next]
      result += replacement.utf16
      index = next + wanted.count
    }
    result += units[index...]
    return String(decoding: result, as: UTF16.self)
  }
}
