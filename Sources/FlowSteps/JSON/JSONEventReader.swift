import TenantBase

/// Why a text is no JSON.
struct JSONFault: Error, Equatable {
  /// In bytes, from 0.
  let offset: Int
  /// One sentence without full stop.
  let detail: String
}

/// One step through a JSON text (RFC 8259).
enum JSONEvent: Equatable {
  case beginObject
  case endObject
  case beginArray
  case endArray
  /// The name of the member whose value comes next.
  case name(String)
  case string(String)
  /// As written: a number keeps every digit.
  case number(String)
  case bool(Bool)
  case null
}

/// Reads JSON as events, strictly by RFC 8259, without recursion: no depth of nesting costs a stack.
///
/// The text is UTF-8, with or without a byte order mark. Lone surrogates of `\u` escapes become U+FFFD.
struct JSONEventReader {
  static let depthLimit = 200

  private enum Expectation {
    case value
    /// Just after `[`: a value or the end.
    case valueOrEnd
    /// Just after `{`: a name or the end.
    case nameOrEnd
    /// After a comma in an object.
    case name
    /// A comma or the end of the container.
    case commaOrEnd
    /// The value is complete; only blanks may follow.
    case nothing
  }

  private let bytes: [UInt8]
  private(set) var position = 0
  /// True for an object.
  private var containers: [Bool] = []
  private var expectation = Expectation.value

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next event; nil when the text has ended as it should.
  mutating func next() throws(JSONFault) -> JSONEvent? {
    skipBlanks()
    guard position < bytes.count else {
      guard expectation == .nothing else { throw fault("the text ends too early") }
      return nil
    }
    switch expectation {
    case .nothing: throw fault("something follows the end")
    case .value: return try value()
    case .valueOrEnd: return bytes[position] == 0x5D ? end(.endArray) : try value()
    case .nameOrEnd: return bytes[position] == 0x7D ? end(.endObject) : try name()
    case .name: return try name()
    case .commaOrEnd: return try afterValue()
    }
  }

  private mutating func afterValue() throws(JSONFault) -> JSONEvent? {
    let isObject = containers.last == true
    switch bytes[position] {
    case 0x2C:
      position += 1
      expectation = isObject ? .name : .value
      return try next()
    case 0x5D where !isObject: return end(.endArray)
    case 0x7D where isObject: return end(.endObject)
    default: throw fault(isObject ? "',' or '}' is missing" : "',' or ']' is missing")
    }
  }

  private mutating func value() throws(JSONFault) -> JSONEvent {
    switch bytes[position] {
    case 0x7B: return try begin(.beginObject, isObject: true)
    case 0x5B: return try begin(.beginArray, isObject: false)
    case 0x22:
      let text = try string()
      endValue()
      return .string(text)
    case 0x74: return try word("true", .bool(true))
    case 0x66: return try word("false", .bool(false))
    case 0x6E: return try word("null", .null)
    case 0x2D, 0x30...0x39: return try number()
    default: throw fault("no value begins like this")
    }
  }

  private mutating func begin(_ event: JSONEvent, isObject: Bool) throws(JSONFault) -> JSONEvent {
    guard containers.count < Self.depthLimit else { throw fault("nested deeper than \(Self.depthLimit) levels") }
    containers.append(isObject)
    position += 1
    expectation = isObject ? .nameOrEnd : .valueOrEnd
    return event
  }

  private mutating func end(_ event: JSONEvent) -> JSONEvent {
    position += 1
    containers.removeLast()
    endValue()
    return event
  }

  private mutating func endValue() { expectation = containers.isEmpty ? .nothing : .commaOrEnd }

  private mutating func name() throws(JSONFault) -> JSONEvent {
    guard bytes[position] == 0x22 else { throw fault("a name in quotes is missing") }
    let name = try string()
    skipBlanks()
    guard position < bytes.count, bytes[position] == 0x3A else { throw fault("':' is missing") }
    position += 1
    expectation = .value
    return .name(name)
  }

  private mutating func word(_ text: String, _ event: JSONEvent) throws(JSONFault) -> JSONEvent {
    guard bytes[position...].starts(with: text.utf8) else { throw fault("no value begins like this") }
    position += text.utf8.count
    endValue()
    return event
  }

  private mutating func number() throws(JSONFault) -> JSONEvent {
    let start = position
    if peek() == 0x2D { position += 1 }
    if peek() == 0x30 { position += 1 } else { try digits() }
    if peek() == 0x2E {
      position += 1
      try digits()
    }
    if peek() == 0x65 || peek() == 0x45 {
      position += 1
      if peek() == 0x2B || peek() == 0x2D { position += 1 }
      try digits()
    }
    endValue()
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func digits() throws(JSONFault) {
    let start = position
    while let byte = peek(), byte >= 0x30, byte <= 0x39 { position += 1 }
    if position == start { throw fault("a digit is missing") }
  }

  private mutating func skipBlanks() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func fault(_ detail: String) -> JSONFault { JSONFault(offset: position, detail: detail) }
}

extension JSONEventReader {
  /// Stands at the opening quote; afterwards behind the closing one.
  private mutating func string() throws(JSONFault) -> String {
    position += 1
    var result: [UInt8] = []
    var start = position
    while true {
      guard let byte = peek() else { throw fault("the text in quotes has no end") }
      switch byte {
      case 0x22:
        result += bytes[start..<position]
        guard let text = String(validating: result, as: UTF8.self) else { throw fault("the text is not UTF-8") }
        position += 1
        return text
      case 0x5C:
        result += bytes[start..<position]
        position += 1
        try escape(into: &result)
        start = position
      case 0..<0x20: throw fault("a control character stands in a text")
      default: position += 1
      }
    }
  }

  private mutating func escape(into result: inout [UInt8]) throws(JSONFault) {
    guard let byte = peek() else { throw fault("the text in quotes has no end") }
    position += 1
    switch byte {
    case 0x22, 0x5C, 0x2F: result.append(byte)
    case 0x62: result.append(0x08)
    case 0x66: result.append(0x0C)
    case 0x6E: result.append(0x0A)
    case 0x72: result.append(0x0D)
    case 0x74: result.append(0x09)
    case 0x75: try unicodeEscape(into: &result)
    default: throw fault("there is no such escape")
    }
  }

  private mutating func unicodeEscape(into result: inout [UInt8]) throws(JSONFault) {
    var units = [try hexUnit()]
    if UTF16.isLeadSurrogate(units[0]), position + 1 < bytes.count, bytes[position] == 0x5C,
      bytes[position + 1] == 0x75
    {
      let before = position
      position += 2
      let second = try hexUnit()
      if UTF16.isTrailSurrogate(second) { units.append(second) } else { position = before }
    }
    result += String(decoding: units, as: UTF16.self).utf8
  }

  private mutating func hexUnit() throws(JSONFault) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = peek().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw fault("four hexadecimal digits are missing")
      }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }
}
