import TenantBase

/// Writes header fields in ASCII (UTF-8 only inside internationalized addresses), folded at 78 bytes where a blank allows.
///
/// Nothing that came from outside reaches `output` without one of the checks here: CR, LF and NUL are refused by the
/// field's name, so that no value can begin another field.
struct HeaderWriter {
  /// RFC 5322 section 2.1.1: lines should have at most this many bytes.
  static let lineLength = 78
  /// The longest run without a blank that is written as it stands; what is longer is encoded and so can be folded.
  static let wordLimit = 600

  private(set) var output: [UInt8] = []
  private var column = 0

  // MARK: fields

  /// A field of free text (RFC 5322 section 2.2.1): encoded words where it is not printable ASCII.
  mutating func unstructured(_ name: String, _ value: String) throws(MIMEError) {
    try Self.refuseLineEnds(value, field: name)
    try begin(name)
    if !value.isEmpty { append(text: value) }
    end()
  }

  /// A field that is already in its final form: dates, identifiers, media types.
  mutating func structured(_ name: String, _ tokens: [String]) throws(MIMEError) {
    try begin(name)
    for token in tokens {
      try Self.refuseLineEnds(token, field: name)
      append(token: Array(token.utf8))
    }
    end()
  }

  /// A field of addresses; nothing is written for an empty list.
  mutating func addresses(_ name: String, _ list: AddressList) throws(MIMEError) {
    if list.isEmpty { return }
    try begin(name)
    for (index, item) in list.items.enumerated() {
      let separator = index + 1 < list.items.count ? "," : ""
      switch item {
      case .mailbox(let address):
        try append(address, suffix: separator, field: name)
      case .group(let groupName, let members):
        try append(phrase: groupName, suffix: ":", field: name)
        for (place, member) in members.enumerated() {
          try append(member, suffix: place + 1 < members.count ? "," : ";" + separator, field: name)
        }
        if members.isEmpty { append(token: Array((";" + separator).utf8)) }
      }
    }
    end()
  }

  /// The empty line after the last field.
  mutating func endHeader() { output += [ASCII.cr, ASCII.lf] }

  static func refuseLineEnds(_ value: String, field: String) throws(MIMEError) {
    for (offset, byte) in value.utf8.enumerated() where byte == ASCII.cr || byte == ASCII.lf || byte == 0 {
      let name = byte == 0 ? "NUL" : byte == ASCII.cr ? "a carriage return" : "a line feed"
      throw MIMEError(.controlCharacter, field: field, offset: offset, detail: "\(name) in the value")
    }
  }

  // MARK: pieces

  private mutating func begin(_ name: String) throws(MIMEError) {
    let isName = !name.isEmpty && name.utf8.count <= 76 && name.utf8.allSatisfy { ASCII.isVisible($0) && $0 != 0x3A }
    guard isName else {
      throw MIMEError(
        .malformedHeaderName, field: name, detail: "a header name has only printable ASCII characters, and no colon")
    }
    output += Array(name.utf8)
    output.append(UInt8(ascii: ":"))
    column = name.utf8.count + 1
    isFirstToken = true
  }

  private var isFirstToken = true

  private mutating func end() { output += [ASCII.cr, ASCII.lf] }

  /// Puts `token` after `blank`, on a new line when it does not fit on this one.
  ///
  /// The first token stays on the field's own line: `Message-ID:` and a line end alone confuse old readers.
  private mutating func append(token: [UInt8], blank: [UInt8] = [ASCII.space]) {
    if !isFirstToken, column + blank.count + token.count > Self.lineLength {
      output += [ASCII.cr, ASCII.lf]
      column = 0
    }
    output += blank
    output += token
    column += blank.count + token.count
    isFirstToken = false
  }

  private mutating func append(encoded text: String, suffix: [UInt8] = [], blank: [UInt8] = [ASCII.space]) {
    var room = Self.lineLength - column - blank.count
    if room < EncodedWords.leastRoom, !isFirstToken { room = EncodedWords.wordLimit }
    var words = EncodedWords.encode(text, firstRoom: max(room, EncodedWords.leastRoom))
    if let last = words.popLast() { words.append(last + suffix) }
    for (index, word) in words.enumerated() { append(token: word, blank: index == 0 ? blank : [ASCII.space]) }
  }

  /// Words that are printable ASCII stay readable; everything from the first to the last other word is encoded.
  private mutating func append(text: String) {
    let words = Self.words(of: text)
    let first = words.firstIndex(where: \.needsEncoding)
    let last = words.lastIndex(where: \.needsEncoding)
    for (index, word) in words.enumerated() {
      guard let first, let last, (first...last).contains(index) else {
        append(token: Array(word.text.utf8), blank: word.blank.isEmpty ? [ASCII.space] : Array(word.blank.utf8))
        continue
      }
      guard index == first else { continue }
      let run = words[first...last]
      var encoded = run.dropFirst().reduce(words[first].text) { $0 + $1.blank + $1.text }
      var blank = Array(words[first].blank.utf8)
      if first == 0 {
        encoded = words[first].blank + encoded
        blank = []
      }
      append(encoded: encoded, blank: blank.isEmpty ? [ASCII.space] : blank)
    }
  }

  private struct Word {
    /// The blanks before it.
    var blank: String
    var text: String
    var needsEncoding: Bool
  }

  private static func words(of text: String) -> [Word] {
    var words: [Word] = []
    var blank = ""
    var current = ""
    func close() {
      if !current.isEmpty { words.append(Word(blank: blank, text: current, needsEncoding: needsEncoding(current))) }
    }
    for scalar in text.unicodeScalars {
      let isBlank = scalar == " " || scalar == "\t"
      if isBlank, !current.isEmpty {
        close()
        blank = ""
        current = ""
      }
      if isBlank { blank.unicodeScalars.append(scalar) } else { current.unicodeScalars.append(scalar) }
    }
    if current.isEmpty {
      // Blanks at the end would be lost: they become part of an encoded word.
      if !blank.isEmpty { words.append(Word(blank: "", text: blank, needsEncoding: true)) }
      return words
    }
    close()
    if let first = words.first, !first.blank.isEmpty { words[0].needsEncoding = true }
    return words
  }

  private static func needsEncoding(_ word: String) -> Bool {
    word.utf8.count > wordLimit || word.contains("=?") || !word.utf8.allSatisfy(ASCII.isVisible)
  }

  private mutating func append(_ address: MailAddress, suffix: String, field: String) throws(MIMEError) {
    try address.checked(field: field)
    guard let name = address.displayName, !name.isEmpty else {
      append(token: Array((address.specification + suffix).utf8))
      return
    }
    try append(phrase: name, suffix: "", field: field)
    append(token: Array("<\(address.specification)>\(suffix)".utf8))
  }

  /// A display name: as atoms, as a quoted string, or as encoded words.
  private mutating func append(phrase: String, suffix: String, field: String) throws(MIMEError) {
    try Self.refuseLineEnds(phrase, field: field)
    let atoms = phrase.utf8.split(separator: ASCII.space, omittingEmptySubsequences: false)
    let isASCII = phrase.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    let suffix = Array(suffix.utf8)
    if !isASCII || phrase.contains("=?") || phrase.utf8.count > 64 {
      append(encoded: phrase, suffix: suffix)
    } else if atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(AddressScanner.isAtomByte) }) {
      for (index, atom) in atoms.enumerated() { append(token: Array(atom) + (index + 1 == atoms.count ? suffix : [])) }
    } else {
      append(token: Array(MailAddress.quoted(phrase).utf8) + suffix)
    }
  }
}
