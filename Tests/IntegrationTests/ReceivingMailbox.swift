import Glibc
import Testing

/// A folder of a user's mailbox for one test, looked at over plain IMAP without the code under test.
final class ReceivingMailbox {
  private(set) var folder = ""
  private let connection: LineConnection
  private var tag = 0

  init(_ servers: MailServers, _ user: MailServers.User = .orders) throws {
    connection = try LineConnection(servers.host, servers.imap)
    _ = try connection.readLine()
    let (name, file) = user.login(at: servers)
    let password = try TestFiles.text(file).filter { !$0.isNewline }
    try command("LOGIN \(name) \"\(password.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"")
    try makeFolder()
  }

  /// Dovecot refuses one of several folders that are made at the same moment: another name is tried then.
  private func makeFolder() throws {
    for _ in 0..<5 {
      folder = "Test\(UInt64.random(in: 0...UInt64.max))"
      tag += 1
      try connection.send("a\(tag) CREATE \(folder)")
      while true {
        let line = try connection.readLine()
        if line.hasPrefix("a\(tag) OK") { return }
        if line.hasPrefix("a\(tag) ") { break }
      }
    }
    throw ProgramFailure(description: "no folder could be made for the test")
  }

  /// Sends a command and gives its untagged answers; throws when the server does not say OK.
  @discardableResult
  func command(_ text: String) throws -> [String] {
    tag += 1
    try connection.send("a\(tag) \(text)")
    var lines: [String] = []
    while true {
      let line = try connection.readLine()
      if line.hasPrefix("a\(tag) ") {
        try #require(line.hasPrefix("a\(tag) OK"), "\(text): \(line)")
        return lines
      }
      lines.append(line)
    }
  }

  /// Stores a mail; LF becomes CRLF.
  func append(_ mail: String, flags: String = "") throws {
    let text = mail.replacing("\n", with: "\r\n")
    tag += 1
    try connection.send("a\(tag) APPEND \(folder) (\(flags)) {\(text.utf8.count)}")
    let turn = try connection.readLine()
    try #require(turn.hasPrefix("+"), "\(turn)")
    try connection.send(text)
    while true {
      let line = try connection.readLine()
      if line.hasPrefix("a\(tag) ") {
        try #require(line.hasPrefix("a\(tag) OK"), "\(line)")
        return
      }
    }
  }

  /// A simple mail whose subject and Message-ID hold `name`.
  func appendOrder(_ name: String, _ body: String = "four apples") throws {
    try append(
      "From: Anna <anna@example.org>\nTo: orders@example.com\nSubject: \(name)\n"
        + "Message-ID: <\(name).\(folder)@example.org>\n\n\(body)\n")
  }

  /// The flags of each mail in a folder, in order, without \Recent.
  func flags(in name: String? = nil) throws -> [String] {
    let lines = try command("EXAMINE \(name ?? folder)")
    guard lines.contains(where: { $0.hasSuffix("EXISTS") && !$0.hasPrefix("* 0 ") }) else { return [] }
    return try command("FETCH 1:* (FLAGS)").compactMap { line in
      guard line.contains("FETCH (FLAGS"), let open = line.lastIndex(of: "("), let close = line.firstIndex(of: ")")
      else { return nil }
      return line[line.index(after: open)..<close].split(separator: " ").filter { $0 != "\\Recent" }.joined(
        separator: " ")
    }
  }
}

/// The sample flow of a mailbox, with this test's folder, and what is laid over it.
struct ReceivingFlow {
  let mail: MailHome
  let mailbox: ReceivingMailbox
  let file: String

  init(_ mail: MailHome, _ changes: [String: String] = [:], receiver: [String: String] = [:], name: String = "Orders")
    throws
  {
    self.mail = mail
    mailbox = try ReceivingMailbox(mail.servers)
    file = try mail.home.write(
      TestFiles.text(TestFiles.packageRoot + "/iflows/OrderInbox.iflw"), to: "\(name).iflw")
    var properties = ["folder": mailbox.folder]
    properties.merge(changes) { $1 }
    let lines =
      properties.map { "channel.MessageFlow_1.\($0.key)=\($0.value)" }
      + receiver.map { "channel.MessageFlow_2.\($0.key)=\($0.value)" }
    try mail.home.write(lines.sorted().joined(separator: "\n") + "\n", to: "\(name).tenant.prop")
  }

  func run(_ options: [String] = [], imap port: UInt16? = nil) async throws -> ProgramResult {
    let servers = mail.servers
    return try await mail.runFlow(
      file,
      mail.connecting(to: port ?? servers.imaps, from: "imap.gmail.com:993")
        + mail.connecting(to: servers.smtpSubmission) + options)
  }
}
