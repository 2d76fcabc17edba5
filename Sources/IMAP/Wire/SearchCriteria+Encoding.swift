import TenantBase

extension IMAPCommandWriter {
  /// The SEARCH program, with its charset where a text needs one.
  ///
  /// Under UTF8=ACCEPT no charset may be named (RFC 6855 section 3): all is UTF-8 then.
  mutating func write(_ criteria: SearchCriteria) throws(IMAPCommandError) {
    if !isUTF8, criteria.keys.contains(where: \.needsUTF8) { write("CHARSET UTF-8 ") }
    guard !criteria.keys.isEmpty else { return write("ALL") }
    for (index, key) in criteria.keys.enumerated() {
      if index > 0 { write(" ") }
      try write(key)
    }
  }

  private mutating func write(_ key: SearchCriteria.Key) throws(IMAPCommandError) {
    var key = key
    // A loop, since a flow may write any number of them.
    while case .not(let inner) = key {
      write("NOT ")
      key = inner
    }
    switch key {
    case .all: write("ALL")
    case .seen: write("SEEN")
    case .unseen: write("UNSEEN")
    case .flagged: write("FLAGGED")
    case .unflagged: write("UNFLAGGED")
    case .deleted: write("DELETED")
    case .undeleted: write("UNDELETED")
    case .answered: write("ANSWERED")
    case .unanswered: write("UNANSWERED")
    case .keyword(let flag):
      write("KEYWORD ")
      try write(atom: flag.name, field: "keyword")
    case .unkeyword(let flag):
      write("UNKEYWORD ")
      try write(atom: flag.name, field: "keyword")
    case .from(let text): try write("FROM", text)
    case .to(let text): try write("TO", text)
    case .subject(let text): try write("SUBJECT", text)
    case .body(let text): try write("BODY", text)
    case .header(let name, let value):
      write("HEADER ")
      try write(headerName: name)
      write(" ")
      try write(string: Array(value.utf8), field: "search criterion HEADER")
    case .since(let day): try write("SINCE", day)
    case .before(let day): try write("BEFORE", day)
    case .larger(let byteCount): write("LARGER \(byteCount)")
    case .smaller(let byteCount): write("SMALLER \(byteCount)")
    case .uid(let set):
      write("UID ")
      try write(set, field: "search criterion UID")
    case .raw(let raw): try write(raw)
    case .not: break
    }
  }

  private mutating func write(_ keyword: String, _ text: String) throws(IMAPCommandError) {
    write("\(keyword) ")
    try write(string: Array(text.utf8), field: "search criterion \(keyword)")
  }

  private mutating func write(_ keyword: String, _ day: CivilDateTime) throws(IMAPCommandError) {
    guard day.isValid else { throw IMAPCommandError(.invalidDate, field: "search criterion \(keyword)") }
    write("\(keyword) \(IMAPDate.day(day))")
  }

  /// RFC 5322 section 2.2: printable ASCII without the colon.
  private mutating func write(headerName name: String) throws(IMAPCommandError) {
    let field = "search criterion HEADER"
    guard !name.isEmpty, name.utf8.allSatisfy({ ASCII.isVisible($0) && $0 != UInt8(ascii: ":") }) else {
      throw Self.refusal(name.utf8, field: field, otherwise: .notAnAtom)
    }
    try write(string: Array(name.utf8), field: field)
  }

  private mutating func write(_ raw: RawSearchText) throws(IMAPCommandError) {
    // In parentheses, so that what was written stays one key beside the others.
    write("(")
    var needsBlank = false
    for token in raw.tokens {
      if needsBlank, token != .close { write(" ") }
      needsBlank = token != .open
      switch token {
      case .open: write("(")
      case .close: write(")")
      case .word(let word): write(word)
      case .string(let bytes): try write(string: bytes, field: "raw search")
      }
    }
    write(")")
  }
}

extension SearchCriteria.Key {
  /// Whether a text goes beyond ASCII.
  var needsUTF8: Bool {
    switch self {
    case .from(let text), .to(let text), .subject(let text), .body(let text), .header(_, let text):
      text.utf8.contains { $0 >= 0x80 }
    case .raw(let raw): raw.text.utf8.contains { $0 >= 0x80 }
    case .not(let key): key.needsUTF8
    default: false
    }
  }
}
