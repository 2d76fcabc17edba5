/// The words and signs of an XPath expression (XPath 1.0, section 3.7), found without understanding it.
///
/// libxml2 compiles and evaluates; but it tells of an unknown function or prefix only when a document comes to it, so a
/// check reads the names by itself.
struct XPathToken: Equatable {
  enum Kind: Equatable {
    case literal, number
    /// `$name`
    case variable(String)
    /// A name, with prefix; `p:*` has the local name `*`.
    case name(String)
    /// A name that stands before `::`.
    case axis(String)
    /// `and`, `or`, `div`, `mod`, and `*` as multiplication.
    case `operator`(String)
    case sign(String)
  }

  let kind: Kind
  let offset: Int

  /// Whether an operand has just ended, so that a name or `*` that comes now is an operator.
  var endsOperand: Bool {
    switch kind {
    case .literal, .number, .variable, .name: true
    case .sign(let sign): [")", "]", ".", "..", "*"].contains(sign)
    case .axis, .operator: false
    }
  }
}

struct XPathScanner {
  private let bytes: [UInt8]
  private var position = 0
  private(set) var tokens: [XPathToken] = []

  init(_ expression: String) { bytes = Array(expression.utf8) }

  /// - Throws: `malformed` for a literal without end and a sign that XPath has not.
  mutating func scan() throws(XPathError) -> [XPathToken] {
    while let byte = peek() {
      if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 } else { try next(byte) }
    }
    return tokens
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  private mutating func next(_ byte: UInt8) throws(XPathError) {
    let start = position
    switch byte {
    case 0x22, 0x27: try literal(byte)
    case 0x24:
      position += 1
      let name = qualifiedName()
      guard !name.isEmpty else { throw XPathError(.malformed, offset: start, detail: "'$' without a name") }
      add(.variable(name), start)
    case 0x30...0x39: number()
    case 0x2E where (peek(1) ?? 0) >= 0x30 && (peek(1) ?? 0) <= 0x39: number()
    default:
      if Self.isNameStart(byte) { name() } else { try sign() }
    }
  }

  private mutating func add(_ kind: XPathToken.Kind, _ offset: Int) {
    tokens.append(XPathToken(kind: kind, offset: offset))
  }

  private mutating func literal(_ quote: UInt8) throws(XPathError) {
    let start = position
    guard let end = bytes[(start + 1)...].firstIndex(of: quote) else {
      throw XPathError(.malformed, offset: start, detail: "the text in quotes has no end")
    }
    position = end + 1
    add(.literal, start)
  }

  private mutating func number() {
    let start = position
    while let byte = peek(), (byte >= 0x30 && byte <= 0x39) || byte == 0x2E { position += 1 }
    add(.number, start)
  }

  /// A name; with a prefix when a colon and a name or `*` follow at once.
  private mutating func qualifiedName() -> String {
    let start = position
    skipName()
    if position > start, peek() == 0x3A, let after = peek(1), after != 0x3A {
      if Self.isNameStart(after) {
        position += 1
        skipName()
      } else if after == 0x2A {
        position += 2
      }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func skipName() {
    guard let first = peek(), Self.isNameStart(first) else { return }
    while let byte = peek(), Self.isNameByte(byte) { position += 1 }
  }

  private mutating func name() {
    let start = position
    let name = qualifiedName()
    let isAxis = peek() == 0x3A && peek(1) == 0x3A || isAxisAfterBlanks()
    if isAxis {
      add(.axis(name), start)
    } else if tokens.last?.endsOperand == true {
      add(.operator(name), start)
    } else {
      add(.name(name), start)
    }
  }

  private func isAxisAfterBlanks() -> Bool {
    var ahead = 0
    while let byte = peek(ahead), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { ahead += 1 }
    return ahead > 0 && peek(ahead) == 0x3A && peek(ahead + 1) == 0x3A
  }

  private mutating func sign() throws(XPathError) {
    let start = position
    let rest = bytes[start...].prefix(2)
    for sign in ["::", "//", "..", "!=", "<=", ">=", "||", ":=", "=>", "<<", ">>"] where rest.elementsEqual(sign.utf8) {
      position += 2
      add(.sign(sign), start)
      return
    }
    let sign = String(decoding: bytes[start...start], as: UTF8.self)
    guard "()[].@,/|+-=<>*!{};?#".contains(sign) else {
      throw XPathError(.malformed, offset: start, detail: "'\(sign)' has no meaning here")
    }
    position += 1
    let isTimes = sign == "*" && tokens.last?.endsOperand == true
    add(isTimes ? .operator("*") : .sign(sign), start)
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || byte == 0x5F || byte >= 0x80
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isNameStart(byte) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2D || byte == 0x2E
  }
}
