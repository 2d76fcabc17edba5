import Crypto
import TenantBase

/// Puts one command together. Everything that came from outside goes through here; CR, LF and NUL go through nowhere.
struct IMAPCommandWriter {
  private let dialect: IMAPDialect
  private var parts: [IMAPCommandPart] = []
  private var line: [UInt8]

  /// Strings longer than this go as literals: some servers keep quoted strings in small buffers.
  private static let longestQuoted = 512

  init(tag: String, name: String, dialect: IMAPDialect) {
    self.dialect = dialect
    line = Array("\(tag) \(name)".utf8)
  }

  var isUTF8: Bool { dialect.isUTF8 }

  /// Our own words; never anything from outside.
  mutating func write(_ words: String) { line.append(contentsOf: words.utf8) }

  /// A word that must be an atom (RFC 9051 section 9): a keyword, a mechanism, a field's name.
  mutating func write(atom: String, field: String) throws(IMAPCommandError) {
    guard !atom.isEmpty, atom.utf8.allSatisfy(IMAPCharacter.isAtom) else {
      throw Self.refusal(atom.utf8, field: field, otherwise: .notAnAtom)
    }
    line.append(contentsOf: atom.utf8)
  }

  mutating func write(flag: IMAPFlag) throws(IMAPCommandError) {
    let isSystem = flag.name.utf8.first == IMAPCharacter.backslash
    if isSystem { write("\\") }
    try write(atom: String(isSystem ? flag.name.dropFirst() : flag.name[...]), field: "flag")
  }

  mutating func write(flags: [IMAPFlag]) throws(IMAPCommandError) {
    write("(")
    for (index, flag) in flags.enumerated() {
      if index > 0 { write(" ") }
      try write(flag: flag)
    }
    write(")")
  }

  mutating func write(_ set: UIDSet, field: String) throws(IMAPCommandError) {
    guard let first = set.first, first > 0 else { throw IMAPCommandError(.emptySet, field: field) }
    write(set.wireText)
  }

  mutating func write(_ mailbox: MailboxName) throws(IMAPCommandError) {
    try write(string: mailbox.wireBytes(isUTF8: dialect.isUTF8), field: "folder")
  }

  /// A quoted string, or a literal where the bytes need one.
  mutating func write(string: [UInt8], field: String) throws(IMAPCommandError) {
    if let error = Self.controlCharacter(in: string, field: field) { throw error }
    if string.count > dialect.longestArgument {
      throw IMAPCommandError(.tooLong(limit: dialect.longestArgument), field: field)
    }
    let isQuotable =
      string.count <= Self.longestQuoted
      && string.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 >= 0x80 && dialect.isUTF8 }
    if isQuotable {
      write(quoted: string)
    } else {
      announceLiteral(byteCount: string.count)
      line.append(contentsOf: string)
    }
  }

  /// - Parameter secret: without CR, LF and NUL.
  mutating func write(secret: SecretBox, field: String) throws(IMAPCommandError) {
    for byte in [0, ASCII.cr, ASCII.lf] where secret.bytes.contains(byte) {
      throw IMAPCommandError(.controlCharacter, field: field)
    }
    if secret.bytes.count > dialect.longestArgument {
      throw IMAPCommandError(.tooLong(limit: dialect.longestArgument), field: field)
    }
    // Escaping would take a copy of the secret apart; a literal needs none.
    if Self.needsNoEscape(secret) {
      write("\"")
      append(.secret(secret))
      write("\"")
    } else {
      announceLiteral(byteCount: secret.bytes.count)
      append(.secret(secret))
    }
  }

  /// A message whose bytes the driver writes.
  mutating func writeMessage(byteCount: Int) {
    announceLiteral(byteCount: byteCount)
    append(.message(byteCount: byteCount))
  }

  /// A part that ends the line itself.
  mutating func writeLast(secretLine: SecretBox) -> [IMAPCommandPart] {
    append(.secret(secretLine))
    return parts
  }

  mutating func finish() -> [IMAPCommandPart] {
    write("\r\n")
    flush()
    return parts
  }

  private mutating func write(quoted string: [UInt8]) {
    line.append(IMAPCharacter.quote)
    for byte in string {
      if byte == IMAPCharacter.quote || byte == IMAPCharacter.backslash { line.append(IMAPCharacter.backslash) }
      line.append(byte)
    }
    line.append(IMAPCharacter.quote)
  }

  /// RFC 7888.
  private mutating func announceLiteral(byteCount: Int) {
    let waits =
      switch dialect.literals {
      case .synchronizing: true
      case .smallNonSynchronizing: byteCount > IMAPDialect.smallLiteral
      case .nonSynchronizing: false
      }
    write("{\(byteCount)\(waits ? "" : "+")}\r\n")
    if waits { append(.awaitContinuation) }
  }

  private mutating func append(_ part: IMAPCommandPart) {
    flush()
    parts.append(part)
  }

  private mutating func flush() {
    if !line.isEmpty { parts.append(.bytes(line)) }
    line = []
  }

  private static func needsNoEscape(_ secret: SecretBox) -> Bool {
    secret.bytes.withSpan { bytes in
      guard bytes.count <= longestQuoted else { return false }
      for index in bytes.indices {
        let byte = bytes[index]
        if byte < 0x20 || byte >= 0x7F || byte == IMAPCharacter.quote || byte == IMAPCharacter.backslash {
          return false
        }
      }
      return true
    }
  }

  private static func controlCharacter(in bytes: some Sequence<UInt8>, field: String) -> IMAPCommandError? {
    let isSafe = bytes.allSatisfy { $0 != 0 && $0 != ASCII.cr && $0 != ASCII.lf }
    return isSafe ? nil : IMAPCommandError(.controlCharacter, field: field)
  }

  static func refusal(_ bytes: some Sequence<UInt8>, field: String, otherwise kind: IMAPCommandError.Kind)
    -> IMAPCommandError
  {
    controlCharacter(in: bytes, field: field) ?? IMAPCommandError(kind, field: field)
  }
}
