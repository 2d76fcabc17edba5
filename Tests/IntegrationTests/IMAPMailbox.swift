// Data's base64 only.
import FoundationEssentials
import Testing

/// A user's mailbox on one of the test servers, looked at and filled over a plain connection, without the code under test.
final class IMAPMailbox {
  enum Server: String, Sendable {
    case dovecot = "Dovecot"
    case cyrus = "Cyrus"
    case courier = "Courier"

    /// The folder `name` as this server's namespace wants it.
    func folder(_ name: String) -> String { self == .dovecot ? name : "INBOX.\(name)" }

    /// Where a password may go without TLS.
    func plainPort(of servers: MailServers) -> UInt16 {
      switch self {
      case .dovecot: servers.imap
      case .cyrus: servers.cyrusPlain
      case .courier: servers.courierIMAP
      }
    }
  }

  private let connection: LineConnection
  private var commandCount = 0

  init(_ server: Server, of user: MailServers.User, at servers: MailServers) throws {
    connection = try LineConnection(servers.host, server.plainPort(of: servers))
    _ = try connection.readLine()
    let (name, passwordFile) = user.login(at: servers)
    let response = [0] + Array(name.utf8) + [0] + (try TestFiles.read(passwordFile))
    let text = Data(response).base64EncodedString()
    // Courier and others without SASL-IR wait with a `+`.
    try connection.send("a0 AUTHENTICATE PLAIN")
    while try !connection.readLine().hasPrefix("+") {}
    try connection.send(text)
    _ = try answer(to: "a0")
  }

  /// - Parameter folder: as it goes over the wire, in modified UTF-7.
  func create(_ folder: String) throws { try command("CREATE \"\(folder)\"") }

  /// Adds a mail to a folder.
  func append(_ mail: String, to folder: String) throws {
    commandCount += 1
    try connection.send("a\(commandCount) APPEND \"\(folder)\" {\(mail.utf8.count)}")
    while try !connection.readLine().hasPrefix("+") {}
    // The line end that `send` adds ends the command.
    try connection.send(mail)
    _ = try answer(to: "a\(commandCount)")
  }

  /// The flags of each mail in a folder, `\Recent` left out, in their order.
  func flags(in folder: String) throws -> [Set<String>] {
    try command("EXAMINE \"\(folder)\"")
    let lines = try command("FETCH 1:* (FLAGS)", isRefusalFine: true).filter { $0.contains(" FETCH ") }
    return lines.map { line in
      let list = line.split(separator: "(").last?.prefix { $0 != ")" } ?? ""
      return Set(list.split(separator: " ").map(String.init)).subtracting(["\\Recent"])
    }
  }

  /// - Returns: the untagged lines.
  @discardableResult
  private func command(_ text: String, isRefusalFine: Bool = false) throws -> [String] {
    commandCount += 1
    try connection.send("a\(commandCount) \(text)")
    return try answer(to: "a\(commandCount)", isRefusalFine: isRefusalFine)
  }

  private func answer(to tag: String, isRefusalFine: Bool = false) throws -> [String] {
    var lines: [String] = []
    while true {
      let line = try connection.readLine()
      guard line.hasPrefix(tag + " ") else {
        lines.append(line)
        continue
      }
      try #require(isRefusalFine || line.hasPrefix(tag + " OK"), "\(line)")
      return lines
    }
  }
}
