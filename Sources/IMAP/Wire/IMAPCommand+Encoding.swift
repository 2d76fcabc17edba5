import Crypto
import TenantBase

extension IMAPCommand {
  /// Writes the command.
  ///
  /// - Parameter tag: our own, an atom.
  /// - Throws: `IMAPCommandError` when a value cannot go into a command; nothing of it is in the error.
  package func encoded(tag: String, dialect: IMAPDialect)
    throws(IMAPCommandError) -> EncodedIMAPCommand
  {
    var writer = IMAPCommandWriter(tag: tag, name: name, dialect: dialect)
    if case .authenticate(let mechanism, let response) = self, let response {
      writer.write(" ")
      try writer.write(atom: mechanism, field: "mechanism")
      writer.write(" ")
      let line = IMAPContinuation.initialResponse(response)
      return EncodedIMAPCommand(tag: tag, name: name, parts: writer.writeLast(secretLine: line))
    }
    try writeArguments(to: &writer)
    return EncodedIMAPCommand(tag: tag, name: name, parts: writer.finish())
  }

  /// As it stands on the wire, for messages too.
  package var name: String {
    switch self {
    case .capability: "CAPABILITY"
    case .noop: "NOOP"
    case .logout: "LOGOUT"
    case .startTLS: "STARTTLS"
    case .id: "ID"
    case .enable: "ENABLE"
    case .namespace: "NAMESPACE"
    case .list, .listSpecialUse: "LIST"
    case .lsub: "LSUB"
    case .select: "SELECT"
    case .examine: "EXAMINE"
    case .status: "STATUS"
    case .create: "CREATE"
    case .delete: "DELETE"
    case .subscribe: "SUBSCRIBE"
    case .close: "CLOSE"
    case .unselect: "UNSELECT"
    case .expunge: "EXPUNGE"
    case .check: "CHECK"
    case .uidExpunge: "UID EXPUNGE"
    case .uidSearch: "UID SEARCH"
    case .uidFetch: "UID FETCH"
    case .uidStore: "UID STORE"
    case .uidCopy: "UID COPY"
    case .uidMove: "UID MOVE"
    case .append: "APPEND"
    case .idle: "IDLE"
    case .login: "LOGIN"
    case .authenticate: "AUTHENTICATE"
    }
  }

  private func writeArguments(to writer: inout IMAPCommandWriter) throws(IMAPCommandError) {
    switch self {
    case .capability, .noop, .logout, .startTLS, .namespace, .close, .unselect, .expunge, .check, .idle: return
    default: writer.write(" ")
    }
    switch self {
    case .capability, .noop, .logout, .startTLS, .namespace, .close, .unselect, .expunge, .check, .idle: break
    case .id(let fields): try writer.write(identity: fields)
    case .enable(let names): try writer.write(atoms: names, field: "capability")
    case .list(let reference, let pattern), .lsub(let reference, let pattern):
      try writer.write(reference, pattern)
    case .listSpecialUse(let reference, let pattern):
      try writer.write(reference, pattern)
      writer.write(" RETURN (SPECIAL-USE)")
    case .select(let name), .examine(let name), .create(let name), .delete(let name), .subscribe(let name):
      try writer.write(name)
    case .status(let name, let items):
      try writer.write(name)
      writer.write(" (\(items.map(\.rawValue).joined(separator: " ")))")
    case .uidExpunge(let set): try writer.write(set, field: "UID set")
    case .uidSearch(let criteria): try writer.write(criteria)
    case .uidFetch(let set, let items):
      try writer.write(set, field: "UID set")
      try writer.write(items)
    case .uidStore(let set, let change):
      try writer.write(set, field: "UID set")
      writer.write(" \(change.operation.rawValue)\(change.isSilent ? ".SILENT" : "") ")
      try writer.write(flags: change.flags)
    case .uidCopy(let set, let name), .uidMove(let set, let name):
      try writer.write(set, field: "UID set")
      writer.write(" ")
      try writer.write(name)
    case .append(let name, let flags, let date, let byteCount):
      try writer.write(append: name, flags, date, byteCount: byteCount)
    case .login(let userName, let password):
      try writer.write(string: Array(userName.utf8), field: "user name")
      writer.write(" ")
      try writer.write(secret: password, field: "password")
    case .authenticate(let mechanism, _): try writer.write(atom: mechanism, field: "mechanism")
    }
  }
}

extension IMAPCommandWriter {
  fileprivate mutating func write(_ reference: MailboxName, _ pattern: MailboxPattern) throws(IMAPCommandError) {
    try write(reference)
    write(" ")
    let text = isUTF8 ? Array(pattern.text.utf8) : ModifiedUTF7.encode(pattern.text)
    try write(string: text, field: "folder pattern")
  }

  fileprivate mutating func write(atoms: [String], field: String) throws(IMAPCommandError) {
    for (index, atom) in atoms.enumerated() {
      if index > 0 { write(" ") }
      try write(atom: atom, field: field)
    }
  }

  /// RFC 2971 section 3.1.
  fileprivate mutating func write(identity fields: [ServerIdentityField]) throws(IMAPCommandError) {
    guard !fields.isEmpty else { return write("NIL") }
    for (index, field) in fields.enumerated() {
      write(index == 0 ? "(" : " ")
      try write(string: Array(field.name.utf8), field: "ID field")
      write(" ")
      if let value = field.value {
        try write(string: Array(value.utf8), field: "ID value")
      } else {
        write("NIL")
      }
    }
    write(")")
  }

  fileprivate mutating func write(append name: MailboxName, _ flags: [IMAPFlag], _ date: Timestamp?, byteCount: Int)
    throws(IMAPCommandError)
  {
    try write(name)
    if !flags.isEmpty {
      write(" ")
      try write(flags: flags)
    }
    if let date { write(" \(IMAPDate.dateTime(date))") }
    write(" ")
    writeMessage(byteCount: byteCount)
  }
}
