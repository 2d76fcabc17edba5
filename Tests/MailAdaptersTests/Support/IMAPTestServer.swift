import Foundation
import Glibc
import Synchronization

/// An IMAP server on 127.0.0.1 over a mailbox in memory, on threads of its own; it does what a test says and keeps count.
final class IMAPTestServer: Sendable {
  struct Behaviour: Sendable {
    var capabilities = ["IMAP4rev1", "AUTH=PLAIN", "SASL-IR", "UIDPLUS", "MOVE", "IDLE", "LITERAL+"]
    /// The server speaks TLS from the first byte; nil for none.
    var tls: TestTLS?
    /// Says something else than usual to a command, given without its tag: nil for the usual, empty to hang up. The
    /// number counts the commands of that name from 0. The usual is done first where the text begins with `+`.
    var answer: @Sendable (_ command: String, _ number: Int) -> String? = { _, _ in nil }
    var isReadOnly = false
  }

  struct Mail: Sendable, Equatable {
    var uid: Int
    var flags: Set<String> = []
    var text: String
  }

  struct Mailbox: Sendable {
    var folders: [String: [Mail]] = ["INBOX": []]
    var validity = 1
    var nextUID = 1
    var commands: [String] = []
    var counts: [String: Int] = [:]
  }

  let port: UInt16
  private let listener: Int32
  private let behaviour: Behaviour
  private let state: Mutex<Mailbox>

