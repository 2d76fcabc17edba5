import TenantBase

/// The lines of one response put together, its literals beside them.
struct ResponseAssembly: Sendable {
  struct Literal: Sendable, Equatable {
    /// Where its `{n}` stands in the text.
    var position: Int
    /// Bytes of `{n}`.
    var length: Int
    var content: Content
  }

  enum Content: Sendable, Equatable {
    case held([UInt8])
    case streamed(byteCount: Int)
  }

  /// Without line ends; each literal is represented by its `{n}`.
  private(set) var text: [UInt8] = []
  private(set) var literals: [Literal] = []
  /// Bytes of the text and of the literals that are held.
  private(set) var heldBytes = 0

  /// A blank line stood behind a literal.
  private(set) var hasBlankLine = false

  var isEmpty: Bool { text.isEmpty && literals.isEmpty }

  mutating func append(line: [UInt8]) {
    heldBytes += line.count
    if text.isEmpty { text = line } else { text.append(contentsOf: line) }
  }

  mutating func appendBlankLine() {
    hasBlankLine = true
    append(line: [ASCII.space])
  }

  /// Adds the literal whose announcement ends the text.
  mutating func append(_ content: Content, announcementLength: Int) {
    if case .held(let bytes) = content { heldBytes += bytes.count }
    literals.append(Literal(position: text.count - announcementLength, length: announcementLength, content: content))
  }
}

/// `{123}`, `{123+}` or `~{123}` at the end of a line (RFC 9051 section 4.3).
struct LiteralAnnouncement: Equatable {
  enum Fault: Error, Equatable {
    /// Beyond 2^63-1.
    case tooGreat
    case negative
  }

  let byteCount: UInt64
  /// Bytes of the announcement, braces included.
  let length: Int

  private static let longestNumber = 40

  /// - Returns: nil when the line does not end in braces with a number between them.
  /// - Throws: when the number is none that a literal can have.
  init?(endOf line: [UInt8]) throws(Fault) {
    guard line.last == IMAPCharacter.closeBrace else { return nil }
    let tail = line.suffix(Self.longestNumber + 3).dropLast()
    guard let open = tail.lastIndex(of: IMAPCharacter.openBrace) else { return nil }
    var digits = tail[(open + 1)...]
    if digits.last == UInt8(ascii: "+") || digits.last == UInt8(ascii: "-") { digits = digits.dropLast() }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
    if isNegative { throw .negative }
    guard let number = IMAPNumber.parse(digits) else { throw .tooGreat }
    let isBinary = open > line.startIndex && line[open - 1] == UInt8(ascii: "~")
    byteCount = number
    length = line.endIndex - open + (isBinary ? 1 : 0)
  }
}
