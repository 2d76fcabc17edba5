import TenantBase

/// What an address field is made of.
enum AddressToken: Equatable {
  /// A run without blanks and specials; `spaced` when blanks stand before it.
  case atom([UInt8], spaced: Bool)
  /// What stands between the quotes, backslashes undone.
  case quoted([UInt8], spaced: Bool)
  /// What stands in parentheses.
  case comment([UInt8])
  /// What stands in angle brackets, comments removed.
  case angle([UInt8])
  case comma
  case semicolon
  case colon

  var isSpaced: Bool {
    switch self {
    case .atom(_, let spaced), .quoted(_, let spaced): spaced
    default: false
    }
  }

  /// As it stands in an address: a quoted string with its quotes.
  var rawText: [UInt8] {
    switch self {
    case .atom(let bytes, _): bytes
    case .quoted(let bytes, _):
      [0x22] + bytes.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] } + [0x22]
    default: []
    }
  }
}

/// Reads the tokens of an address field. Unclosed quotes, comments and brackets reach to the end.
struct AddressTokens {
  private let bytes: [UInt8]
  private var index = 0

  /// How far an encoded word with blanks or commas in it is looked for.
  private static let longestWord = 1_000

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> AddressToken? {
    let start = index
    while index < bytes.count, bytes[index] <= ASCII.space { index += 1 }
    guard index < bytes.count else { return nil }
    let isSpaced = index > start
    switch bytes[index] {
    case 0x2C:
      index += 1
      return .comma
    case 0x3B:
      index += 1
      return .semicolon
    case 0x3A:
      index += 1
      return .colon
    case 0x22: return .quoted(quoted(), spaced: isSpaced)
    case 0x28: return .comment(comment())
    case 0x3C: return angle()
    case 0x5B: return .atom(literal(), spaced: isSpaced)
    default: return .atom(atom(), spaced: isSpaced)
    }
  }

  private mutating func atom() -> [UInt8] {
    let start = index
    if let end = encodedWordEnd() {
      index = end
      return Array(bytes[start..<end])
    }
    while index < bytes.count {
      switch bytes[index] {
      case 0...ASCII.space, 0x22, 0x28, 0x2C, 0x3A, 0x3B, 0x3C, 0x5B:
        if index == start { index += 1 }
        return Array(bytes[start..<index])
      default: index += 1
      }
    }
    return Array(bytes[start..<index])
  }

  /// The end of an encoded word that begins here, whatever specials are in it; nil when none begins.
  private func encodedWordEnd() -> Int? {
    guard index + 1 < bytes.count, bytes[index] == 0x3D, bytes[index + 1] == 0x3F else { return nil }
    var marks = 0
    var probe = index + 2
    let reach = min(bytes.count - 1, index + Self.longestWord)
    while probe < reach {
      if bytes[probe] == 0x3F {
        marks += 1
        if marks >= 3 { return bytes[probe + 1] == 0x3D ? probe + 2 : nil }
      } else if bytes[probe] <= ASCII.space || bytes[probe] == 0x3C {
        return nil
      }
      probe += 1
    }
    return nil
  }

  private mutating func quoted() -> [UInt8] {
    var result: [UInt8] = []
    index += 1
    while index < bytes.count, bytes[index] != 0x22 {
      if bytes[index] == 0x5C, index + 1 < bytes.count { index += 1 }
      result.append(bytes[index])
      index += 1
    }
    index = min(index + 1, bytes.count)
    return result
  }

  private mutating func comment() -> [UInt8] {
    var result: [UInt8] = []
    var depth = 0
    while index < bytes.count {
      var byte = bytes[index]
      if byte == 0x28 { depth += 1 }
      if byte == 0x29 { depth -= 1 }
      let isOuter = (byte == 0x28 && depth == 1) || depth == 0
      if byte == 0x5C, index + 1 < bytes.count {
        index += 1
        byte = bytes[index]
      }
      index += 1
      if depth == 0 { break }
      if !isOuter { result.append(byte) }
    }
    return result
  }

  private mutating func angle() -> AddressToken {
    var result: [UInt8] = []
    index += 1
    var isQuoted = false
    while index < bytes.count {
      let byte = bytes[index]
      if byte == 0x22 { isQuoted.toggle() }
      if byte == 0x5C, isQuoted, index + 1 < bytes.count {
        result.append(byte)
        index += 1
        result.append(bytes[index])
        index += 1
        continue
      }
      if !isQuoted, byte == 0x28 {
        _ = comment()
        continue
      }
      if byte == 0x3E, !isQuoted {
        index += 1
        break
      }
      // Lenient: `<<a@example.com>>`
      if !(byte == 0x3C && result.isEmpty) { result.append(byte) }
      index += 1
    }
    while index < bytes.count, bytes[index] == 0x3E { index += 1 }
    return .angle(result)
  }

  /// An address literal with its brackets: commas and colons in it are its own.
  private mutating func literal() -> [UInt8] {
    let start = index
    while index < bytes.count, bytes[index] != 0x5D { index += 1 }
    index = min(index + 1, bytes.count)
    return Array(bytes[start..<index])
  }
}