  init(_ behaviour: Behaviour = Behaviour(), folders: [String: [String]]) {
    self.behaviour = behaviour
    var mailbox = Mailbox()
    mailbox.folders = [:]
    for (name, mails) in folders.sorted(by: { $0.key < $1.key }) {
      mailbox.folders[name] = mails.map { text in
        defer { mailbox.nextUID += 1 }
        return Mail(uid: mailbox.nextUID, text: text.replacingOccurrences(of: "\n", with: "\r\n"))
      }
    }
    state = Mutex(mailbox)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        precondition(bind(listener, raw, size) == 0)
        precondition(listen(listener, 128) == 0)
        precondition(getsockname(listener, raw, &size) == 0)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [weak self] in
      while true {
        let accepted = accept(listener, nil, nil)
        guard accepted >= 0, let self else { break }
        Thread.detachNewThread { self.serve(MailServerConnection(accepted)) }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// What the clients said, without tags.
  var commands: [String] { state.withLock { $0.commands } }
  func mails(in folder: String) -> [Mail] { state.withLock { $0.folders[folder] ?? [] } }
  func change(_ body: (inout Mailbox) -> Void) { state.withLock { body(&$0) } }

  private func serve(_ connection: MailServerConnection) {
    defer { connection.close() }
    if let tls = behaviour.tls, !connection.startTLS(tls) { return }
    connection.say("* OK [CAPABILITY \(behaviour.capabilities.joined(separator: " "))] ready")
    var folder = ""
    while let line = connection.readLine() {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { return }
      let (tag, command) = (parts[0], parts[1])
      let words = command.split(separator: " ").map { String($0) }
      let name = words[0] == "UID" ? words.prefix(2).joined(separator: " ") : words[0]
      let number = state.withLock { state in
        state.commands.append(command)
        defer { state.counts[name, default: 0] += 1 }
        return state.counts[name, default: 0]
      }
      let override = behaviour.answer(command, number)
      if let override, !override.hasPrefix("+") {
        if override.isEmpty { return }
        connection.say(override.replacingOccurrences(of: "TAG", with: tag))
        continue
      }
      if name == "APPEND" {
        guard append(command, tag, connection) else { return }
        continue
      }
      if name == "IDLE" {
        connection.say("+ idling")
        guard connection.readLine() != nil else { return }
        connection.say("\(tag) OK done")
        continue
      }
      let answer = state.withLock { reply(name, words, command, &folder, &$0) }
      if override == "+" { return }
      for line in answer.untagged { connection.say(line) }
      connection.say("\(tag) \(answer.status)")
      if name == "LOGOUT" { return }
    }
  }

  private func append(_ command: String, _ tag: String, _ connection: MailServerConnection) -> Bool {
    guard let open = command.lastIndex(of: "{"), let size = Int(command[open...].filter(\.isNumber)) else {
      return false
    }
    if !command.hasSuffix("+}") { connection.say("+ go ahead") }
    var text = ""
    while text.utf8.count < size, let line = connection.readLine() { text += line + "\r\n" }
    if text.utf8.count == size { _ = connection.readLine() }
    let name = Self.unquoted(command.split(separator: " ").dropFirst().first.map(String.init) ?? "")
    let isThere = state.withLock { state in
      guard state.folders[name] != nil else { return false }
      state.folders[name]?.append(
        Mail(uid: state.nextUID, flags: command.contains("\\Seen") ? ["\\Seen"] : [], text: text))
      state.nextUID += 1
      return true
    }
    connection.say("\(tag) \(isThere ? "OK stored" : "NO [TRYCREATE] no such folder")")
    return true
  }

  private func reply(
    _ name: String, _ words: [String], _ command: String, _ folder: inout String, _ state: inout Mailbox
  ) -> (untagged: [String], status: String) {
    switch name {
    case "AUTHENTICATE", "LOGIN":
      return ([], "OK [CAPABILITY \(behaviour.capabilities.joined(separator: " "))] welcome")
    case "CAPABILITY": return (["* CAPABILITY \(behaviour.capabilities.joined(separator: " "))"], "OK done")
    case "SELECT", "EXAMINE":
      let wanted = Self.unquoted(words[1])
      guard let mails = state.folders[wanted] else { return ([], "NO [NONEXISTENT] no such folder") }
      folder = wanted
      return (
        [
          "* \(mails.count) EXISTS", "* OK [UIDVALIDITY \(state.validity)] ok", "* OK [UIDNEXT \(state.nextUID)] ok",
          "* OK [PERMANENTFLAGS (\\Seen \\Deleted \\Flagged \\*)] ok",
        ], "OK [\(name == "EXAMINE" || behaviour.isReadOnly ? "READ-ONLY" : "READ-WRITE")] open"
      )
    case "LIST":
      return (state.folders.keys.sorted().map { "* LIST (\($0 == "Sent" ? "\\Sent" : "")) \"/\" \($0)" }, "OK done")
    case "CREATE":
      state.folders[Self.unquoted(words[1])] = []
      return ([], "OK made")
    case "UID SEARCH":
      let found = (state.folders[folder] ?? []).filter { Self.fits($0, command) }.map { String($0.uid) }
      return (["* SEARCH " + found.joined(separator: " ")], "OK done")
    case "UID FETCH": return (fetch(command, state.folders[folder] ?? []), "OK done")
    case "UID STORE":
      let uids = Self.uids(words[2])
      let flags = command.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }.split(separator: " ").map(String.init)
      for index in (state.folders[folder] ?? []).indices where uids.contains(state.folders[folder]?[index].uid ?? 0) {
        state.folders[folder]?[index].flags.formUnion(flags)
      }
      return ([], "OK done")
    case "UID COPY", "UID MOVE":
      let target = Self.unquoted(words[3])
      guard state.folders[target] != nil else { return ([], "NO [TRYCREATE] no such folder") }
      let uids = Self.uids(words[2])
      for mail in state.folders[folder] ?? [] where uids.contains(mail.uid) {
        state.folders[target]?.append(Mail(uid: state.nextUID, flags: mail.flags, text: mail.text))
        state.nextUID += 1
      }
      if name == "UID MOVE" { state.folders[folder]?.removeAll { uids.contains($0.uid) } }
      return ([], "OK done")
    case "UID EXPUNGE":
      let uids = Self.uids(words[2])
      state.folders[folder]?.removeAll { uids.contains($0.uid) && $0.flags.contains("\\Deleted") }
      return ([], "OK done")
    default: return ([], "OK done")
    }
  }

  private func fetch(_ command: String, _ mails: [Mail]) -> [String] {
    let uids = Self.uids(command.split(separator: " ")[2].description)
    return mails.enumerated().filter { uids.contains($0.element.uid) }.map { index, mail in
      if command.contains("BODY.PEEK[]") {
        return "* \(index + 1) FETCH (UID \(mail.uid) BODY[] {\(mail.text.utf8.count)}\r\n\(mail.text))"
      }
      let id = mail.text.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("message-id:") } ?? ""
      let header = id.isEmpty ? "\r\n" : id + "\r\n\r\n"
      return "* \(index + 1) FETCH (UID \(mail.uid) FLAGS (\(mail.flags.sorted().joined(separator: " "))) "
        + "INTERNALDATE \"20-Nov-2026 10:00:00 +0000\" RFC822.SIZE \(mail.text.utf8.count) "
        + "BODY[HEADER.FIELDS (MESSAGE-ID)] {\(header.utf8.count)}\r\n\(header))"
    }
  }

  private static func fits(_ mail: Mail, _ command: String) -> Bool {
    if command.contains("UNSEEN"), mail.flags.contains("\\Seen") { return false }
    if command.contains("UNDELETED"), mail.flags.contains("\\Deleted") { return false }
    if let range = command.range(of: "HEADER Message-ID ", options: .caseInsensitive) {
      let id = unquoted(command[range.upperBound...].split(separator: " ").first.map(String.init) ?? "")
      return mail.text.contains(id)
    }
    if let range = command.range(of: "LARGER "), let size = Int(command[range.upperBound...].prefix { $0.isNumber }) {
      if mail.text.utf8.count <= size { return false }
    }
    if let range = command.range(of: "SMALLER "), let size = Int(command[range.upperBound...].prefix { $0.isNumber }) {
      if mail.text.utf8.count >= size { return false }
    }
    return true
  }

  /// `1,3:5`.
  private static func uids(_ set: String) -> Set<Int> {
    var result: Set<Int> = []
    for part in set.split(separator: ",") {
      let ends = part.split(separator: ":").compactMap { Int($0) }
      if let first = ends.first, let last = ends.last, first <= last { result.formUnion(first...last) }
    }
    return result
  }

  private static func unquoted(_ text: String) -> String { text.replacingOccurrences(of: "\"", with: "") }
}
