import FlowEngine
import System
import TenantBase

/// One piece of an XML document, as it stands there.
struct XMLPiece {
  enum Kind: Equatable {
    /// `name` is qualified, as written.
    case startTag(name: String, isEmpty: Bool)
    case endTag(name: String)
    /// Text, also a part of one; CDATA sections too.
    case text
    case comment
    /// `<?xml …?>`
    case declaration
    case instruction
  }

  let kind: Kind
  let bytes: [UInt8]
}

/// Reads a document piece by piece, in memory that does not grow with it.
///
/// It checks how the tags lie within each other, and no more: what is within them goes through as it is. A DOCTYPE is
/// refused. The bytes are UTF-8.
struct XMLTokenReader {
  /// Bytes of one tag, comment or instruction.
  static let pieceLimit = 16 << 20
  static let depthLimit = 1_000
  private static let chunkLength = 64 << 10

  private var reader: MessageBody.Reader
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private(set) var openElements: [String] = []
  private var hasRoot = false

  init(_ body: MessageBody) throws(FlowFailure) {
    reader = try XMLInput.utf8(body).makeReader()
    try fill()
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// nil at the end of a whole document.
  mutating func next() throws(FlowFailure) -> XMLPiece? {
    if position == buffer.count { try fill() }
    guard position < buffer.count else {
      if let open = openElements.last { throw Self.malformed("'<\(open)>' is not closed") }
      guard hasRoot else { throw Self.malformed("there is no element in it") }
      return nil
    }
    return buffer[position] == UInt8(ascii: "<") ? try markup() : try text()
  }

  private mutating func text() throws(FlowFailure) -> XMLPiece {
    let end = ByteSearch.firstIndex(of: UInt8(ascii: "<"), in: buffer, from: position) ?? buffer.count
    let bytes = Array(buffer[position..<end])
    position = end
    if openElements.isEmpty, !bytes.allSatisfy({ $0 <= 0x20 }) {
      throw Self.malformed(hasRoot ? "text follows the root element" : "it does not begin with a tag")
    }
    return XMLPiece(kind: .text, bytes: bytes)
  }

  private mutating func markup() throws(FlowFailure) -> XMLPiece {
    while buffer.count - position < 9, try fill() {}
    let rest = buffer[position...]
    if rest.starts(with: "<!--".utf8) {
      return XMLPiece(kind: .comment, bytes: try take(upTo: Array("-->".utf8), after: 4))
    }
    if rest.starts(with: "<![CDATA[".utf8) {
      guard !openElements.isEmpty else { throw Self.malformed("text stands outside of the root element") }
      return XMLPiece(kind: .text, bytes: try take(upTo: Array("]]>".utf8), after: 9))
    }
    if rest.starts(with: "<!".utf8) { throw Self.malformed("it has a document type declaration, which is refused") }
    if rest.starts(with: "<?".utf8) {
      let bytes = try take(upTo: Array("?>".utf8), after: 2)
      let isDeclaration = bytes.starts(with: "<?xml".utf8) && bytes.count > 5 && bytes[5] <= 0x20
      return XMLPiece(kind: isDeclaration ? .declaration : .instruction, bytes: bytes)
    }
    if rest.starts(with: "</".utf8) { return try endTag() }
    return try startTag()
  }

  private mutating func endTag() throws(FlowFailure) -> XMLPiece {
    let bytes = try take(upTo: [UInt8(ascii: ">")], after: 2)
    let name = Self.name(bytes.dropFirst(2))
    guard let open = openElements.popLast() else { throw Self.malformed("'</\(name)>' closes nothing") }
    guard open == name else { throw Self.malformed("'</\(name)>' stands where '\(open)' is open") }
    return XMLPiece(kind: .endTag(name: name), bytes: bytes)
  }

  private mutating func startTag() throws(FlowFailure) -> XMLPiece {
    let bytes = try takeTag()
    let name = Self.name(bytes.dropFirst())
    guard !name.isEmpty else { throw Self.malformed("a '<' begins no tag") }
    guard !openElements.isEmpty || !hasRoot else { throw Self.malformed("a second root element '\(name)' follows") }
    hasRoot = true
    let isEmpty = bytes.count > 1 && bytes[bytes.count - 2] == UInt8(ascii: "/")
    if !isEmpty {
      guard openElements.count < Self.depthLimit else {
        throw Self.malformed("its elements are nested deeper than \(Self.depthLimit)")
      }
      openElements.append(name)
    }
    return XMLPiece(kind: .startTag(name: name, isEmpty: isEmpty), bytes: bytes)
  }

  private static func name(_ bytes: ArraySlice<UInt8>) -> String {
    String(
      decoding: bytes.prefix { $0 > 0x20 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }, as: UTF8.self)
  }

  // MARK: taking

  /// From here to the end of `pattern`, which is not looked for in the first `offset` bytes.
  private mutating func take(upTo pattern: [UInt8], after offset: Int) throws(FlowFailure) -> [UInt8] {
    var from = position + offset
    while true {
      if let found = ByteSearch.firstIndex(of: pattern, in: buffer, from: min(from, buffer.count)) {
        return take(to: found + pattern.count)
      }
      from = max(position + offset, buffer.count - pattern.count + 1)
      let before = position
      guard buffer.count - position <= Self.pieceLimit, try fill() else {
        throw Self.malformed("it ends within a tag, comment or section, or one is too long")
      }
      from -= before - position
    }
  }

  /// A start tag; `>` may stand in the quotes of an attribute.
  private mutating func takeTag() throws(FlowFailure) -> [UInt8] {
    var index = position + 1
    var quote: UInt8 = 0
    while true {
      while index < buffer.count {
        let byte = buffer[index]
        index += 1
        if quote != 0 {
          if byte == quote { quote = 0 }
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          quote = byte
        } else if byte == UInt8(ascii: ">") {
          return take(to: index)
        } else if byte == UInt8(ascii: "<") {
          throw Self.malformed("a '<' stands within a tag")
        }
      }
      let before = position
      guard buffer.count - position <= Self.pieceLimit, try fill() else {
        throw Self.malformed("it ends within a tag, or one is too long")
      }
      index -= before - position
    }
  }

  private mutating func take(to end: Int) -> [UInt8] {
    defer { position = end }
    return Array(buffer[position..<end])
  }

  /// - Returns: false at the end.
  @discardableResult
  private mutating func fill() throws(FlowFailure) -> Bool {
    guard !isAtEnd else { return false }
    do throws(SystemError) {
      guard let chunk = try reader.nextChunk(atMost: Self.chunkLength) else {
        isAtEnd = true
        return false
      }
      buffer.removeFirst(position)
      position = 0
      buffer += chunk
      return true
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }

  static func malformed(_ cause: String) -> FlowFailure {
    FlowFailure(
      .stepFailed, class: .permanent,
      Explanation("the body is not well-formed XML", cause: PrintableText.escaping(cause)))
  }
}

/// XML bodies of other encodings than UTF-8.
enum XMLInput {
  static let convertedLimit = 64 << 20

  /// The body itself, where it is UTF-8, else a copy.
  static func utf8(_ body: MessageBody) throws(FlowFailure) -> MessageBody {
    do throws(SystemError) {
      var reader = body.makeReader()
      guard let start = try reader.nextChunk(atMost: 256), let charset = charset(start) else { return body }
      guard body.byteCount <= convertedLimit else {
        throw tooLarge(body, charset)
      }
      var bytes = start
      while let chunk = try reader.nextChunk(atMost: 1 << 20) { bytes += chunk }
      guard let converted = CharsetConverter.utf8(from: bytes, charset: charset) else {
        return body
      }
      return MessageBody(bytes: converted)
    } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
  }

  private static func tooLarge(_ body: MessageBody, _ charset: String) -> SystemError {
    SystemError(.tooLarge(limit: convertedLimit), action: "convert from \(charset)", path: "the body")
  }

  /// nil for UTF-8 and its subset.
  private static func charset(_ start: [UInt8]) -> String? {
    if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) { return "UTF-16" }
    if start.starts(with: [0x00, 0x3C]) { return "UTF-16BE" }
    if start.starts(with: [0x3C, 0x00]) { return "UTF-16LE" }
    let text = String(decoding: start, as: UTF8.self)
    guard text.contains("<?xml"), let end = text.firstRange(of: "?>") else { return nil }
    let declaration = text[..<end.lowerBound]
    guard let key = declaration.firstRange(of: "encoding") else { return nil }
    let value = declaration[key.upperBound...].drop { $0 == " " || $0 == "=" }
    guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
    let name = String(value.dropFirst().prefix { $0 != quote })
    return ["utf-8", "utf8", "us-ascii", "ascii"].contains(name.lowercased()) ? nil : name
  }
}
