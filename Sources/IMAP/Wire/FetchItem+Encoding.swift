extension IMAPCommandWriter {
  /// ` (UID BODY.PEEK[])`.
  mutating func write(_ items: [FetchItem]) throws(IMAPCommandError) {
    write(" (")
    for (index, item) in items.enumerated() {
      if index > 0 { write(" ") }
      switch item {
      case .uid: write("UID")
      case .flags: write("FLAGS")
      case .internalDate: write("INTERNALDATE")
      case .size: write("RFC822.SIZE")
      case .envelope: write("ENVELOPE")
      case .bodyStructure: write("BODYSTRUCTURE")
      case .modSequence: write("MODSEQ")
      case .emailID: write("EMAILID")
      case .gmailMessageID: write("X-GM-MSGID")
      case .section(let section): try write(section)
      case .partialSection(let section, let offset, let byteCount):
        try write(section)
        write("<\(offset).\(byteCount)>")
      }
    }
    write(")")
  }

  private mutating func write(_ section: BodySection) throws(IMAPCommandError) {
    write("BODY.PEEK[")
    guard section.part.allSatisfy({ $0 > 0 }) else { throw IMAPCommandError(.notAnAtom, field: "part number") }
    write(section.part.map(String.init).joined(separator: "."))
    if !section.part.isEmpty, section.text != .whole { write(".") }
    switch section.text {
    case .whole: break
    case .header: write("HEADER")
    case .headerFields(let names): try write("HEADER.FIELDS", names)
    case .headerFieldsNot(let names): try write("HEADER.FIELDS.NOT", names)
    case .text: write("TEXT")
    case .mime: write("MIME")
    }
    write("]")
  }

  private mutating func write(_ keyword: String, _ names: [String]) throws(IMAPCommandError) {
    write("\(keyword) (")
    for (index, name) in names.enumerated() {
      if index > 0 { write(" ") }
      try write(atom: name, field: "header field name")
    }
    write(")")
  }
}
